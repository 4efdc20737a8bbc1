"""Fixtures that every room's tests share."""

import pytest
from django.core.files.storage import InMemoryStorage, storages

from records import outbox
from records.models import OutboxRow
from records.wakeup import circuit


@pytest.fixture(autouse=True)
def closed_circuit():
    """Let no test's dead broker keep the next test from publishing."""
    circuit.reset()


@pytest.fixture(autouse=True)
def empty_store_of_heads():
    """Let no test find the daily heads that another one stored."""
    if isinstance(storages["heads"], InMemoryStorage):
        storages["heads"].__dict__.pop("_root", None)
        storages["heads"].__init__()


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
