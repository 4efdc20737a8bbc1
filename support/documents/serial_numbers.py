"""Serial numbers on labels and in documents, in print and in codes."""

import re

from chargers import serials
from support.documents.facts import Fact, FactKind
from support.documents.lines import Line
from support.sandbox import Picture, Source

_CANDIDATE = re.compile(r"(?<![^\W_])[A-Za-z0-9]{3}[\s\-]?(?:[0-9OoIl|]\s?){5}[0-9OoIl|](?![^\W_])")
_SURE_BY_CODE = 1.0


def serial_numbers(pages: list[Picture], lines: list[Line]) -> list[Fact]:
    """Return each serial that a vendor's pattern knows, as it is stored; codes first."""
    found = [fact for page in pages for fact in _in_codes(page)]
    for line in lines:
        for candidate in _CANDIDATE.finditer(line.text):
            serial = _known(candidate[0])
            if serial:
                start, end = candidate.span()
                sure = line.confidence(start, end)
                place = line.place(start, end)
                found.append(Fact(FactKind.SERIAL, serial, line.page, place, line.source, sure))
    return found


def _in_codes(page: Picture) -> list[Fact]:
    """Return serials in codes: alone, or as a part of an address or of labelled fields."""
    facts = []
    for code in page.codes:
        texts = [code.text, *re.split(r"[^A-Za-z0-9]+", code.text)]
        for serial in dict.fromkeys(filter(None, map(_known, texts))):
            facts.append(
                Fact(
                    FactKind.SERIAL,
                    serial,
                    page.number,
                    code.box,
                    Source.BARCODE,
                    _SURE_BY_CODE,
                    {"code": code.kind},
                )
            )
    return facts


def _known(text: str) -> str:
    """Return the text as a serial when it is one of a vendor we know, else nothing."""
    plain = "".join(letter for letter in text if letter.isalnum() or letter == "|")
    plain = plain.replace("|", "1").upper()
    if not 6 <= len(plain) <= serials.LONGEST or not plain.isascii():
        return ""
    prefix, tail = plain[: serials.PREFIX_LENGTH], plain[serials.PREFIX_LENGTH :].replace("L", "1")
    for spelling in (prefix, _as_letters(prefix)):
        serial = serials.correct(spelling + tail)
        if serials.recognise(serial).known:
            return serial
    return ""


def _as_letters(prefix: str) -> str:
    """Return what the letters of a prefix are misread as, put back."""
    return prefix.translate(str.maketrans("0126845", "OIZGBAS"))
