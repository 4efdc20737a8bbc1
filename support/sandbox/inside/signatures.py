"""Electronic signatures in a PDF: that one is there and what it covers; never that it is valid."""

from collections.abc import Callable

import pikepdf

from . import limits
from .codes import FlagCode

_FIELDS = 2000


def flag_signatures(document: pikepdf.Pdf, data: bytes, flag: Callable) -> None:
    """Flag each signature with its signer as named there, its time and whether all is covered."""
    for value in _values(document):
        flag(
            FlagCode.SIGNATURE,
            covers_all=covers_all(value.get("/ByteRange"), data),
            name=_text(value.get("/Name")),
            signed=_text(value.get("/M")),
            kind=_text(value.get("/SubFilter")).lstrip("/"),
        )


def _values(document: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Return what was signed: the value of each signature field, however deep in the form."""
    form = document.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return []
    waiting, values, seen = [form.get("/Fields")], [], 0
    while waiting and seen < _FIELDS:
        fields = waiting.pop()
        for field in fields if isinstance(fields, pikepdf.Array) else ():
            seen += 1
            if not isinstance(field, pikepdf.Dictionary) or seen > _FIELDS:
                continue
            value = field.get("/V")
            if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
                values.append(value)
            waiting.append(field.get("/Kids"))
    return values


def covers_all(span, data: bytes) -> bool:
    """Say whether a signature covers the whole file: all bytes but its own value."""
    try:
        first, length, second, rest = (int(number) for number in span)
    except (TypeError, ValueError):
        return False
    if first != 0 or length <= 0 or second <= length or rest < 0:
        return False
    gap = data[length:second].strip()
    only_value = gap.startswith(b"<") and gap.endswith(b">") and _is_hex(gap[1:-1])
    return only_value and not data[second + rest :].strip(b"\r\n\x00 ")


def _is_hex(text: bytes) -> bool:
    return not text.translate(None, b"0123456789abcdefABCDEF \r\n")


def _text(value) -> str:
    return "" if value is None else str(value)[: limits.DETAIL_LETTERS]
