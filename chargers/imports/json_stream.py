"""The maker's pages, read row by row: a list of a million rows is never held whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from chargers.imports.problems import FileRefused

CHUNK = 1 << 16
# No single row or value of a page is longer: more than this is not what we think it is.
LONGEST_VALUE = 1 << 20
_SPACE = " \t\r\n"
ROWS_KEY = "data"


class _Reader:
    """A window on the text, which moves on as values are read."""

    def __init__(self, path: Path) -> None:
        self.file = path.open(encoding="utf-8-sig", newline="")
        self.text, self.at, self.ended = "", 0, False
        self.decoder = json.JSONDecoder()

    def __enter__(self) -> "_Reader":
        return self

    def __exit__(self, *_error) -> None:
        self.file.close()

    def fill(self) -> bool:
        """Read on; False at the end of the file."""
        more = self.file.read(CHUNK)
        self.ended = not more
        self.text, self.at = self.text[self.at :] + more, 0
        return bool(more)

    def peek(self) -> str:
        """Return the next character that is no space, or nothing at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _SPACE:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def take(self, wanted: str) -> None:
        """Step over one character. Raises ValueError when another stands there."""
        if self.peek() != wanted:
            raise ValueError(f"expected {wanted}")
        self.at += 1

    def value(self) -> Any:
        """Return the next value. Raises ValueError when there is none or it is too long."""
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.text, self.at)
            except ValueError:
                end = -1
            # A number may go on in the next chunk, so its end must be in sight.
            if 0 <= end < len(self.text) or (end >= 0 and self.ended):
                self.at = end
                return value
            if len(self.text) - self.at > LONGEST_VALUE or (not self.fill() and end < 0):
                raise ValueError("not a value")


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield what the top-level object holds: ("", row) for each row of its list, (key, value) else.

    A list that is null gives no rows. Raises FileRefused when the file is not one whole JSON
    object in UTF-8.
    """
    try:
        with _Reader(path) as reader:
            yield from _members(reader)
    except UnicodeDecodeError:
        raise FileRefused(
            _("is not UTF-8 text"), _("Save the answer as it came, in UTF-8.")
        ) from None
    except (ValueError, RecursionError):
        raise FileRefused(
            _("is not whole JSON: damaged, cut off, or something else with this name"),
            _("Fetch the page again and save the answer as it came."),
        ) from None


def _members(reader: _Reader) -> Iterator[tuple[str, Any]]:
    reader.take("{")
    while reader.peek() != "}":
        key = reader.value()
        if not isinstance(key, str):
            raise ValueError("a key is text")
        reader.take(":")
        if key.lower() == ROWS_KEY and reader.peek() == "[":
            yield key, []
            yield from (("", row) for row in _rows(reader))
        else:
            yield key, reader.value()
        if reader.peek() != ",":
            break
        reader.take(",")
    reader.take("}")
    if reader.peek():
        raise ValueError("something follows the object")


def _rows(reader: _Reader) -> Iterator[Any]:
    reader.take("[")
    while reader.peek() != "]":
        yield reader.value()
        if reader.peek() != ",":
            break
        reader.take(",")
    reader.take("]")
