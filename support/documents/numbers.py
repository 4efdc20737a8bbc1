"""Numbers that staff must not see in a picture: a charger's PIN and national identity numbers.

Told by their shape, their check digits or the label beside them. Facts hold a place and never the
digits; covering (support/covering.py) uses the same spans.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from chargers import serials
from support.documents import labels
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, beside_and_below
from support.sandbox import Box, Picture, Source

# Digits as they are misread, over plain text.
_DIGIT = r"[\doil|bsz]"
_LOOKALIKES = str.maketrans("oil|bsz", "0111852")
# As it stands on a label: digits, perhaps apart, or four signs and more of which one is a digit.
_APART = rf"{_DIGIT}(?:[ \-.]?{_DIGIT}){{3,7}}"
_TOGETHER = r"(?=[a-z]{0,15}\d)[\da-z]{4,16}"
_PIN_LABEL = re.compile(rf"(?<![^\W_]){labels.PIN}(?![^\W\d_])")
_BEHIND_LABEL = re.compile(rf"[\W_]{{0,6}}(?P<digits>{_APART}|{_TOGETHER})(?![^\W_])")
_PIECE = re.compile(rf"(?<![^\W_]){_TOGETHER}(?![^\W_])")
_PIN_IN_CODE = re.compile(
    r"(?<![^\W_])(?:pin|pincode|pin_code|p)\s*[:=]\s*(?P<digits>[\da-z]{4,16})(?![^\W_])", re.I
)
_FORMS = (
    ("NO", re.compile(r"(?<!\d)\d{6}[ .\-]?\d{5}(?!\d)"), fodselsnummer),
    ("SE", re.compile(r"(?<!\d)(?:19|20)?\d{6}[\-+ ]?\d{4}(?!\d)"), personnummer),
    ("DK", re.compile(r"(?<!\d)\d{6}[\- ]?\d{4}(?!\d)"), cpr),
    ("DE", re.compile(r"(?<!\d)\d{2}[ /]?\d{3}[ /]?\d{3}[ /]?\d{3}(?!\d)"), idnr),
)
_ID_LABEL = re.compile(rf"(?<!\w)(?:{labels.NATIONAL_ID})(?!\w)")
_AFTER_LABEL = re.compile(r"\W{0,6}(?P<digits>[a-z]{0,3}\d[\da-z \-+.]{4,20}[\da-z])")
_ID_ALONE = re.compile(r"^\W{0,3}(?P<digits>\d[\d \-+]{7,14}\d)(?!\w)")
# A page that has more labels with nothing behind them is no document but an attempt to tie us up.
_MOST_LONELY = 100
# A covering is a little larger than what was read: a letter's edge must not show.
_MARGIN = 0.004


@dataclass(frozen=True)
class Span:
    """A part of a line that must be covered, and why; ``country`` where the number tells it."""

    kind: FactKind
    line: Line
    start: int
    end: int
    country: str = ""


def numbers_to_cover(pages: Sequence[Picture], lines: Sequence[Line]) -> list[Fact]:
    """Return the place of each labelled PIN and each national identity number."""
    facts = [fact for page in pages for fact in _codes_with_pin(page)]
    facts += [_fact(span) for span in spans(lines)]
    return list({(fact.kind, fact.page, fact.box): fact for fact in facts}.values())


def spans(lines: Sequence[Line]) -> list[Span]:
    """Return what to cover in the lines of one or more pages."""
    found = [span for line in lines for span in (*_named_pins(line), *_identities(line))]
    for line, label in islice(_lonely(lines, _PIN_LABEL, _pin_behind), _MOST_LONELY):
        found += _pins_near(line, label, lines)
    for line, _label in islice(_lonely(lines, _ID_LABEL, _AFTER_LABEL.match), _MOST_LONELY):
        found += _identity_near(line, lines)
    return found


def pin_in_code(text: str) -> tuple[int, int] | None:
    """Return where in the text of a code a PIN stands that is named there."""
    found = _PIN_IN_CODE.search(text)
    return found.span("digits") if found else None


def _lonely(
    lines: Sequence[Line], label: re.Pattern, behind: Callable
) -> Iterator[tuple[Line, re.Match]]:
    """Yield each label that has nothing of its kind behind it: that may stand near it."""
    for line in lines:
        for found in label.finditer(line.plain):
            if not behind(line.plain, found.end()):
                yield line, found


def _named_pins(line: Line) -> Iterator[Span]:
    for label in _PIN_LABEL.finditer(line.plain):
        if found := _pin_behind(line.plain, label.end()):
            yield Span(FactKind.PIN, line, *found.span("digits"))


def _pin_behind(plain: str, at: int) -> re.Match | None:
    found = _BEHIND_LABEL.match(plain, at)
    return found if found and _may_be_pin(found["digits"]) else None


def _may_be_pin(text: str) -> bool:
    """Of digits that stand apart three are real; of signs that stand together one is."""
    digits = sum(map(str.isdigit, text))
    return not _is_serial(text) and (digits >= 3 or (digits >= 1 and text.isalnum()))


def _is_serial(text: str) -> bool:
    return text.isascii() and serials.recognise(text.upper()).known


def _pins_near(line: Line, label: re.Match, lines: Sequence[Line]) -> Iterator[Span]:
    """Yield what could be a PIN and stands right of its label or under it."""
    is_last = not line.plain[label.end() :].strip(" :;#.=-–")
    place = line.place(*label.span())
    for other in lines:
        if other.page != line.page or not _reaches(place, other.box):
            continue
        for piece in _PIECE.finditer(other.plain):
            is_before = other is line and piece.start() < label.end()
            if is_before or _is_serial(piece[0]):
                continue
            if _is_at(place, other.place(*piece.span()), is_last=is_last):
                yield Span(FactKind.PIN, other, *piece.span())


def _reaches(label: Box, line: Box) -> bool:
    """Say whether a part of a line may stand beside a label or under it."""
    top, height = label[1], label[3]
    return top - height < line[1] + line[3] and line[1] < top + 4.5 * height


def _is_at(label: Box, piece: Box, *, is_last: bool) -> bool:
    left, top, width, height = label
    x, y = piece[0] + piece[2] / 2, piece[1] + piece[3] / 2
    down = y - top - height / 2
    if not is_last:  # the words go on: only what stands right under it, as in a table
        return left - height <= x <= left + width + height and 0.5 * height < down < 2.5 * height
    right_of = abs(down) < height and 0 < piece[0] - left < width + 6 * height
    below = left - width - height <= x <= left + 3 * width + height and 0 < down < 3 * height
    return right_of or below


def _identities(line: Line) -> Iterator[Span]:
    plain = line.plain
    taken: list[tuple[int, int]] = []
    for text in dict.fromkeys((plain, plain.translate(_LOOKALIKES))):
        for country, form, check in _FORMS:
            for found in form.finditer(text):
                if check.is_valid(found[0]) and not _overlaps(found.span(), taken):
                    taken.append(found.span())
                    yield Span(FactKind.NATIONAL_ID, line, *found.span(), country)
    for label in _ID_LABEL.finditer(plain):
        found = _AFTER_LABEL.match(plain, label.end())
        if found and sum(map(str.isdigit, found["digits"])) >= 6:
            if not _overlaps(found.span("digits"), taken):
                yield Span(FactKind.NATIONAL_ID, line, *found.span("digits"))


def _identity_near(line: Line, lines: Sequence[Line]) -> Iterator[Span]:
    for other in beside_and_below(line, lines):
        found = _ID_ALONE.match(other.plain)
        if found:
            yield Span(FactKind.NATIONAL_ID, other, *found.span("digits"))
            return


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < last and span[1] > first for first, last in taken)


def _codes_with_pin(page: Picture) -> Iterator[Fact]:
    for code in page.codes:
        if pin_in_code(code.text):
            box = _wider(code.box)
            yield Fact(FactKind.PIN, "", page.number, box, Source.BARCODE, 1.0, {"in": code.kind})


def _fact(span: Span) -> Fact:
    line = span.line
    sure = line.confidence(span.start, span.end)
    box = _wider(line.place(span.start, span.end))
    detail = {"country": span.country} if span.country else {}
    return Fact(span.kind, "", line.page, box, line.source, sure, detail)


def _wider(box: Box) -> Box:
    left, top = max(0.0, box[0] - _MARGIN), max(0.0, box[1] - _MARGIN)
    right = min(1.0, box[0] + box[2] + _MARGIN)
    bottom = min(1.0, box[1] + box[3] + _MARGIN)
    return left, top, right - left, bottom - top
