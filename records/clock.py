"""The one clock of the product: the database's, plus an offset that only story and tests move."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, connections

from records import moment

_NOW = """
    SELECT clock_timestamp()
        + COALESCE((SELECT "offset" FROM records_clockoffset), INTERVAL '0')
"""
_MOVE = """
    INSERT INTO records_clockoffset (id, "offset") VALUES (1, %s)
    ON CONFLICT (id) DO UPDATE SET "offset" = records_clockoffset."offset" + EXCLUDED."offset"
    RETURNING "offset"
"""


def now() -> datetime:
    """Return the present moment (aware, UTC) by the database's clock plus the offset row.

    Deadlines, leases, links and release all read this one function; inside a service it is read
    after the lock, so that periods cannot run backwards. A page is read at one moment.
    """
    return _now()


@moment.remembered
def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        return cursor.fetchone()[0]


def move(by: timedelta) -> timedelta:
    """Move the clock of the deadlines ahead and return how far ahead it is now.

    The application's role may not write the offset: this goes through the owner's connection.
    Raises PermissionDenied where CLOCK_MAY_MOVE is off, which it is in production.
    """
    if not settings.CLOCK_MAY_MOVE:
        raise PermissionDenied("The clock of this deployment may not be moved (CLOCK_MAY_MOVE).")
    with connections["owner"].cursor() as cursor:
        cursor.execute(_MOVE, [by])
        return cursor.fetchone()[0]


def offset() -> timedelta:
    """Return how far ahead of the database's clock we are: zero in production."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT "offset" FROM records_clockoffset')
        row = cursor.fetchone()
    return row[0] if row else timedelta(0)
