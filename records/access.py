"""Who looked at what: reads by staff and through links. Unchained, kept by the month."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.db import connection

from accounts.models import User
from records import clock
from records.models import Access

_noted: ContextVar[list[Access] | None] = ContextVar("noted", default=None)


def saw(*, actor: User | None, what: str, subject: str, by_link: str = "") -> Access:
    """Put one read on record: ``what`` was shown about ``subject``, e.g. ``ticket:<uid>``.

    ``by_link`` is the id of the link, never its secret, when a party came by one.
    """
    row = Access.objects.create(
        at=clock.now(), actor=actor, by_link=by_link, what=what, subject=subject
    )
    if (noted := _noted.get()) is not None:
        noted.append(row)
    return row


@contextmanager
def noting() -> Iterator[list[Access]]:
    """Collect the reads that are put on record inside, in a list that the block gets."""
    rows: list[Access] = []
    token = _noted.set(rows)
    try:
        yield rows
    finally:
        _noted.reset(token)


def keep(rows: list[Access]) -> None:
    """Write the rows that a transaction took back with it: what was shown was shown."""
    for row in rows:
        if not Access.objects.filter(at=row.at, uid=row.uid).exists():
            Access.objects.bulk_create([row])


def make_partitions(*, first_day: date, months: int = 3) -> int:
    """Make the monthly partitions that are missing from ``first_day``'s month on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT records_make_access_partitions(%s, %s)", [first_day, months])
        return cursor.fetchone()[0]
