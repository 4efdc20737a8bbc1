"""All that is read from the pages of one document."""

from collections.abc import Sequence

from support.documents.codes import request_codes
from support.documents.facts import Fact
from support.documents.lines import Line, lines_of
from support.documents.serial_numbers import serial_numbers
from support.sandbox import Picture, Word


def facts_of(
    pages: Sequence[Picture],
    *,
    optical: Sequence[Sequence[Word] | None] | None = None,
    expected_code: str = "",
    countries: Sequence[str] = ("NO", "SE", "DK", "DE", "GB"),
) -> list[Fact]:
    """Return what the pages tell, each fact with its place, source and how sure it is.

    ``optical`` is what ``read_pictures`` gave for the same pages; ``expected_code`` the request
    code of the ticket; ``countries`` those whose addresses are looked for, likeliest first.
    """
    pages = list(pages)
    lines = _lines(pages, optical)
    return [*serial_numbers(pages, lines), *request_codes(lines, expected_code)]


def _lines(pages: Sequence[Picture], optical: Sequence[Sequence[Word] | None] | None) -> list[Line]:
    read = optical or [None] * len(pages)
    return [
        line
        for page, words in zip(pages, read, strict=True)
        for line in lines_of(page, words or ())
    ]
