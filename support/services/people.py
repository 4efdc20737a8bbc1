"""What changes about how a person signs in: put on record, and told to them by mail."""

from accounts.models import User
from records import clock, events
from support.notifications import notify


def account_changed(*, user: User, what: str, **data) -> None:
    """Record a change of how a person signs in and mail it to them, in the caller's transaction.

    ``what`` is a key of people_words.ACCOUNT_CHANGES; ``data`` takes ids, codes and numbers.
    """
    at = clock.now()
    events.record(f"person:{user.uid}", what, at=at, actor=user, **data)
    notify("account_changed", at=at, person=user, what=what)
