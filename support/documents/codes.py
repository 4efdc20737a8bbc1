"""The request code in a picture: written by hand, so letters may be misread."""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from support.documents.facts import Fact, FactKind
from support.documents.lines import Line, join
from support.words import is_request_code, normalise_request_code

_WORDS = r"([^\W_][\w|!]{1,8})"
_DIGITS = r"([\dOoIlSsBZz|]{4})"
_SHAPE = re.compile(rf"(?<!\w){_WORDS}[\s\-–—_.,:·]*{_WORDS}[\s\-–—_.,:·]*{_DIGITS}(?!\w)")
_AS_DIGITS = str.maketrans("OoIl|SsBZz", "0011155822")
# So many letters of the two words may be misread; of the digits, none may be another digit.
_MISREAD = 2
# A line longer than this is no part of a code.
_SHORT = 20


def request_codes(lines: Sequence[Line], expected: str) -> list[Fact]:
    """Return where the expected request code stands, and each other one that is well formed.

    Against the one that is expected small misreadings are borne; any other must be spelt right.
    Written by hand it may run over two or three lines.
    """
    expected = normalise_request_code(expected)
    found: dict[tuple, Fact] = {}
    for line in (*lines, *_joined(lines)):
        for shape in _SHAPE.finditer(line.text):
            fact = _code(line, shape, expected)
            if fact:
                found.setdefault((fact.kind, fact.value, fact.page), fact)
    return list(found.values())


def _joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield short lines of a picture that stand one after the other, two and three as one."""
    for count in (2, 3):
        for at in range(len(lines) - count + 1):
            some = lines[at : at + count]
            short = all(len(line.text) <= _SHORT for line in some)
            if short and len({(line.page, line.source) for line in some}) == 1:
                yield join(some[0].page, [word for line in some for word in line.words])


def _code(line: Line, shape: re.Match, expected: str) -> Fact | None:
    digits = shape[3].translate(_AS_DIGITS)
    read = normalise_request_code(f"{shape[1]} {shape[2]} {digits}")
    likeness = _likeness(read, expected) if expected else 0.0
    if likeness:
        return _fact(line, shape, FactKind.REQUEST_CODE, expected, likeness)
    if is_request_code(read):
        return _fact(line, shape, FactKind.OTHER_REQUEST_CODE, read, 1.0)
    return None


def _likeness(read: str, expected: str) -> float:
    """Return how sure it is that this is the expected code, 0 when it is not."""
    if read[-4:] != expected[-4:]:
        return 0.0
    wrong = Levenshtein.distance(read[:-5], expected[:-5])
    if wrong > _MISREAD or (wrong and is_request_code(read)):
        return 0.0
    return 1.0 - 0.15 * wrong


def _fact(line: Line, shape: re.Match, kind: FactKind, value: str, sure: float) -> Fact:
    start, end = shape.span()
    return Fact(
        kind,
        value,
        line.page,
        line.place(start, end),
        line.source,
        sure * line.confidence(start, end),
    )
