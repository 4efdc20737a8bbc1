"""A statement that is put together once a process: Django's SQL, kept with places for its values.

Putting a page's statement together takes Django several times as long as PostgreSQL takes to answer
it. What is kept depends on nothing but the shape that is asked for: this is tried when it is kept,
by putting it together twice, for two sets of values that nobody has.
"""

import itertools
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

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
        return self.write, self.shape, tuple(n for n, v in self.values.items() if v is None)


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


_kept: dict[tuple, Statement] = {}


def of(parts: tuple[Part, ...], join: Callable[..., tuple[str, list, Any]]) -> Statement:
    """Return the statement that ``join(*written)`` makes of what the parts write, values in place.

    ``join`` gets what each part's ``write`` returned; it returns text, parameters and anything
    that is to be kept beside them. Raises NotKept for what cannot be kept.
    """
    key = (join, *(each.key for each in parts))
    kept = _kept.get(key)
    if kept is None:
        kept = _kept[key] = _put_together(parts, join)
    params = [
        parts[each.part].values[each.name] if type(each) is _Place else each for each in kept.params
    ]
    return Statement(kept.text, params, kept.about)


def _put_together(parts: tuple[Part, ...], join: Callable) -> Statement:
    with moment.apart():
        one, other = (_written(parts, join, round_) for round_ in (1, 2))
    (text, params, about), (other_text, other_params, _about) = one[0], other[0]
    if text != other_text or len(params) != len(other_params):
        raise NotKept(f"the text depends on a value: {text[:200]}")
    places = [
        _place(mine, theirs, one[1], other[1])
        for mine, theirs in zip(params, other_params, strict=True)
    ]
    return Statement(text, places, about)


def _written(parts: tuple[Part, ...], join: Callable, round_: int) -> tuple:
    """Return what is put together for values that nobody has, and these by where they belong."""
    numbers = itertools.count(round_ * 10**6)
    stood_in = [
        {name: _stand_in(value, numbers) for name, value in part.values.items()} for part in parts
    ]
    written = [part.write(*part.shape, **v) for part, v in zip(parts, stood_in, strict=True)]
    return join(*written), stood_in


def _stand_in(value: Any, numbers: itertools.count) -> Any:
    """Return a value of the same type that stands nowhere else."""
    if value is None:
        return None
    number = next(numbers)
    if isinstance(value, list):
        return [_stand_in(value[0], numbers) if value else 4 * 10**15 + number]
    makers = {
        int: lambda: 4 * 10**15 + number,
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
            if value is not None and type(value) is type(mine) and value == mine:
                if theirs != other[number][name]:
                    raise NotKept(f"{name} stands where another value stands the next time")
                return _Place(number, name)
    if type(mine) is not type(theirs) or mine != theirs:
        raise NotKept(f"worked out from a value, or asked at another moment: {mine!r}")
    return mine
