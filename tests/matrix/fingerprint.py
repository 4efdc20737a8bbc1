"""Whether rows changed: asked of PostgreSQL's own counters, and looked at only where they moved."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# trust.md T-11 leaves these out: reads on record, sessions, throttles, presence, reservations.
LEFT_OUT = re.compile(r"records_access|django_session|throttle|presence|reservation")
_COUNTERS = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
     WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


def counters() -> dict[str, int]:
    """Return how many rows this transaction has written, by table; what it took back counts too."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTERS)
        return {name: n for name, n in cursor.fetchall() if not LEFT_OUT.search(name)}


def content(table: str) -> str:
    """Return a hash of all rows of a table."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t")
        return cursor.fetchone()[0]


@contextmanager
def savepoint() -> Iterator[None]:
    """Take everything back at the end; durable blocks inside are let through, as in a TestCase."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


class Changes:
    """The tables that a cell changed: known when its block has ended and was taken back."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        before = counters()
        with savepoint():
            yield
            moved = [name for name, n in counters().items() if n != before.get(name, 0)]
            during = {name: content(name) for name in moved}
        self.tables = {name for name in moved if content(name) != during[name]}
