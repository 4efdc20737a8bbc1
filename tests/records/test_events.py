from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, connections, transaction

from accounts.models import User
from records import access, chain, clock, events, guards
from records.models import Access, Event, Note

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def record(stream="ticket:1", kind="made", **more):
    return events.record(stream, kind, at=clock.now(), **more)


def tamper(statement, *values):
    """Change an event as somebody with every right and the triggers asleep."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def test_events_of_a_stream_are_numbered_and_chained():
    first, second, third = record(), record(), record()
    other = record("ticket:2")

    assert [first.number, second.number, third.number, other.number] == [1, 2, 3, 1]
    assert (second.previous, third.previous, other.previous) == (first.hash, second.hash, "")
    assert chain.verify() == []


def test_what_is_recorded_comes_back_as_it_was_hashed():
    person = User.objects.create_user("a@example.com")
    record(actor=person, count=3, uid=Note().uid, at_date=clock.now().date(), names=["å", "💡"])

    assert chain.hash_of(Event.objects.get()) == Event.objects.get().hash


@pytest.mark.parametrize("bad", [{"by_what": "ghost"}, {"share": 0.1}])
def test_what_cannot_be_recorded_is_refused(bad):
    with pytest.raises(ValueError):
        record(**bad)
    assert not Event.objects.exists()


def test_an_event_is_inserted_and_never_saved_again():
    event = record()
    event.kind = "other"

    with pytest.raises(IntegrityError):
        event.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records_event SET kind = 'other'",
        "DELETE FROM records_event",
        "TRUNCATE records_event",
    ],
)
def test_not_even_the_owner_changes_an_event(statement):
    record()

    with pytest.raises(IntegrityError, match="never changed"):
        connections["owner"].cursor().execute(statement)


@pytest.mark.parametrize("number", [1, 3, 7])
def test_a_gap_or_a_double_in_the_numbers_is_refused(number):
    record()

    with pytest.raises(IntegrityError):
        record(number=number)


def test_an_event_that_does_not_hold_the_hash_before_is_refused():
    first = record()
    stray = Event(stream="ticket:1", number=2, kind="x", at=clock.now(), by_what="system")
    stray.previous, stray.hash = "0" * 64, "0" * 64

    with pytest.raises(IntegrityError, match="hash of the one before"):
        stray.save()
    assert list(Event.objects.all()) == [first]


def test_free_text_can_be_erased_and_the_chain_still_fits():
    event = record(note="She says that he threatened her.")
    note = events.note_of(event)
    assert event.data["note"]["hash"] == events.hash_of_note(note)
    assert "threatened" not in str(event.data)

    assert events.erase_note(uid=note.uid, at=clock.now()) is True

    assert events.note_of(event).body == ""
    assert events.erase_note(uid=note.uid, at=clock.now()) is False
    assert chain.verify() == []


# One sign or one unit less or more in each column there is.
CHANGES = {
    "id": "id + 1000000",
    "stream": "'ticket:9'",
    "number": "number + 100",
    "kind": "'mada'",
    "at": "at + interval '1 microsecond'",
    "actor_id": "NULL",
    "by_what": "'persom'",
    "data": """jsonb_set(data, '{count}', '4')""",
    "previous": "translate(previous, '0123456789', '1234567890')",
    "hash": "translate(hash, '0123456789abcdef', '123456789abcdef0')",
}


def test_every_column_of_an_event_is_changed_below():
    assert set(CHANGES) == {field.column for field in Event._meta.fields}


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("column", CHANGES)
def test_one_byte_changed_in_any_column_of_any_row_is_named(column, row):
    person = User.objects.create_user("a@example.com")
    rows = [record(actor=person, count=3) for _ in range(3)]
    record("ticket:2")

    changed = f"{column} = {CHANGES[column]}"
    tamper(f"UPDATE records_event SET {changed} WHERE id = %s", rows[row].pk)

    named = chain.verify()
    if column == "previous" and row == 0:  # empty in the first row: nothing was changed
        assert named == []
        return
    bad = rows[row].pk + (1_000_000 if column == "id" else 0)
    assert named[0].row == bad or bad in [problem.row for problem in named]
    assert len(named) == (2 if column == "stream" and row < 2 else 1)
    assert chain.verify("ticket:2") == []


def test_a_removed_event_is_noticed_by_the_one_after():
    rows = [record() for _ in range(3)]

    tamper("DELETE FROM records_event WHERE id = %s", rows[1].pk)

    (problem,) = chain.verify("ticket:1")
    assert problem.row == rows[2].pk


def test_the_guards_in_the_database_are_those_in_the_code():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname LIKE 'records\\_%'")
        in_database = [source.strip() for (source,) in cursor.fetchall()]

    bodies = [part.strip() for part in guards.sql().split("$$")[1::2]]
    assert sorted(in_database) == sorted(bodies)


def test_the_guards_can_be_run_again():
    with connections["owner"].cursor() as cursor:
        cursor.execute(guards.sql())


def test_reads_are_kept_by_the_month():
    person = User.objects.create_user("a@example.com")
    row = access.saw(actor=person, what="ticket", subject="ticket:1")
    assert access.make_partitions(first_day=row.at.date(), months=2) in (0, 2)

    later = access.saw(actor=None, by_link="abc", what="answer", subject="ticket:1")

    assert {seen.uid for seen in Access.objects.all()} == {row.uid, later.uid}
    assert access.make_partitions(first_day=row.at.date(), months=2) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM records_access")
        assert cursor.fetchall() == [(f"records_access_{row.at:%Y_%m}",)]


def test_the_clock_moves_for_those_who_may(pass_time):
    before = clock.now()

    pass_time(days=3)

    assert timedelta(days=3) <= clock.now() - before < timedelta(days=3, minutes=1)
    assert clock.offset() == timedelta(days=3)


def test_the_clock_stands_firm_elsewhere(settings):
    settings.CLOCK_MAY_MOVE = False

    with pytest.raises(PermissionDenied):
        clock.move(timedelta(seconds=1))
    assert clock.offset() == timedelta(0)
