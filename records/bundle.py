"""Several questions to the database in one statement: a page asks for all it shows at once."""

import json
from collections.abc import Callable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BinaryField, Field, Model, QuerySet


def at_once(**wanted: QuerySet) -> dict[str, list]:
    """Return the rows of several querysets, by name, asked for in one statement.

    The querysets are of plain rows: no ``values``, no ``select_related``, no annotations; ``only``,
    order and limit work. They are seen at one snapshot, and none of them keeps what it found.
    """
    statements, params, asked = [], [], []
    for name, rows in wanted.items():
        try:
            statement, given = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        # Django's own SQL, its parameters apart.
        statements.append(f"(SELECT COALESCE(json_agg(r), '[]')::text FROM ({statement}) r)")  # noqa: S608
        params += given
        asked.append(name)
    found: dict[str, list] = {name: [] for name in wanted}
    if not asked:
        return found
    answers = _ask(f"SELECT {', '.join(statements)}", params)
    for name, answer in zip(asked, answers, strict=True):
        found[name] = _instances(wanted[name].model, json.loads(answer))
    return found


def _ask(statement: str, params: list) -> tuple:
    """Return the one row of a statement, by the plan that was made for any parameters.

    PostgreSQL would rather plan so many questions again each time, for five to ten times as long as
    it takes to answer them. The settings travel with the statement; one that fails takes its own
    back.
    """
    connection.ensure_connection()
    session = connection.connection
    with connection.wrap_database_errors, session.pipeline(), connection.cursor() as cursor:
        session.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(statement, params)
        session.execute("RESET plan_cache_mode")
        return cursor.fetchone()


def _instances(model: type[Model], rows: list[dict]) -> list[Model]:
    """Return model instances of rows as JSON has them: its types are read back field by field."""
    if not rows:
        return []
    fields = [field for field in model._meta.concrete_fields if field.column in rows[0]]
    names = [field.attname for field in fields]
    readers = [(field.column, _reader(field)) for field in fields]
    return [
        model.from_db(connection.alias, names, [read(row[column]) for column, read in readers])
        for row in rows
    ]


def _reader(field: Field) -> Callable:
    """Return what makes a value of its JSON; PostgreSQL writes bytes in hex."""
    if isinstance(field, BinaryField):
        return lambda value: value if value is None else bytes.fromhex(value.removeprefix("\\x"))
    return field.to_python
