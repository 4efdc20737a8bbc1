"""A statement that is put together once a process: Django's SQL, kept with places for its values.

Putting a page's statement together takes Django several times as long as PostgreSQL takes to answer
it. What is kept depends on nothing but the shape that is asked for: this is tried when it is kept,
by putting it together three times, for two sets of values that nobody has and for the real ones.
"""

import itertools
import re
import uuid
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from psycopg import sql

from records import moment


@models.Field.register_lookup
class AnyOf(models.Lookup):
    """``pk__any_of=[...]``: like ``in``, the list one parameter, so that the statement stays."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        """Return SQL of PostgreSQL; an empty list finds nothing."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]


class NotKept(TypeError):
    """What was put together depends on more than its shape, or turns a value into another."""


@dataclass(frozen=True)
class Part:
    """What is asked: ``write`` called with a shape and values; the same shape is the same text.

    A value is an int, a text, a moment, a uuid, a list of these, or None, and stands in the
    statement as it is: what is worked out from one is a value of its own. Whether a value is None
    is part of the shape.
    """

    write: Callable
    shape: tuple[Hashable, ...]
    values: dict[str, Any]

    @property
    def key(self) -> tuple:
        return self.write, self.shape, tuple((n, type(v)) for n, v in self.values.items())


def part(write: Callable, *shape: Hashable, **values: Any) -> Part:
    """Return one part of a question."""
    return Part(write, shape, values)


@dataclass(frozen=True)
class Statement:
    """A kept text, its parameters in order (a place where a value goes), and what it is about."""

    text: str
    params: list
    about: Any


@dataclass(frozen=True)
class _Place:
    part: int
    name: str
    wrapped_in: type | None  # psycopg's number of a column's size

    def filled(self, values: list[dict]) -> Any:
        value = values[self.part][self.name]
        return self.wrapped_in(value) if self.wrapped_in else value


# There are some dozens of shapes; should there ever be as many, we begin anew.
MOST = 1_000
_kept: dict[tuple, Statement] = {}


def of(parts: tuple[Part, ...], join: Callable[..., tuple[str, list, Any]]) -> Statement:
    """Return the statement that ``join(*written)`` makes of what the parts write, values in place.

    ``join`` gets what each part's ``write`` returned; it returns text, parameters and anything
    that is to be kept beside them. Raises NotKept for what cannot be kept.
    """
    key = (join, *(each.key for each in parts))
    kept = _kept.get(key)
    if kept is None:
        if len(_kept) >= MOST:
            _kept.clear()
        kept = _kept[key] = _put_together(parts, join)
    return Statement(kept.text, _filled(kept, [each.values for each in parts]), kept.about)


def _filled(statement: Statement, values: list[dict]) -> list:
    return [each.filled(values) if type(each) is _Place else each for each in statement.params]


def _put_together(parts: tuple[Part, ...], join: Callable) -> Statement:
    numbers = itertools.count()
    one, other = ([_stood_in(each, numbers) for each in parts] for _round in range(2))
    real = [each.values for each in parts]
    with moment.apart():
        mine, theirs, ours = (_written(parts, join, values) for values in (one, other, real))
    if not mine.text == theirs.text == ours.text or mine.about != ours.about:
        raise NotKept(f"the text depends on a value: {mine.text[:200]}")
    both = zip(mine.params, theirs.params, strict=True)
    kept = Statement(mine.text, [_place(*each, one, other) for each in both], mine.about)
    if _filled(kept, real) != ours.params:
        raise NotKept(f"a value is another where it stands: {ours.params}")
    return _with_constants(kept)


def _with_constants(statement: Statement) -> Statement:
    """Write into the text what is the same for all values.

    A plan for any parameters can then use an index that holds for some states alone.
    """
    params = iter(statement.params)
    places = [each for each in statement.params if type(each) is _Place]

    def written(found: re.Match) -> str:
        if found[0] == "%%":
            return found[0]
        param = next(params)
        return found[0] if type(param) is _Place else _literal(param)

    return Statement(re.sub("%[%s]", written, statement.text), places, statement.about)


def _literal(constant: Any) -> str:
    return sql.Literal(constant).as_string().replace("%", "%%")


def _stood_in(part: Part, numbers: Iterator[int]) -> dict[str, Any]:
    """Return values in place of a part's own, each of which stands nowhere else."""
    return {name: _stand_in(value, numbers) for name, value in part.values.items()}


def _written(parts: tuple[Part, ...], join: Callable, values: list[dict]) -> Statement:
    written = [part.write(*part.shape, **own) for part, own in zip(parts, values, strict=True)]
    text, params, about = join(*written)
    return Statement(text, list(params), about)


def _stand_in(value: Any, numbers: Iterator[int]) -> Any:
    if value is None:
        return None
    number = next(numbers)
    if isinstance(value, list):
        return [_stand_in(value[0] if value else 0, numbers)]
    makers = {
        int: lambda: 2 * 10**9 + number,  # fits into any key
        str: lambda: f"stands in for {number}",
        datetime: lambda: datetime(2900, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        uuid.UUID: lambda: uuid.UUID(int=number),
    }
    if type(value) not in makers:
        raise NotKept(f"no place can be kept for {type(value)}")
    return makers[type(value)]()


def _place(mine: Any, theirs: Any, one: list[dict], other: list[dict]) -> Any:
    """Return where a parameter comes from: a value's place, or what it is for all values."""
    for number, values in enumerate(one):
        for name, value in values.items():
            if value is not None and isinstance(mine, type(value)) and value == mine:
                if theirs != other[number][name]:
                    raise NotKept(f"{name} stands where another value stands the next time")
                return _Place(number, name, None if type(mine) is type(value) else type(mine))
    if type(mine) is not type(theirs) or mine != theirs:
        raise NotKept(f"worked out from a value, or asked at another moment: {mine!r}")
    return mine
