import pytest

from records import outbox
from tests.records import handlers


@pytest.fixture
def delivered(settings):
    """Give the outbox two topics, one that works and one that fails; return what was delivered."""
    settings.OUTBOX_HANDLERS = {
        "keep": "tests.records.handlers.keep",
        "refuse": "tests.records.handlers.refuse",
    }
    handlers.calls.clear()
    return handlers.calls


@pytest.fixture
def published(monkeypatch):
    """Return the ids that were published, instead of telling a broker."""
    ids = []
    monkeypatch.setattr(
        outbox.wakeup, "publish", lambda row_id, **_queue: ids.append(row_id) or True
    )
    return ids
