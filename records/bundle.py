"""Several questions to the database in one statement: a page asks for all it shows at once."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BinaryField, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

from records import put_together
from records.put_together import Part


def at_once(*parts: Part) -> dict[str, list]:
    """Return the rows of several querysets, by name, asked for in one statement.

    Each part writes querysets by name (records/put_together.py). They are of plain rows: no
    ``values``, no ``select_related``, no annotations; ``only``, order and limit work. They are seen
    at one snapshot.
    """
    statement = put_together.of(parts, _join)
    models: dict[str, type[Model] | None] = statement.about
    found: dict[str, list] = {name: [] for name in models}
    asked = [name for name, model in models.items() if model]
    if not asked:
        return found
    answers = _ask(statement.text, statement.params)
    for name, answer in zip(asked, answers, strict=True):
        found[name] = _instances(models[name], json.loads(answer))
    return found


def _join(*written: dict[str, QuerySet]) -> tuple[str, list, dict]:
    """Return one statement of all querysets, with each one's model; None where it finds nothing."""
    statements, params, models = [], [], {}
    for name, rows in (item for part in written for item in part.items()):
        models[name] = None
        try:
            statement, given = rows.query.sql_with_params()
        except EmptyResultSet:
            continue
        # Django's own SQL, its parameters apart.
        statements.append(f"(SELECT COALESCE(json_agg(r), '[]')::text FROM ({statement}) r)")  # noqa: S608
        params += given
        models[name] = rows.model
    return f"SELECT {', '.join(statements)}", params, models


def rows(asked: Part) -> list[Model]:
    """Return the rows of one queryset, with what it selects beside them, in a statement of its own.

    For what is locked or joined. A lock outside a transaction raises TransactionManagementError.
    """
    statement = put_together.of((asked,), _compile)
    compiler = statement.about.compiler
    if compiler.query.select_for_update and not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found = compiler.results_iter([cursor.fetchall()])
    return list(statement.about.instances(found))


@dataclass(frozen=True)
class _Compiled:
    """How Django reads the rows of a queryset: that of one is that of another with its text."""

    compiler: SQLCompiler = field(compare=False)
    names: list[str]
    place: slice
    database: str

    def instances(self, found: Iterable[list]) -> Iterator[Model]:
        """Yield the model's instances, what was selected with each in it."""
        model, compiler = self.compiler.klass_info["model"], self.compiler
        populators = get_related_populators(compiler.klass_info, compiler.select, self.database)
        for row in found:
            one = model.from_db(self.database, self.names, row[self.place])
            for each in populators:
                each.populate(row, one)
            yield one


def _compile(queryset: QuerySet) -> tuple[str, list, _Compiled]:
    compiler = queryset.query.get_compiler(connection=connection)
    text, params = compiler.as_sql()
    columns = compiler.klass_info["select_fields"]
    place = slice(columns[0], columns[-1] + 1)
    names = [column.target.attname for column, _sql, _alias in compiler.select[place]]
    return text, list(params), _Compiled(compiler, names, place, queryset.db)


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
    names, readers = _readers(model, tuple(rows[0]))
    alias = connection.alias
    return [model.from_db(alias, names, [read(row[c]) for c, read in readers]) for row in rows]


@lru_cache(maxsize=256)
def _readers(model: type[Model], columns: tuple[str, ...]) -> tuple[list[str], list]:
    """Return the names of a model's fields that were asked for, and what reads each column."""
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    return [f.attname for f in fields], [(f.column, _reader(f)) for f in fields]


def _reader(field: Field) -> Callable:
    """Return what makes a value of its JSON; PostgreSQL writes bytes in hex."""
    if isinstance(field, BinaryField):
        return lambda value: value if value is None else bytes.fromhex(value.removeprefix("\\x"))
    return field.to_python
