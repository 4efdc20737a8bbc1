"""The daily signed heads: made when a day is over, stored elsewhere, and compared."""

import json
import shutil
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from config.stores import heads_storage
from deploy.local import s3
from records import chain, clock, events, heads
from records.models import ChainHead, Event, OutboxRow

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def record(stream="ticket:1", kind="made", **more):
    return events.record(stream, kind, at=clock.now(), **more)


def tamper(statement, *values):
    """Change what is on record as somebody with every right and the triggers asleep."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def rewrite(stream, number, **changes):
    """Change an event and hash the rest of its stream anew, as its database's owner could."""
    previous = None
    for event in Event.objects.filter(stream=stream).order_by("number"):
        if event.number == number:
            vars(event).update(changes)
        event.previous = event.previous if previous is None else previous
        previous = event.hash = chain.hash_of(event)
        values = [event.kind, event.previous, event.hash, event.pk]
        tamper(
            "UPDATE records_event SET kind = %s, previous = %s, hash = %s WHERE id = %s", *values
        )


@pytest.fixture
def signed(pass_time, run_outbox):
    """Three events of one stream and one of another, on a day that is signed and stored."""
    rows = [record(), record(), record(), record("ticket:2")]
    pass_time(days=2)
    assert heads.sign_days() == 1
    run_outbox()
    assert chain.verify() == []
    return rows


def stored() -> str:
    _folders, (name,) = storages["heads"].listdir("")
    return name


def put_in_store(name, content):
    storages["heads"].delete(name)
    storages["heads"].save(name, ContentFile(content))


def said() -> list[str]:
    return [str(problem) for problem in chain.verify()]


def test_a_day_is_signed_once_and_its_head_is_stored_once(signed, run_outbox):
    assert heads.sign_days() == 0
    head = ChainHead.objects.get()
    heads.store_from_outbox(key="again", day=head.day.isoformat())

    with storages["heads"].open(stored()) as file:
        first, *lines = file.read().decode().splitlines()
    assert json.loads(first)["digest"] == head.digest
    assert lines == [f"ticket:1 3 {signed[2].hash}", f"ticket:2 1 {signed[3].hash}"]
    assert OutboxRow.objects.get(topic="chain_head").done_at


def test_todays_head_is_not_signed_before_the_day_is_over():
    record()

    assert heads.sign_days() == 0
    assert not ChainHead.objects.exists()


def test_a_stream_cut_short_is_named_with_its_row(signed):
    tamper("DELETE FROM records_event WHERE id = %s", signed[2].pk)

    (problem,) = chain.verify()
    assert (problem.where, problem.row) == ("ticket:1 2", signed[1].pk)
    assert "was signed" in problem.why


def test_a_chain_rewritten_from_end_to_end_is_named_with_its_row(signed):
    rewrite("ticket:1", 2, kind="forged")

    (problem,) = chain.verify()
    assert problem.row == signed[2].pk and "was signed" in problem.why


def test_a_stream_that_is_gone_is_named(signed):
    tamper("DELETE FROM records_event WHERE stream = 'ticket:2'")

    (problem,) = chain.verify()
    assert problem.where == "ticket:2 1" and problem.row is None


def test_without_the_store_the_day_is_named(signed, settings):
    storages["heads"].delete(stored())
    tamper("DELETE FROM records_event WHERE id = %s", signed[2].pk)

    assert len(said()) == 2
    assert "is not in the store" in said()[0] and "not those that were signed" in said()[1]


def test_a_head_that_is_new_may_still_be_on_its_way(pass_time):
    record()
    pass_time(days=2)
    heads.sign_days()
    assert chain.verify() == []

    pass_time(days=2)
    assert "is not in the store" in said()[0]


