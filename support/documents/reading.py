"""All that is read from the pages of one document."""

from collections.abc import Sequence

from support.documents import numbers
from support.documents.addresses import find_addresses
from support.documents.codes import request_codes
from support.documents.facts import Fact
from support.documents.kind import document_kind, signatures
from support.documents.lines import Line, lines_of
from support.documents.people import people
from support.documents.serial_numbers import serial_numbers
from support.documents.timing import find_dates
from support.sandbox import Flag, Picture, Word

# Where an installation may be; the order decides which country a postcode of four digits is of.
COUNTRIES = ("NO", "SE", "DK", "DE", "GB", "FI", "NL", "BE", "AT", "CH", "FR", "IE")
# Beyond so many lines a page is no agreement; what follows is not looked at.
_LINES = 4000

Optical = Sequence[Sequence[Word] | None] | None


def facts_of(
    pages: Sequence[Picture],
    *,
    optical: Optical = None,
    flags: Sequence[Flag] = (),
    expected_code: str = "",
    countries: Sequence[str] = COUNTRIES,
) -> list[Fact]:
    """Return what the pages tell, each fact with its place, source and how sure it is.

    ``optical`` is what ``read_pictures`` gave for the same pages, ``flags`` those of the file;
    ``expected_code`` is the request code of the ticket; ``countries`` are those whose addresses
    are looked for, likeliest first. Numbers to be covered come with a place and no value.
    """
    pages = list(pages)
    lines = _lines(pages, optical)
    parties = people(lines)
    return [
        *serial_numbers(pages, lines),
        *request_codes(lines, expected_code),
        *document_kind(lines, parties),
        *parties,
        *find_addresses(lines, countries),
        *find_dates(lines),
        *signatures(lines, flags),
        *numbers.numbers_to_cover(pages, lines),
    ]


def _lines(pages: Sequence[Picture], optical: Optical) -> list[Line]:
    read = optical or [None] * len(pages)
    lines: list[Line] = []
    for page, words in zip(pages, read, strict=True):
        lines += lines_of(page, words or ())
        if len(lines) > _LINES:
            break
    return lines[:_LINES]
