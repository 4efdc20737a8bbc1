"""Dates as the language that is spoken now writes them: "26. november 2026" in Norwegian."""

from datetime import date, datetime

from django.utils.formats import date_format


def day(when: date | datetime) -> str:
    """Return the date, with its year."""
    return date_format(when, "DATE_FORMAT")


def weekday(when: date | datetime) -> str:
    """Return the date with its day of the week before it."""
    return f"{date_format(when, 'l')} {day(when)}"
