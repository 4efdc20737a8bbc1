"""Alerts: one open one for each kind and subject, closed by somebody else with a note."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import alerts, clock, safety
from records.models import Alert, Event, OutboxRow

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
SUBJECT = "person:1"


def person(name="a"):
    return User.objects.create_user(f"{name}@example.com")


def test_the_first_cause_raises_and_the_next_counts_up():
    first = alerts.raise_alert("browsing", SUBJECT, count=31)
    again = alerts.raise_alert("browsing", SUBJECT, count=40, at=clock.now() - timedelta(days=9))
    other = alerts.raise_alert("decoy", SUBJECT)

    assert again.pk == first.pk and again.times == 2
    assert again.last_at == first.last_at and again.data == {"count": 40}
    assert other.pk != first.pk
    assert OutboxRow.objects.filter(topic="alert").count() == 2
    assert Event.objects.filter(kind="alert_raised").count() == 2


def test_raised_at_the_same_moment_it_is_one():
    def run():
        try:
            alerts.raise_alert("decoy", SUBJECT)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Alert.objects.get().times == 8
    assert OutboxRow.objects.filter(topic="alert").count() == 1


def test_closing_takes_a_note_and_the_next_cause_is_a_new_alert():
    alert, reader = alerts.raise_alert("decoy", SUBJECT), person()

    closed = alerts.acknowledge(uid=alert.uid, by=reader, note=" It was a test of ours. ")

    assert closed.acknowledged_by == reader and closed.note.body == "It was a test of ours."
    assert Event.objects.get(kind="alert_acknowledged").actor == reader
    with pytest.raises(TransitionNotAllowed):
        alerts.acknowledge(uid=alert.uid, by=reader, note="once more")
    assert alerts.raise_alert("decoy", SUBJECT).pk != alert.pk


@pytest.mark.parametrize("note", ["", "  x ", "x" * 1001])
def test_a_note_has_some_words_and_not_too_many(note):
    alert = alerts.raise_alert("decoy", SUBJECT)

    with pytest.raises(ValidationError):
        alerts.acknowledge(uid=alert.uid, by=person(), note=note)
    assert Alert.objects.get().acknowledged_at is None


def test_nobody_closes_an_alert_about_what_they_did():
    someone = person()
    alert = alerts.raise_alert("browsing", SUBJECT, actor=someone)

    with pytest.raises(PermissionDenied):
        alerts.acknowledge(uid=alert.uid, by=someone, note="all fine")


def test_a_page_that_only_shows_raises_none():
    with safety.answering("GET"), pytest.raises(safety.ChangedBySafeMethod):
        alerts.raise_alert("decoy", SUBJECT)
    assert not Alert.objects.exists()


def test_an_alert_is_never_removed_by_the_application():
    alerts.raise_alert("decoy", SUBJECT)

    with pytest.raises(Exception, match="permission denied"):
        connection.cursor().execute("DELETE FROM records_alert")
