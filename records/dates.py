"""Dates as the language that is spoken now writes them: "26. november 2026" in Norwegian."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import get_language


def day(when: date | datetime) -> str:
    """Return the date, with its year."""
    return _written(when.year, when.month, when.day, get_language())


@lru_cache(maxsize=1024)
def _written(year: int, month: int, day: int, language: str) -> str:
    """A page writes the same few days many times."""
    return date_format(date(year, month, day), "DATE_FORMAT")


def weekday(when: date | datetime) -> str:
    """Return the date with its day of the week before it."""
    return f"{WEEKDAYS[when.weekday()]} {day(when)}"
