"""How the desk's pages write a moment: in the time zone that the page is drawn in."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def moment_in_words(at: datetime) -> str:
    """Return day, time and zone, e.g. "22 November 2026, 14:03 CET"."""
    return date_format(timezone.localtime(at), "j F Y, H:i T")
