"""How the desk's pages write a moment: in the time zone that the page is drawn in."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from records import dates


def moment_in_words(at: datetime) -> str:
    """Return day, time and zone, e.g. "22 November 2026, 14:03 CET"."""
    local = timezone.localtime(at)
    return f"{dates.day(local)}, {date_format(local, 'H:i T')}"
