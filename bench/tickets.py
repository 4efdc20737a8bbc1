"""Fills an empty, migrated database with so many tickets as a desk of that size has. For the bench.

    DJANGO_SETTINGS_MODULE=config.settings python -m bench.tickets 100000 [deep]

The rows are made inside PostgreSQL, table by table, over the owner's connection with triggers
asleep: a million tickets with their people, chargers, items, notices, events and words take
minutes, not hours. Two in a hundred tickets have a rare word in a message: ``rareword<number>``.
"""

import sys
import time

import django

django.setup()

from django.db import connections  # noqa: E402
from django.db.models import NOT_PROVIDED, Model  # noqa: E402

from bench import rows  # noqa: E402
from support.models import Ticket  # noqa: E402
from tests.databases import SLEEPING_GUARDS  # noqa: E402


def fill(count: int, kind: str = "desk", *, alias: str = "owner") -> None:
    """Make ``count`` tickets and all around them; the database must have none yet.

    ``kind`` "deep" makes open tickets alone, to turn pages in.
    """
    if Ticket.objects.using(alias).exists():
        raise SystemExit("This database has tickets already: fill an empty one.")
    tables = rows.deep_queue_of(count) if kind == "deep" else rows.desk_of(count)
    began = time.monotonic()
    with connections[alias].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for name, model, columns in tables:
            _carry_out(cursor, name, _insert(model, dict(columns)))
        if kind == "desk":
            _carry_out(cursor, "words", rows.words_of_tickets())
        for _name, model, _columns in tables:
            _go_on_counting(cursor, model)
        for guard in SLEEPING_GUARDS:  # the bench makes its own staff, as tests do
            cursor.execute(guard)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    print(f"{count} tickets in {time.monotonic() - began:.1f} s")


def _carry_out(cursor, name: str, statement: str) -> None:
    began = time.monotonic()
    cursor.execute(statement)
    print(f"{name:12} {cursor.rowcount:>10} rows {time.monotonic() - began:7.1f} s", flush=True)


def _go_on_counting(cursor, model: type[Model]) -> None:
    """Let the next row of the product's own get a number that is free."""
    if model._meta.pk.get_internal_type() == "BigAutoField":
        table = model._meta.db_table
        highest = f"(SELECT max(id) FROM {table})"
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), GREATEST(1, {highest}))"
        )


def _insert(model: type[Model], values: dict[str, str]) -> str:
    """Return the INSERT; a column that is not named gets what the model would give it."""
    source = values.pop("from")
    for field in model._meta.concrete_fields:
        if field.column in values or field.null or field.generated:
            continue
        if field.has_default():
            values[field.column] = _literal(field)
        elif field.db_default is NOT_PROVIDED and not field.primary_key:
            values[field.column] = "''"
    names = ", ".join(f'"{name}"' for name in values)
    table, given = model._meta.db_table, ", ".join(values.values())
    return f"INSERT INTO {table} ({names}) SELECT {given} FROM {source}"


def _literal(field) -> str:
    if field.get_internal_type() == "UUIDField":
        return "gen_random_uuid()"
    value = field.get_default()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list | dict):
        return "'[]'::jsonb" if isinstance(value, list) else "'{}'::jsonb"
    return str(value) if isinstance(value, int) else f"'{value}'"


if __name__ == "__main__":
    fill(int(sys.argv[1]), *sys.argv[2:])
