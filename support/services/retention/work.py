"""The two ways in which things go: rows, batch by batch, or other things, one by one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

BATCH = 200
EXAMPLES = 3


@dataclass(frozen=True)
class Due:
    """How many would go now, and the names of some: ids, never what they say."""

    count: int
    examples: list[str]


class Work(Protocol):
    """What a line of the schedule does; ``before`` is the end of what has been kept long enough."""

    def due(self, before: datetime) -> Due: ...

    def carry_out(self, before: datetime, at: datetime) -> int: ...


@dataclass(frozen=True)
class Rows:
    """Rows of one table. ``act`` gets some of them, locked, and leaves none of them due.

    Each batch is its own transaction and asks again what is due: a run that was killed is simply
    run again, and two at once take different rows.
    """

    which: Callable[[datetime], QuerySet]
    act: Callable[[QuerySet, datetime], None]

    def due(self, before: datetime) -> Due:
        rows = self.which(before)
        name = rows.model._meta.model_name
        keys = rows.order_by("pk").values_list("pk", flat=True)[:EXAMPLES]
        return Due(rows.count(), [f"{name} {key}" for key in keys])

    def carry_out(self, before: datetime, at: datetime) -> int:
        done = 0
        while count := self._batch(before, at):
            done += count
        return done

    @transaction.atomic
    def _batch(self, before: datetime, at: datetime) -> int:
        rows = self.which(before).select_for_update(of=("self",), skip_locked=True)
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if keys:
            self.act(rows.model._base_manager.filter(pk__in=keys), at)
        return len(keys)


@dataclass(frozen=True)
class Things:
    """What is no row of one table: files, months, people. ``drop`` says whether it was there."""

    which: Callable[[datetime], Iterable[str]]
    drop: Callable[[str, datetime], bool]

    def due(self, before: datetime) -> Due:
        names = list(self.which(before))
        return Due(len(names), names[:EXAMPLES])

    def carry_out(self, before: datetime, at: datetime) -> int:
        return sum(self.drop(name, at) for name in list(self.which(before)))


def delete(rows: QuerySet, at: datetime) -> None:
    """Delete rows."""
    rows.delete()


def empty(**values) -> Callable[[QuerySet, datetime], None]:
    """Return an act that overwrites these fields."""

    def act(rows: QuerySet, at: datetime) -> None:
        rows.update(**values)

    return act
