"""Working time of the desk, held against a slow and obvious model that walks minute by minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from support import calendars

MINUTE = timedelta(minutes=1)
# Holidays, both changes of the clock, a leap day and a turn of the year lie in these.
SEASONS = [date(2026, 3, 25), date(2026, 4, 1), date(2026, 10, 22), date(2026, 12, 22)]
SEASONS += [date(2028, 2, 27), date(2026, 5, 13)]
COUNTRIES = ["NO", "SE", "DE", "GB", "XX"]

moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(), tzinfo=UTC) + minutes * MINUTE,
    st.sampled_from(SEASONS),
    st.integers(0, 6 * 24 * 60),
)
places = st.sampled_from([(c, calendars.zone(c)) for c in COUNTRIES])


def is_open(moment, country, zone):
    """Say whether the desk works in the minute that begins now; the model's only idea."""
    local = moment.astimezone(zone)
    opens, closes = calendars.desk_hours(country)
    return calendars.is_working_day(local.date(), country) and opens <= local.time() < closes


def walk(start, end, country, zone):
    passed, now = timedelta(), start
    while now < end:
        passed += MINUTE if is_open(now, country, zone) else timedelta()
        now += MINUTE
    return passed


@bounded(max_examples=60, deadline=None)
@given(start=moments, minutes=st.integers(-60, 4 * 24 * 60), place=places)
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 180, ("NO", calendars.zone("NO")))
def test_working_time_is_what_a_walk_minute_by_minute_counts(start, minutes, place):
    end = start + minutes * MINUTE

    found = calendars.working_time(start, end, country=place[0], zone=place[1])

    assert found == walk(start, end, *place)


@bounded(max_examples=60, deadline=None)
@given(start=moments, minutes=st.integers(0, 3 * 8 * 60), place=places)
def test_adding_working_time_ends_when_exactly_that_much_has_passed(start, minutes, place):
    amount = minutes * MINUTE

    end = calendars.add_working_time(start, amount, country=place[0], zone=place[1])

    assert walk(start, end, *place) == amount
    if amount:
        assert is_open(end - MINUTE, *place)  # and not a minute earlier


def test_hours_over_a_change_of_the_clock_count_as_they_pass(settings):
    settings.DESK_HOURS = {"*": ["08:00", "16:00"], "IS": ["00:00", "08:00"]}
    zone = calendars.zone("NO")
    friday = datetime(2026, 3, 27, 15, tzinfo=zone)

    due = calendars.add_working_time(friday, timedelta(hours=2), country="NO", zone=zone)

    assert due == datetime(2026, 3, 30, 9, tzinfo=zone)
    assert due.astimezone(UTC).hour == 7  # summer time by then


def test_a_night_in_which_the_clocks_change_has_an_hour_less(settings, monkeypatch):
    settings.DESK_HOURS = {"*": ["01:00", "05:00"]}
    monkeypatch.setattr(calendars, "is_working_day", lambda day, country: True)
    zone = calendars.zone("DE")
    start, end = datetime(2026, 3, 29, tzinfo=zone), datetime(2026, 3, 30, tzinfo=zone)

    assert calendars.working_time(start, end, country="DE", zone=zone) == timedelta(hours=3)


@pytest.mark.parametrize("country", ["NO", "SE", "DE"])
def test_a_country_may_keep_hours_of_its_own(settings, country):
    settings.DESK_HOURS = {"*": ["08:00", "16:00"], "SE": ["10:00", "12:00"]}
    zone = calendars.zone(country)
    monday = datetime(2026, 11, 23, 7, tzinfo=zone)

    due = calendars.add_working_time(monday, timedelta(hours=3), country=country, zone=zone)

    assert due == datetime(2026, 11, 24 if country == "SE" else 23, 11, tzinfo=zone)


@pytest.mark.parametrize(
    ("sent", "promised"),
    [
        ("2026-11-12 03:10", "2026-11-23 08:00"),
        ("2026-11-12 11:25", "2026-11-23 11:25"),
        ("2026-11-12 23:59", "2026-11-23 16:00"),
        ("2026-11-14 12:00", "2026-11-24 12:00"),  # a Saturday
    ],
)
def test_a_word_is_promised_for_a_time_at_which_people_work(settings, sent, promised):
    settings.DESK_HOURS = {"*": ("08:00", "16:00")}
    oslo = calendars.zone("NO")
    at = datetime.fromisoformat(sent).replace(tzinfo=oslo)

    found = calendars.promise(at, 7, country="NO", zone=oslo)

    assert found == datetime.fromisoformat(promised).replace(tzinfo=oslo)
