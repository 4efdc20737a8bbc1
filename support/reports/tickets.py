"""Reports about requests: how long to the PIN, what is waiting, whether the desk was in time."""

from datetime import timedelta

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Sum

from support.machine import OPEN, State
from support.models import Helped, ServiceLevel, Ticket
from support.reports.shape import Percentile, Period, hours, percent
from support.rules import Outcome

RELEASED = (State.COMPLETED, State.CONTESTED, State.RESTORED)
# Younger than so many days.
AGES = ((1, "d1"), (3, "d3"), (7, "d7"), (14, "d14"))
DAY = timedelta(days=1)
_WAIT = ExpressionWrapper(F("decided_at") - F("submitted_at"), output_field=DurationField())


def time_to_pin(period: Period) -> list[list]:
    """Country, route, how many, median and 90th percentile hours from sending to release."""
    released = Ticket.objects.filter(
        state__in=RELEASED,
        outcome=Outcome.OWNERSHIP,
        decided_at__gte=period.start,
        decided_at__lt=period.end,
    )
    found = released.annotate(wait=_WAIT).values("country", "kind")
    found = found.annotate(n=Count("pk"), mid=Percentile("wait", 0.5), late=Percentile("wait", 0.9))
    return [
        [row["country"], row["kind"], row["n"], hours(row["mid"]), hours(row["late"])]
        for row in found.order_by("country", "kind")
    ]


def backlog(period: Period) -> list[list]:
    """State and how many are open, by age in days since they were sent; the period's end is now."""
    now = period.end
    open_ = Ticket.objects.filter(state__in=OPEN, is_training=False).values("state")
    ages = {name: Count("pk", filter=Q(submitted_at__gt=now - days * DAY)) for days, name in AGES}
    found = open_.annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)), **ages)
    rows = {row["state"]: row for row in found}
    return [_between(state, rows[state]) for state in OPEN if state in rows]


def _between(state: str, row: dict) -> list:
    """Turn how many are younger than each limit into how many lie between the limits."""
    younger = [row[name] for _days, name in AGES] + [row["n"]]
    between = [b - a for a, b in zip([0, *younger], younger, strict=False)]
    return [state, row["n"], *between, row["late"]]


def service_levels(period: Period) -> list[list]:
    """Duty, how many ended, share in time, mean working hours used, running and overdue now."""
    ended = Q(ended_at__gte=period.start, ended_at__lt=period.end)
    running = Q(due_at__isnull=False)
    found = (
        ServiceLevel.objects.filter(ended | running, ticket__is_training=False)
        .values("duty")
        .annotate(
            n=Count("pk", filter=ended),
            met=Count("pk", filter=ended & Q(met=True)),
            used=Avg("used_seconds", filter=ended),
            now=Count("pk", filter=running),
            late=Count("pk", filter=Q(due_at__lt=period.end)),
        )
    )
    return [
        [
            row["duty"],
            row["n"],
            percent(row["met"], row["n"]),
            round(row["used"] / 3600, 1) if row["used"] is not None else None,
            row["now"],
            row["late"],
        ]
        for row in found.order_by("duty")
    ]


def helped(period: Period) -> list[list]:
    """How people were helped without a request: way, how many said so. Who they were is not kept.

    Counts are kept by day: the day in which the period begins counts whole.
    """
    days = Helped.objects.filter(day__gte=period.start.date(), day__lte=period.end.date())
    found = days.values("way").annotate(n=Sum("count")).order_by("-n", "way")
    return [[row["way"], row["n"]] for row in found]
