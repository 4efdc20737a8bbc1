"""Single fields of a row: what each may hold, and the words when it does not."""

import re
import unicodedata
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from chargers.vendors.protocol import RowRefused

EMAIL_LENGTH = 254
PIN_SHAPE = re.compile(r"[0-9A-Za-z]{4,16}", re.ASCII)
# Direction marks, zero-width characters and line separators: they make text look like other text.
_HIDDEN = re.compile(
    "[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
# .1, .123 or .1234567 seconds: Python 3.11 reads all, up to six digits.
_FRACTION = re.compile(r"(\.\d{6})\d+")


def has_hidden(text: str) -> bool:
    """Say whether text holds control, direction or zero-width characters."""
    if text.isprintable():
        return False
    if _HIDDEN.search(text):
        return True
    return any(unicodedata.category(letter) == "Cc" for letter in text if letter not in "\t\r\n")


def clean_text(value: Any, name: str, longest: int) -> str:
    """Return text in NFC with single spaces; None is empty.

    Raises RowRefused when it is not text, hides characters or has more than ``longest``.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowRefused(name, _("is not text"), _("Export this field as text."))
    if has_hidden(value):
        raise RowRefused(
            name, _("has hidden characters"), _("Type the value anew, without formatting.")
        )
    text = " ".join(value.split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        raise RowRefused(
            name,
            _("is longer than %(longest)d characters") % {"longest": longest},
            _("Shorten it."),
        )
    return text


def clean_email(value: Any, name: str) -> str:
    """Return a mail address, casefolded, or empty text. Raises RowRefused."""
    email = clean_text(value, name, EMAIL_LENGTH).casefold()
    if email and not _is_email(email):
        raise RowRefused(
            name, _("is not an e-mail address"), _("Correct it, or leave it empty if unknown.")
        )
    return email


@lru_cache(maxsize=10_000)
def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def clean_pin(value: Any, name: str) -> str:
    """Return a PIN, or empty text when none is given. Raises RowRefused, which never repeats it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RowRefused(
            name,
            _("is a number, so leading zeros may be lost"),
            _('Export the PIN as text, e.g. "0042".'),
        )
    pin = value.strip()
    if pin and not PIN_SHAPE.fullmatch(pin):
        raise RowRefused(
            name,
            _("is not a PIN of 4 to 16 letters and digits"),
            _("Export the PIN as text; a spreadsheet may have cut its leading zeros."),
        )
    return pin


def parse_time(text: str) -> datetime:
    """Return an ISO date or time as aware UTC; one without a zone is UTC. Raises ValueError."""
    text = _FRACTION.sub(r"\1", text.strip())
    if len(text) < 10 or text[4] != "-":
        raise ValueError("not an ISO date")
    moment = datetime.fromisoformat(text)
    if len(text) == 10:
        moment = datetime.combine(moment.date(), time())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def clean_past_time(value: Any, name: str, now: datetime) -> datetime | None:
    """Return a moment that lies before ``now``, or None when none is given. Raises RowRefused."""
    text = clean_text(value, name, 40)
    if not text:
        return None
    try:
        moment = parse_time(text)
    except (ValueError, OverflowError):
        raise RowRefused(
            name, _("is not a date"), _("Write dates as year-month-day, e.g. 2024-03-01.")
        ) from None
    if moment > now or moment.year < 1900:
        raise RowRefused(
            name, _("is in the future or before 1900"), _("Correct the date, or leave it empty.")
        )
    return moment


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(name: str) -> bool:
    """Say whether this is an IANA time zone."""
    return name in _time_zones()
