"""Fixtures that every room's tests share."""

from pathlib import Path

import pytest
from django.core.files.storage import InMemoryStorage, storages

from records import outbox
from records.models import OutboxRow
from records.wakeup import circuit
from support.sandbox import Opened, Picture, Verdict
from support.services import checking, closing, optical, pictures


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


PLAIN = Path(__file__).parent.joinpath("plain.jpg").read_bytes()


def opens_at_once(source, *, size_bytes=None) -> Opened:
    """Stand in for the sandbox: every file is one plain picture, like no other."""
    page = Picture(number=1, content=PLAIN, content_type="image/jpeg", width=40, height=30)
    return Opened(Verdict.ACCEPTED, content_type="image/jpeg", pages=[page])


@pytest.fixture(autouse=True)
def quick_sandbox(request, monkeypatch):
    """Open files in no process of their own, unless the test is marked ``real_sandbox``.

    A process for every file of every test would cost the suite many minutes.
    """
    if request.node.get_closest_marker("real_sandbox"):
        return
    for module in (checking, closing):
        monkeypatch.setattr(module, "open_file", opens_at_once)
    monkeypatch.setattr(pictures, "is_installed", lambda: False)
    for module in (pictures, optical):
        monkeypatch.setattr(module, "cover", lambda content, boxes: content)
    monkeypatch.setattr(pictures, "blur", lambda content, *, sharp: content[:-2] + b"  ")


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
