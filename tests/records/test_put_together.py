"""Statements that are put together once: what is kept is what would be put together anew."""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from records import clock, put_together
from records.models import Event
from records.put_together import NotKept, part
from support.models import Ticket

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def write(rows):
    text, params = rows.query.sql_with_params()
    return text, list(params), None


def kept_and_anew(ask, *shape, **values):
    asked = part(ask, *shape, **values)
    text, params, _none = write(ask(*shape, **values))
    kept = put_together.of((asked,), write)
    return whole(kept.text, kept.params), whole(text, params)


def whole(text, params):
    """Return a statement with its parameters written into it, whether some stood there or not."""
    connection.ensure_connection()
    return psycopg.ClientCursor(connection.connection).mogrify(text, params)


def open_tickets(is_open, *, person, since, code, charger):
    here = Q(charger=charger) if charger else Q(request_code=code)
    rows = Ticket.objects.filter(here, Q(claimant=person) | Q(offered_by=person))
    return rows.filter(made_at__gt=since, is_training=not is_open).exclude(request_code=code)[:5]


@given(
    is_open=st.booleans(),
    person=st.integers(0, 2**62),
    since=st.datetimes(timezones=st.just(UTC)),
    code=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    charger=st.none() | st.integers(1, 2**31),
)
def test_what_is_kept_is_what_would_be_written_anew(**drawn):
    is_open = drawn.pop("is_open")
    kept, anew = kept_and_anew(open_tickets, is_open, **drawn)
    assert kept == anew


def test_what_is_the_same_for_all_values_stands_in_the_text():
    kept = put_together.of(
        (part(open_tickets, True, person=7, since=AT, code="%s", charger=None),), write
    )
    assert len(kept.params) == 5 == kept.text.count("%s")
    assert '"is_training"' in kept.text

    def percent(*, number):
        return Event.objects.filter(number=number, kind__contains="50% of 'all' \\")

    kept, anew = kept_and_anew(percent, number=3)
    assert kept == anew
    assert list(percent(number=3)) == []


def test_values_that_are_the_same_keep_their_own_places():
    def both(*, one, other):
        return Ticket.objects.filter(claimant=one, offered_by=other)

    for one, other in ((7, 7), (7, 8)):
        kept, anew = kept_and_anew(both, one=one, other=other)
        assert kept == anew
    assert put_together.of((part(both, one=7, other=8),), write).params == [7, 8]


def test_a_list_is_one_parameter_whatever_its_length():
    people = [User.objects.create(email=f"p{n}@example.com").pk for n in range(3)]

    def among(*, keys):
        return User.objects.filter(pk__any_of=keys).order_by("pk")

    texts = {put_together.of((part(among, keys=people[:n]),), write).text for n in range(4)}
    assert len(texts) == 1
    assert [user.pk for user in among(keys=people[1:])] == people[1:]
    assert list(among(keys=[])) == []


def test_what_is_worked_out_from_a_value_is_not_kept():
    def since_a_week(*, at):
        return Event.objects.filter(at__gt=at - timedelta(days=7))

    with pytest.raises(NotKept, match="worked out"):
        put_together.of((part(since_a_week, at=AT),), write)


def test_what_depends_on_the_moment_or_on_chance_is_not_kept():
    def until_now():
        return Event.objects.filter(at__lt=clock.now())

    def by_chance():
        return Ticket.objects.filter(uid=uuid.uuid4())

    for ask in (until_now, by_chance):
        with pytest.raises(NotKept):
            put_together.of((part(ask),), write)


def test_a_text_that_depends_on_a_value_is_not_kept():
    def some(*, number):
        return Event.objects.filter(number=number)[: number % 1_000 + 1]

    with pytest.raises(NotKept, match="text"):
        put_together.of((part(some, number=3),), write)


def test_a_value_that_stands_for_itself_only_sometimes_is_not_kept():
    def even_or_seven(*, number):
        return Event.objects.filter(number=7 if number % 2 else number)

    with pytest.raises(NotKept):
        put_together.of((part(even_or_seven, number=4),), write)


def test_a_value_that_the_first_one_alone_changes_is_not_kept():
    def with_floor(*, number):
        return Event.objects.filter(number=max(number, 10))

    assert put_together.of((part(with_floor, number=11),), write).params == [11]
    put_together._kept.clear()
    with pytest.raises(NotKept, match="another"):
        put_together.of((part(with_floor, number=9),), write)


def test_what_no_place_can_be_kept_for_is_refused():
    with pytest.raises(NotKept, match="dict"):
        put_together.of((part(open_tickets, person={}),), write)


def test_nothing_is_kept_of_what_was_refused_or_asked():
    secret = uuid.uuid4()

    def of_uid(*, uid):
        return Ticket.objects.filter(uid=uid)

    put_together.of((part(of_uid, uid=secret),), write)
    kept = [each for key, each in put_together._kept.items() if key[1][0] is of_uid]
    assert len(kept) == 1
    assert secret not in kept[0].params
