"""Fixtures that every room's tests share."""

from datetime import datetime, timedelta

import pytest

from records import clock, outbox
from records.models import OutboxRow
from records.wakeup import circuit


@pytest.fixture(autouse=True)
def closed_circuit():
    """Let no test's dead broker keep the next test from publishing."""
    circuit.reset()


@pytest.fixture
def run_outbox(db):
    """Return a function that delivers every due outbox row in this process, as a worker would.

    It fails the test when a handler failed, unless ``failing=True`` says that this is meant.
    """

    def run(*, failing: bool = False) -> list[OutboxRow]:
        rows = [OutboxRow.objects.get(pk=row.pk) for row in outbox.run_due()]
        broken = [f"{row.topic} {row.key}: {row.last_error}" for row in rows if row.done_at is None]
        assert failing or not broken, f"outbox rows failed: {broken}"
        return rows

    return run


@pytest.fixture
def pass_time():
    """Return a function that moves the clock of the deadlines ahead, e.g. pass_time(days=15).

    It writes as the owner, so the test needs
    ``django_db(transaction=True, databases=["default", "owner"])``.
    """

    def move(**durations: float) -> datetime:
        clock.move(timedelta(**durations))
        return clock.now()

    return move
