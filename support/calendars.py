"""Working days and working hours of a country, by the clock of the place.

Public holidays come from the ``holidays`` package; a country that it does not know has weekends
only.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from django.conf import settings

OFFICE_OPENS = time(10)
# The zone of a country where an installation names none.
ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "IS": "Atlantic/Reykjavik",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "SE": "Europe/Stockholm",
}


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def zone(country: str, name: str = "") -> ZoneInfo:
    """Return the time zone of a place: its own name, else its country's, else the product's."""
    for candidate in (name, ZONES.get(country, ""), settings.TIME_ZONE):
        try:
            return ZoneInfo(candidate)
        except (ValueError, ZoneInfoNotFoundError):
            continue
    return ZoneInfo("UTC")


def is_working_day(day: date, country: str) -> bool:
    """Tell whether offices are open: no Saturday, no Sunday (a holiday in Sweden), no holiday."""
    return day.weekday() < 5 and day not in _holidays(country, day.year)


def add_working_days(at: datetime, days: int, *, country: str, zone: ZoneInfo) -> datetime:
    """Return the moment ``days`` working days after ``at``, at the same time of the local day.

    The day of ``at`` itself does not count.
    """
    local = at.astimezone(zone)
    day = local.date()
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day, country):
            days -= 1
    return datetime.combine(day, local.time(), tzinfo=zone)


def promise(at: datetime, days: int, *, country: str, zone: ZoneInfo) -> datetime:
    """Return the moment ``days`` working days after ``at``, within the desk's hours there.

    What would fall before them is promised for their beginning, after them for their end: nobody
    is told to expect a word at ten past three at night.
    """
    local = add_working_days(at, days, country=country, zone=zone)
    opens, closes = desk_hours(country)
    return datetime.combine(local.date(), min(max(local.time(), opens), closes), tzinfo=zone)


def desk_hours(country: str) -> tuple[time, time]:
    """Return from when up to when the desk works on a working day there (settings.DESK_HOURS)."""
    opens, closes = settings.DESK_HOURS.get(country) or settings.DESK_HOURS["*"]
    return time.fromisoformat(opens), time.fromisoformat(closes)


def _desk_day(day: date, country: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return the desk's hours of one local day as moments in UTC; None on a free day."""
    if not is_working_day(day, country):
        return None
    opens, closes = desk_hours(country)
    return (
        datetime.combine(day, opens, tzinfo=zone).astimezone(UTC),
        datetime.combine(day, closes, tzinfo=zone).astimezone(UTC),
    )


def working_time(start: datetime, end: datetime, *, country: str, zone: ZoneInfo) -> timedelta:
    """Return how much of the time from ``start`` up to ``end`` is the desk's working time.

    Real time that passes, so a day on which the clocks change inside the desk's hours counts as it
    was. Zero when ``end`` is not after ``start``.
    """
    total, day = timedelta(), start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        hours = _desk_day(day, country, zone)
        if hours:
            total += max(timedelta(), min(hours[1], end) - max(hours[0], start))
        day += timedelta(days=1)
    return total


def add_working_time(at: datetime, amount: timedelta, *, country: str, zone: ZoneInfo) -> datetime:
    """Return the first moment by which ``amount`` of the desk's working time has passed since
    ``at``; ``at`` itself where the amount is zero or less.
    """
    if amount <= timedelta():
        return at
    day = at.astimezone(zone).date()
    while True:
        hours = _desk_day(day, country, zone)
        if hours and hours[1] > at:
            begins = max(hours[0], at)
            if begins + amount <= hours[1]:
                return begins + amount
            amount -= hours[1] - begins
        day += timedelta(days=1)


def office_time(at: datetime, *, country: str, zone: ZoneInfo) -> datetime:
    """Return ``at``, or the next moment after it that is 10:00 or later on a working day there."""
    local = at.astimezone(zone)
    if is_working_day(local.date(), country):
        if local.time() >= OFFICE_OPENS:
            return local
        return datetime.combine(local.date(), OFFICE_OPENS, tzinfo=zone)
    day = local.date()
    while not is_working_day(day, country):
        day += timedelta(days=1)
    return datetime.combine(day, OFFICE_OPENS, tzinfo=zone)
