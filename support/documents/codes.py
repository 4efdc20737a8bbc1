"""The request code in a picture: written by hand, so letters may be misread."""

import re

from rapidfuzz.distance import Levenshtein

from support.documents.facts import Fact, FactKind
from support.documents.lines import Line
from support.words import is_request_code, normalise_request_code

_WORDS = r"([^\W\d_][\w|!]{1,8})"
_DIGITS = r"([\dOoIlSsBZz|]{4})"
_SHAPE = re.compile(rf"(?<!\w){_WORDS}[\s\-–—_.,:·]*{_WORDS}[\s\-–—_.,:·]*{_DIGITS}(?!\w)")
_AS_DIGITS = str.maketrans("OoIl|SsBZz", "0011155822")
# So many letters of the two words may be misread; of the digits, none may be another digit.
_MISREAD = 2


def request_codes(lines: list[Line], expected: str) -> list[Fact]:
    """Return where the expected request code stands, and each other one that is well formed.

    Against the one that is expected small misreadings are borne; any other must be spelt right.
    """
    found = []
    for line in lines:
        for shape in _SHAPE.finditer(line.text):
            fact = _code(line, shape, normalise_request_code(expected))
            if fact:
                found.append(fact)
    return found


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
