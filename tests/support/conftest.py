"""Fixtures of support's tests."""

from datetime import timedelta

import pytest

from records import clock
from support.models import Notice
from support.services import due


@pytest.fixture
def later(monkeypatch):
    """Return a function that moves the clock ahead and carries out what comes due.

    ``later(days=6)``; the database's clock goes on underneath, so order is kept.
    """
    real = clock.now
    ahead = [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])

    def move(*, run: bool = True, **durations):
        ahead[0] += timedelta(**durations)
        while run and due.run():
            pass  # what one deadline puts in place may be due as well
        return clock.now()

    return move


@pytest.fixture
def mails_arrive():
    """Return a function that lets every mail that is under way be accepted now."""

    def arrive() -> int:
        under_way = Notice.objects.filter(accepted_at=None, failed_at=None)
        return under_way.update(accepted_at=clock.now())

    return arrive
