"""What a machine saw on a picture: the serial, the code, a code of somebody else.

Pure functions of what was read. They advise; only presence counts, for the tier "at once".
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from chargers import serials
from support.words import request_codes_in

# As long as the shortest serial that we know: a shorter text is in many others by chance.
SHORTEST_SERIAL = 6
_BREAKS = re.compile(r"[^0-9A-Z]+")


class Sign(StrEnum):
    """One thing seen. PRESENCE is serial and code of the request on one and the same picture."""

    SERIAL = "serial"
    CODE = "code"
    PRESENCE = "presence"
    OTHER_CODE = "other_code"
    OTHER_SERIAL = "other_serial"


def of_picture(texts: Iterable[str], *, lookup_key: str, request_code: str) -> set[Sign]:
    """Return what one picture shows of a request; ``texts`` are its words, lines and codes.

    A code of the shape of ours that is not this request's comes back from ``codes_in``.
    """
    texts = list(texts)
    signs = set()
    keys = [_key(text) for text in texts]
    if len(lookup_key) >= SHORTEST_SERIAL and any(lookup_key in key for key in keys):
        signs.add(Sign.SERIAL)
    if _plain(request_code) in _plain("".join(texts)):
        signs.add(Sign.CODE)
    if {Sign.SERIAL, Sign.CODE} <= signs:
        signs.add(Sign.PRESENCE)
    if Sign.SERIAL not in signs and any(map(serials_in, texts)):
        signs.add(Sign.OTHER_SERIAL)
    return signs


def codes_in(texts: Iterable[str]) -> set[str]:
    """Return every text of the shape of a request code, also over the ends of lines."""
    return request_codes_in(" ".join(texts))


def _key(text: str) -> str:
    plain = "".join(filter(str.isalnum, text)).upper()
    return serials.lookup_key(plain)


def serials_in(text: str) -> list[str]:
    """Return the words of a text that are serial numbers of the kinds we know."""
    words = _BREAKS.sub(" ", text.upper()).split()
    return [word for word in words if word.isascii() and serials.recognise(word).known]


def _plain(text: str) -> str:
    """Return letters and digits, where those that look alike are the same."""
    kept = "".join(filter(str.isalnum, text.casefold()))
    return kept.translate(str.maketrans("oil", "011"))
