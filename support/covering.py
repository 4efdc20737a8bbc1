"""What is covered on a picture before staff see it: the PIN, and numbers that name a person.

Pure functions of what was read. Covering too much costs a question; too little cannot be undone.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from support.sandbox import Box, Word
from support.words import request_codes_in

PIN, PERSON = "pin", "person"
# Up to so many pieces of one line are read together: "49 12" is 4912.
_MOST_PIECES = 4
_PIECE = re.compile(r"[0-9A-Za-z]+")
_PIN_SHAPE = re.compile(r"(?=[A-Za-z]{0,15}[0-9])[0-9A-Za-z]{4,16}", re.ASCII)
_AFTER_PIN = re.compile(
    r"(?<![A-Za-z])PIN(?:[ -]?(?:code|kode|kod|nr|no))?[^0-9A-Za-z]{0,4}"
    r"(?P<pin>(?=[A-Za-z]{0,15}[0-9])[0-9A-Za-z]{4,16})(?![0-9A-Za-z])",
    re.I,
)
_ONLY_PIN = re.compile(r"\A\W*+PIN(?:[ -]?(?:code|kode|kod|nr|no))?\W*\Z", re.I)
_PERSONS = (
    (re.compile(r"(?<!\d)\d{6}[ .]?\d{5}(?!\d)"), fodselsnummer.validate),
    (re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+ ]?\d{4}(?!\d)"), personnummer.validate),
    (re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)"), cpr.validate),
    (re.compile(r"(?<!\d)\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?!\d)"), idnr.validate),
)
_SPACE = 0.35  # how much more than the letters is covered, in parts of the line's height


@dataclass(frozen=True)
class Cover:
    """A box to cover and why."""

    box: Box
    why: str

    def to_dict(self) -> dict:
        return {"box": list(self.box), "why": self.why}


@dataclass(frozen=True)
class _Span:
    """A part of one read line."""

    line: int
    start: int
    end: int


def find(
    lines: Sequence[Word], *, pin_places: Callable[[list[str]], list[int]]
) -> tuple[list[Cover], list[Word]]:
    """Return what to cover on a picture, and its lines without what is covered.

    ``pin_places`` tells which of the candidates are a PIN, by their places in the list.
    """
    candidates = list(_candidates(lines))
    texts = [text for text, _span in candidates]
    spans = {(candidates[place][1], PIN) for place in pin_places(texts)}
    spans |= {(span, PIN) for span in _beside_the_word(lines)}
    spans |= {(span, PERSON) for span in _persons(lines)}
    merged = _merged(spans)
    covers = [Cover(_box(lines[span.line], span), why) for span, why in merged]
    return covers, _without(lines, [span for span, _why in merged])


def _merged(spans: set[tuple[_Span, str]]) -> list[tuple[_Span, str]]:
    """Return the spans in order, those that overlap as one."""
    merged: list[tuple[_Span, str]] = []
    for span, why in sorted(spans, key=lambda s: (s[0].line, s[0].start, -s[0].end, s[1])):
        last = merged[-1][0] if merged else None
        if last and last.line == span.line and span.start < last.end:
            wider = _Span(last.line, last.start, max(last.end, span.end))
            merged[-1] = (wider, merged[-1][1])
        else:
            merged.append((span, why))
    return merged


def _candidates(lines: Sequence[Word]) -> Iterator[tuple[str, _Span]]:
    """Yield each piece of a line, and neighbours together, but for request codes."""
    for number, line in enumerate(lines):
        pieces = [piece for piece in _PIECE.finditer(line.text) if not _in_code(line.text, piece)]
        for first in range(len(pieces)):
            text = ""
            for last in range(first, min(first + _MOST_PIECES, len(pieces))):
                text += pieces[last].group()
                if len(text) > 19:
                    break
                yield text, _Span(number, pieces[first].start(), pieces[last].end())


def _in_code(text: str, piece: re.Match) -> bool:
    """Four digits of a request code are no PIN, even if they are the same."""
    if not piece.group().isdigit():
        return False
    before = text[max(0, piece.start() - 20) : piece.end()]
    return bool(request_codes_in(before)) and len(piece.group()) == 4


def _beside_the_word(lines: Sequence[Word]) -> Iterator[_Span]:
    """Yield what stands behind the word PIN, or right of it or below it on a line of its own."""
    for number, line in enumerate(lines):
        for found in _AFTER_PIN.finditer(line.text):
            yield _Span(number, *found.span("pin"))
        if _ONLY_PIN.fullmatch(line.text):
            for other, near in enumerate(lines):
                if other != number and _is_beside(line.box, near.box):
                    for piece in _PIECE.finditer(near.text):
                        if _PIN_SHAPE.fullmatch(piece.group()):
                            yield _Span(other, *piece.span())


def _is_beside(box: Box, other: Box) -> bool:
    left, top, width, height = box
    x, y = other[0] + other[2] / 2, other[1] + other[3] / 2
    right_of = abs(y - top - height / 2) < height and 0 < other[0] - left < width + 6 * height
    below = left - width <= x <= left + 3 * width and 0 < y - top - height / 2 < 3 * height
    return right_of or below


def _persons(lines: Sequence[Word]) -> Iterator[_Span]:
    """Yield numbers that name a person in Norway, Sweden, Denmark or Germany."""
    for number, line in enumerate(lines):
        for pattern, validate in _PERSONS:
            for found in pattern.finditer(line.text):
                try:
                    validate(found.group())
                except ValidationError:
                    continue
                yield _Span(number, *found.span())


def _box(line: Word, span: _Span) -> Box:
    """Return about where a part of a line is, rather wider than narrower."""
    left, top, width, height = line.box
    letters = max(len(line.text), 1)
    if height > width:  # it stands: all of it
        return line.box
    start = max(0.0, left + width * span.start / letters - _SPACE * height)
    end = min(1.0, left + width * span.end / letters + _SPACE * height)
    first = max(0.0, top - _SPACE * height / 2)
    return start, first, end - start, min(1 - first, height * (1 + _SPACE))


def _without(lines: Sequence[Word], spans: list[_Span]) -> list[Word]:
    kept = []
    for number, line in enumerate(lines):
        text = list(line.text)
        for span in spans:
            if span.line == number:
                text[span.start : span.end] = "•" * (span.end - span.start)
        kept.append(Word("".join(text), line.box, line.source, line.confidence))
    return kept