def test_a_head_that_we_did_not_sign_is_named(signed, settings):
    old = settings.LINK_KEYS

    settings.LINK_KEYS = ["another key"]
    assert len(chain.verify()) == 1
    settings.LINK_KEYS = ["another key", *old]
    assert chain.verify() == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda first, rest: b"not a head\n" + rest, "not signed with a key of ours"),
        (lambda first, rest: first.replace(b'"streams": 2', b'"streams": 3') + rest, "not signed"),
        (lambda first, rest: first + rest[:-9] + b"000000000", "cut or changed"),
        (lambda first, rest: first, "cut or changed"),
    ],
)
def test_a_stored_head_that_was_changed_is_named(signed, change, why):
    name = stored()
    with storages["heads"].open(name) as file:
        first, rest = file.readline(), file.read()

    put_in_store(name, change(first, rest))

    assert why in said()[0] and len(said()) == 1


def test_a_head_taken_off_the_record_is_missed_where_it_is_stored(signed):
    tamper("DELETE FROM records_chainhead")

    assert "is in the store and not on record" in said()[0]


def test_a_store_that_cannot_be_read_is_said_and_the_rest_is_still_compared(signed, monkeypatch):
    def away(*_args):
        raise ConnectionError("user:password@store")

    monkeypatch.setattr(storages["heads"], "listdir", away)
    tamper("DELETE FROM records_event WHERE id = %s", signed[2].pk)

    first, second = said()
    assert "cannot be read" in first and "password" not in first
    assert "not those that were signed" in second


def test_another_head_in_its_place_is_never_written_over(pass_time, run_outbox):
    record()
    pass_time(days=2)
    heads.sign_days()
    head = ChainHead.objects.get()
    put_in_store(heads.name_of(head.day), b"somebody else's\n")

    run_outbox(failing=True)

    with storages["heads"].open(stored()) as file:
        assert file.read() == b"somebody else's\n"
    assert OutboxRow.objects.get(topic="chain_head").done_at is None


def test_a_day_whose_events_changed_before_it_was_stored_is_not_stored(pass_time, run_outbox):
    rows = [record(), record()]
    pass_time(days=2)
    heads.sign_days()
    tamper("DELETE FROM records_event WHERE id = %s", rows[1].pk)

    run_outbox(failing=True)

    assert storages["heads"].listdir("")[1] == []


def test_verify_audit_names_the_first_bad_row():
    rows = [record() for _ in range(3)]
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "3 events" in out.getvalue()

    tamper("UPDATE records_event SET kind = 'other' WHERE id = %s", rows[0].pk)

    with pytest.raises(CommandError, match=rf"ticket:1 1 \(row {rows[0].pk}\)"):
        call_command("verify_audit", stderr=StringIO())


def test_heads_have_a_place_of_their_own_unless_told_otherwise():
    def options(url):
        return heads_storage(url, evidence_url="file:///evidence")["OPTIONS"]

    assert options("s3://K:S@h/other")["bucket_name"] == "other"
    assert options("file:///elsewhere")["location"] == "/elsewhere"
    assert options("")["location"] == "/evidence/heads"


def test_a_real_s3_server_keeps_them(pass_time, run_outbox, settings, tmp_path):
    store = s3.start(folder=tmp_path / "s3", log=tmp_path / "s3.log", key="k" * 20, secret="s" * 40)
    try:
        settings.STORAGES = settings.STORAGES | {
            "heads": heads_storage(store.url(), evidence_url=store.url())
        }
        rows = [record(), record()]
        pass_time(days=2)
        heads.sign_days()
        run_outbox()
        name = heads.name_of(ChainHead.objects.get().day)
        kept = tmp_path / "s3" / s3.BUCKET / name

        assert chain.verify() == [] and storages["heads"].listdir("")[1] == [name]
        assert rows[1].hash in kept.read_text()
        tamper("DELETE FROM records_event WHERE id = %s", rows[1].pk)
        assert [problem.row for problem in chain.verify()] == [rows[0].pk]
    finally:
        store.process.stop()
        shutil.rmtree(tmp_path / "s3", ignore_errors=True)
