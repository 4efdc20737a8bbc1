"""What a report is: its words, its columns, how it is made, what of it is drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, DurationField
from django.utils.translation import gettext_lazy as _

TEXT, COUNT, HOURS, SECONDS, PERCENT = "text", "count", "hours", "seconds", "percent"


@dataclass(frozen=True)
class Period:
    """From ``start`` up to, not including, ``end``."""

    slug: str
    label: str
    start: datetime
    end: datetime


PERIODS = {
    "7d": (_("the last 7 days"), timedelta(days=7)),
    "30d": (_("the last 30 days"), timedelta(days=30)),
    "90d": (_("the last 90 days"), timedelta(days=90)),
    "12m": (_("the last 12 months"), timedelta(days=365)),
}
USUAL = "30d"


def period(slug: str, at: datetime) -> Period:
    """Return the period of this name that ends at ``at``."""
    label, length = PERIODS[slug]
    return Period(slug, str(label), at - length, at)


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` says how its values are written, ``words`` what its codes mean."""

    label: str
    kind: str = COUNT
    words: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Report:
    """One report. ``drawn`` is the column whose values are drawn as bars; None draws none.

    ``make`` returns the rows, each as long as ``columns``: codes, numbers and keys, no words.
    """

    name: str
    title: str
    explain: str
    columns: tuple[Column, ...]
    make: Callable[[Period], list[list]]
    drawn: int | None = None
    of_people: bool = False  # the first column holds keys of people, empty for the whole team


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont of a duration; ``share`` from 0 to 1."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, expression, share: float, **extra):
        super().__init__(expression, share=share, **extra)


def hours(duration: timedelta | None) -> float | None:
    """Return a duration as hours with one decimal."""
    return round(duration / timedelta(hours=1), 1) if duration is not None else None


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None
