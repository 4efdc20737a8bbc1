"""What is covered on a picture before staff see it: the PIN, and numbers that name a person.

Pure functions of what was read. Covering too much costs a question; too little cannot be undone.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from support.documents.facts import FactKind
from support.documents.lines import Line, whole_lines
from support.documents.numbers import pin_in_code, spans
from support.sandbox import Barcode, Box, Source, Word
from support.words import request_codes_in

PIN, PERSON = "pin", "person"
PinPlaces = Callable[[list[str]], list[int]]
# Up to so many pieces of one line are read together: "49 12" is 4912.
_MOST_PIECES = 4
_SHORTEST, _LONGEST = 4, 19
_PIECE = re.compile(r"[0-9A-Za-z]+")
_MARK = "•"
# How much more than the letters is covered: in parts of the line's height, and of its length.
_SPACE, _LENGTH = 0.35, 0.015


@dataclass(frozen=True)
class Cover:
    """A box to cover and why."""

    box: Box
    why: str

    def to_dict(self) -> dict:
        return {"box": list(self.box), "why": self.why}


@dataclass(frozen=True)
class Found:
    """What to cover on one picture, and its words and codes without what is covered."""

    covers: list[Cover]
    words: list[Word]
    codes: list[Barcode]


@dataclass(frozen=True)
class _Span:
    """A part of the line of this number."""

    line: int
    start: int
    end: int


def find(words: Sequence[Word], codes: Sequence[Barcode] = (), *, pin_places: PinPlaces) -> Found:
    """Return what to cover on a picture. A number may run over several of its words.

    ``pin_places`` tells which of the candidates are a PIN, by their places in the list. A code
    with a PIN in it is covered whole.
    """
    lines = whole_lines(words)
    merged = _merged(_in_lines(lines, pin_places))
    covers = [Cover(_box(lines[span.line], span), why) for span, why in merged]
    kept_codes = []
    for code in codes:
        hidden = _in_code(code, pin_places)
        covers += [Cover(code.box, PIN)] if hidden else []
        kept_codes.append(replace(code, text=_masked(code.text, hidden)))
    return Found(covers, _without(words, lines, [span for span, _why in merged]), kept_codes)


def _in_lines(lines: list[Line], pin_places: PinPlaces) -> set[tuple[_Span, str]]:
    candidates = [each for number, line in enumerate(lines) for each in _candidates(number, line)]
    found = {(candidates[at][1], PIN) for at in pin_places([text for text, _span in candidates])}
    numbers = {id(line): number for number, line in enumerate(lines)}
    for span in spans(lines):
        why = PIN if span.kind == FactKind.PIN else PERSON
        if why == PERSON or not _is_of_code(span.line.text, span.start, span.end):
            found.add((_Span(numbers[id(span.line)], span.start, span.end), why))
    return found


def _merged(found: set[tuple[_Span, str]]) -> list[tuple[_Span, str]]:
    """Return the spans in order, those that overlap as one."""
    merged: list[tuple[_Span, str]] = []
    for span, why in sorted(found, key=lambda s: (s[0].line, s[0].start, -s[0].end, s[1])):
        last = merged[-1][0] if merged else None
        if last and last.line == span.line and span.start < last.end:
            wider = _Span(last.line, last.start, max(last.end, span.end))
            merged[-1] = (wider, merged[-1][1])
        else:
            merged.append((span, why))
    return merged


def _candidates(number: int, line: Line) -> Iterator[tuple[str, _Span]]:
    """Yield each piece of a line, and neighbours together, but for request codes."""
    for text, start, end in _pieces(line.text):
        if not _is_of_code(line.text, start, end):
            yield text, _Span(number, start, end)


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    pieces = list(_PIECE.finditer(text))
    for first in range(len(pieces)):
        joined = ""
        for last in range(first, min(first + _MOST_PIECES, len(pieces))):
            joined += pieces[last].group()
            if len(joined) > _LONGEST:
                break
            if len(joined) < _SHORTEST:
                continue
            yield joined, pieces[first].start(), pieces[last].end()


def _is_of_code(text: str, start: int, end: int) -> bool:
    """Four digits of a request code are no PIN, even if they are the same."""
    if end - start != 4 or not text[start:end].isdigit():
        return False
    return bool(request_codes_in(text[max(0, start - 20) : end]))


def _in_code(code: Barcode, pin_places: PinPlaces) -> list[tuple[int, int]]:
    """Return where in the text of a code a PIN stands."""
    pieces = list(_pieces(code.text))
    named = pin_in_code(code.text)
    known = [pieces[at][1:] for at in pin_places([text for text, _start, _end in pieces])]
    return [*known, *([named] if named else [])]


def _box(line: Line, span: _Span) -> Box:
    """Return about where a part of a line is, rather wider than narrower.

    Of the words of a document all that are touched are covered whole: their letters differ in
    width. Optical reading tells lines only.
    """
    start, end = span.start, span.end
    if line.source != Source.OPTICAL:
        start = line.text.rfind(" ", 0, start) + 1
        end = len(line.text) if (at := line.text.find(" ", end)) < 0 else at
    left, top, width, height = line.place(start, end)
    thick = min(width, height)
    side = _SPACE * thick + (_LENGTH * line.box[2] if line.source == Source.OPTICAL else 0)
    first, above = max(0.0, left - side), max(0.0, top - _SPACE * thick / 2)
    last, below = min(1.0, left + width + side), min(1.0, top + height + _SPACE * thick / 2)
    return first, above, last - first, below - above


def _without(words: Sequence[Word], lines: list[Line], hidden: list[_Span]) -> list[Word]:
    """Return the words with a mark for each letter that is covered."""
    masks: dict[int, list[tuple[int, int]]] = {}
    for span in hidden:
        line = lines[span.line]
        for word, at in zip(line.words, line.starts, strict=True):
            masks.setdefault(id(word), []).append((span.start - at, span.end - at))
    return [replace(word, text=_masked(word.text, masks.get(id(word), []))) for word in words]


def _masked(text: str, hidden: Sequence[tuple[int, int]]) -> str:
    signs = list(text)
    for start, end in hidden:
        for at in range(max(0, start), min(end, len(signs))):
            signs[at] = _MARK
    return "".join(signs)
