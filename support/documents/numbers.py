"""Numbers that staff must not see in a picture: a charger's PIN and national identity numbers.

These facts hold a place and never the digits.
"""

import re
from collections.abc import Iterator, Sequence

from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from support.documents import labels
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, beside_and_below
from support.sandbox import Box, Picture, Source

# Digits as they are misread, over plain text.
_DIGIT = r"[\doil|bsz]"
_DIGITS = rf"(?P<digits>{_DIGIT}(?:[ \-.]?{_DIGIT}){{3,7}})(?![^\W_])"
_PIN = re.compile(rf"(?<![^\W_]){labels.PIN}(?![^\W\d_])\s*[:;#.=\-–]*\s*{_DIGITS}")
_PIN_ALONE = re.compile(rf"(?<![^\W_]){labels.PIN}(?![^\W_])\s*[:;#.=\-–]*\s*$")
_ONLY_DIGITS = re.compile(rf"^\s*{_DIGITS}")
_PIN_IN_CODE = re.compile(r"(?<![^\W_])(?:pin|pincode|pin_code|p)\s*[:=]\s*\d{4,8}(?!\d)", re.I)
_FORMS = (
    ("NO", re.compile(r"(?<![\d.])\d{6}[ \-]?\d{5}(?![\d.]\d|\d)"), fodselsnummer),
    ("SE", re.compile(r"(?<![\d.])(?:19|20)?\d{6}[\-+ ]?\d{4}(?![\d.]\d|\d)"), personnummer),
    ("DK", re.compile(r"(?<![\d.])\d{6}[\- ]?\d{4}(?![\d.]\d|\d)"), cpr),
    ("DE", re.compile(r"(?<![\d.])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\d.]\d|\d)"), idnr),
)
_ID_LABEL = re.compile(rf"(?<!\w)(?:{labels.NATIONAL_ID})(?!\w)")
_AFTER_LABEL = re.compile(r"\W{0,6}(?P<digits>[a-z]{0,3}\d[\da-z \-+.]{4,20}[\da-z])")
_ID_ALONE = re.compile(r"^\W{0,3}(?P<digits>\d[\d \-+]{7,14}\d)(?!\w)")
# A covering is a little larger than what was read: a letter's edge must not show.
_MARGIN = 0.004


def numbers_to_cover(pages: Sequence[Picture], lines: Sequence[Line]) -> list[Fact]:
    """Return the place of each labelled PIN and each national identity number."""
    facts = [fact for page in pages for fact in _codes_with_pin(page)]
    for line in lines:
        facts += _pins(line, lines)
        facts += _identities(line, lines)
    return list({(fact.kind, fact.page, fact.box): fact for fact in facts}.values())


def digit_groups(lines: Sequence[Line]) -> Iterator[tuple[str, int, Box]]:
    """Yield (digits, page, box) of every group of 4 to 8 digits, for comparing with a known PIN.

    These are digits of a stranger's picture and may be a PIN: they are never stored or logged.
    """
    for line in lines:
        for found in re.finditer(r"(?<!\d)\d(?:[ \-.]?\d){3,7}(?!\d)", line.text):
            digits = re.sub(r"\D", "", found[0])
            yield digits, line.page, _wider(line.place(*found.span()))


def _pins(line: Line, lines: Sequence[Line]) -> Iterator[Fact]:
    plain = line.plain
    for found in _PIN.finditer(plain):
        if sum(map(str.isdigit, found["digits"])) >= 3:
            yield _place(FactKind.PIN, line, *found.span("digits"))
    if _PIN_ALONE.search(plain):
        for other in beside_and_below(line, lines):
            found = _ONLY_DIGITS.match(other.plain)
            if found:
                yield _place(FactKind.PIN, other, *found.span("digits"))


def _codes_with_pin(page: Picture) -> Iterator[Fact]:
    for code in page.codes:
        if _PIN_IN_CODE.search(code.text):
            box = _wider(code.box)
            yield Fact(FactKind.PIN, "", page.number, box, Source.BARCODE, 1.0, {"in": code.kind})


def _identities(line: Line, lines: Sequence[Line]) -> Iterator[Fact]:
    plain = line.plain
    taken: list[tuple[int, int]] = []
    for country, form, check in _FORMS:
        for found in form.finditer(plain):
            if check.is_valid(found[0]) and not _overlaps(found.span(), taken):
                taken.append(found.span())
                yield _place(FactKind.NATIONAL_ID, line, *found.span(), country=country)
    for label in _ID_LABEL.finditer(plain):
        found = _AFTER_LABEL.match(plain, label.end())
        if found and sum(map(str.isdigit, found["digits"])) >= 6:
            if not _overlaps(found.span("digits"), taken):
                yield _place(FactKind.NATIONAL_ID, line, *found.span("digits"))
        elif not found:
            yield from _identity_near(line, lines)


def _identity_near(line: Line, lines: Sequence[Line]) -> Iterator[Fact]:
    for other in beside_and_below(line, lines):
        found = _ID_ALONE.match(other.plain)
        if found:
            yield _place(FactKind.NATIONAL_ID, other, *found.span("digits"))
            return


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < last and span[1] > first for first, last in taken)


def _place(kind: FactKind, line: Line, start: int, end: int, **detail: str) -> Fact:
    sure = line.confidence(start, end)
    box = _wider(line.place(start, end))
    return Fact(kind, "", line.page, box, line.source, sure, detail)


def _wider(box: Box) -> Box:
    left, top = max(0.0, box[0] - _MARGIN), max(0.0, box[1] - _MARGIN)
    right = min(1.0, box[0] + box[2] + _MARGIN)
    bottom = min(1.0, box[1] + box[3] + _MARGIN)
    return left, top, right - left, bottom - top
