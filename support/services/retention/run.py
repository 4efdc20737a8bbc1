"""The daily run: every line of the schedule once; a line that fails does not stop the others."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from records import clock
from support.services.retention.schedule import SCHEDULE, Rule
from support.services.retention.work import Due

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What came of one line: what was due, how much of it went, and the kind of an error."""

    rule: Rule
    due: Due
    done: int = 0
    error: str = ""


def run(*, dry_run: bool = False) -> Iterator[Result]:
    """Carry out the schedule line by line, or with ``dry_run`` only tell what is due.

    It may be killed anywhere and run again, and two runs at once do no more than one: each step is
    a transaction of its own that asks again what is due. Only an error's kind is told: its words
    may hold a name.
    """
    for rule in SCHEDULE:
        if rule.work is not None:
            yield _one(rule, dry_run)


def _one(rule: Rule, dry_run: bool) -> Result:
    at = _now(rule)
    before = at - rule.keep
    due = rule.work.due(before)
    if dry_run:
        return Result(rule, due)
    try:
        return Result(rule, due, rule.work.carry_out(before, at))
    except Exception as error:
        log.error("retention of %s: %s", rule.name, type(error).__qualname__)
        return Result(rule, due, error=type(error).__qualname__)


def _now(rule: Rule) -> datetime:
    """Return the present moment: sessions and codes live by the real clock."""
    return timezone.now() if rule.real_time else clock.now()
