"""Who looked at what: reads by staff and through links. Unchained, kept by the month."""

from datetime import date

from django.db import connection

from accounts.models import User
from records import clock
from records.models import Access


def saw(*, actor: User | None, what: str, subject: str, by_link: str = "") -> Access:
    """Put one read on record: ``what`` was shown about ``subject``, e.g. ``ticket:<uid>``.

    ``by_link`` is the id of the link, never its secret, when a party came by one.
    """
    return Access.objects.create(
        at=clock.now(), actor=actor, by_link=by_link, what=what, subject=subject
    )


def make_partitions(*, first_day: date, months: int = 3) -> int:
    """Make the monthly partitions that are missing from ``first_day``'s month on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT records_make_access_partitions(%s, %s)", [first_day, months])
        return cursor.fetchone()[0]
