"""One migrated template for the whole run, a copy for each worker, and clean-up after a test.

Tests run as the application's role, which may neither truncate nor delete what it must not.
Clean-up therefore works as the owner, over a connection of its own, with triggers asleep.
"""

from collections.abc import Iterable
from datetime import timedelta
from io import StringIO

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from deploy.local import postgres
from tests import servers

TEMPLATE = "handover_template"
SUPERUSER = "postgres"
SLEEPING_GUARDS = (
    "ALTER TABLE accounts_staffrole DISABLE TRIGGER staff_role_guard",
    "ALTER TABLE accounts_firmmember DISABLE TRIGGER member_agreed",
)
OWN_TABLES = """
    SELECT format('%I', relname),
           (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
               AND attgenerated = '')
      FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
     ORDER BY relname
"""


def make(name: str) -> None:
    """Make a database as a copy of the template, which the first worker builds for all."""
    with psycopg.connect(servers.url_of(SUPERUSER, SUPERUSER), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(1)")
        if not _exists(server, TEMPLATE):
            _build_template(server)
        if not _exists(server, name):
            _copy(server, TEMPLATE, name)


def _exists(server: psycopg.Connection, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return server.execute(query, [name]).fetchone() is not None


def _copy(server: psycopg.Connection, source: str, name: str) -> None:
    parts = map(sql.Identifier, (name, source, postgres.OWNER))
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*parts))
    postgres.allow_connections(server, name)


def _build_template(server: psycopg.Connection) -> None:
    """Migrate a database as the owner; it gets its name when it is whole."""
    unfinished = f"{TEMPLATE}_unfinished"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    server.execute(drop.format(sql.Identifier(unfinished)))
    _copy(server, "template0", unfinished)
    with psycopg.connect(servers.url_of(SUPERUSER, unfinished), autocommit=True) as database:
        database.execute(f"GRANT USAGE ON SCHEMA public TO {postgres.APP}")
    names = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    _point_connections(dict.fromkeys(names, unfinished))
    try:
        for command in ("migrate", "grant_rights"):
            call_command(command, database="owner", verbosity=0, stdout=StringIO())
        # Tests make staff and firms' people without two colleagues and a wait; those of the guards
        # wake them.
        connections["owner"].cursor().execute("; ".join(SLEEPING_GUARDS))
    finally:
        _point_connections(names)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    server.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(TEMPLATE)))


def _point_connections(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


class CleanUp:
    """Puts a database back to what it was when this was made: rows added go, rows lost return."""

    def __init__(self, name: str) -> None:
        self.url = servers.url_of(postgres.OWNER, name)
        self.connection = self._connect()
        self.tables = dict(self.connection.execute(OWN_TABLES).fetchall())
        with self.connection.transaction():
            filled = self._filled(self.tables)
            self.kept = {table: self._rows(table) for table in filled}
        self.emptied = [table for table in self.tables if table not in self.kept]

    def _connect(self) -> psycopg.Connection:
        options = "-c session_replication_role=replica -c lock_timeout=10s"
        return psycopg.connect(self.url, options=options, autocommit=True)

    def run(self) -> None:
        """Delete what a test has left, in one transaction.

        Raises psycopg.errors.LockNotAvailable when a thread of the test still holds a lock.
        """
        try:
            self._put_back()
        except psycopg.OperationalError:
            if not self.connection.closed:
                raise
            # The test ended every connection to the server, ours among them.
            self.close()
            self.connection = self._connect()
            self._put_back()

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def _put_back(self) -> None:
        with self.connection.transaction():
            left = self._filled(self.emptied)
            changed = [table for table, rows in self.kept.items() if self._rows(table) != rows]
            if left or changed:
                deletes = (f"DELETE FROM {table}" for table in (*left, *changed))
                self.connection.execute(";".join(deletes))
            for table in changed:
                self._restore(table)

    def _filled(self, tables: Iterable[str]) -> list[str]:
        looks = (f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {t})" for t in tables)
        query = " UNION ALL ".join(looks)
        return [table for (table,) in self.connection.execute(query)] if query else []

    def _rows(self, table: str) -> bytes:
        query = f"COPY (SELECT {self.tables[table]} FROM {table} ORDER BY 1) TO STDOUT"
        with self.connection.cursor().copy(query) as copy:
            return b"".join(copy)

    def _restore(self, table: str) -> None:
        query = f"COPY {table} ({self.tables[table]}) FROM STDIN"
        with self.connection.cursor().copy(query) as copy:
            copy.write(self.kept[table])


def move_clock(name: str, by: timedelta) -> None:
    """Move the clock of a database's deadlines, at once and for every connection to it.

    Over a connection of its own, so that a test inside a transaction sees it, too.
    """
    with psycopg.connect(servers.url_of(postgres.OWNER, name), autocommit=True) as connection:
        connection.execute(
            'INSERT INTO records_clockoffset (id, "offset") VALUES (1, %s) ON CONFLICT (id)'
            ' DO UPDATE SET "offset" = records_clockoffset."offset" + EXCLUDED."offset"',
            [by],
        )
