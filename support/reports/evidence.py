"""Reports about evidence: right the first time, and why it was returned."""

from django.db.models import Count, Q

from support.models import EvidenceItem
from support.reports.shape import Period, percent

ACCEPTED, RETURNED = EvidenceItem.State.ACCEPTED, EvidenceItem.State.RETURNED


def _decided(period: Period):
    return EvidenceItem.objects.filter(
        state__in=(ACCEPTED, RETURNED),
        decided_at__gte=period.start,
        decided_at__lt=period.end,
        ticket__is_training=False,
    )


def first_time_right(period: Period) -> list[list]:
    """Kind of evidence, how many first ones were decided, and the share that was accepted."""
    first = _decided(period).filter(replaces=None).exclude(file_key="")
    found = first.values("kind").annotate(n=Count("pk"), ok=Count("pk", filter=Q(state=ACCEPTED)))
    return [[r["kind"], r["n"], percent(r["ok"], r["n"])] for r in found.order_by("-n", "kind")]


def returned(period: Period) -> list[list]:
    """Reason, kind and how many were returned for it, the most frequent first."""
    found = _decided(period).filter(state=RETURNED).values("reason", "kind")
    found = found.annotate(n=Count("pk")).order_by("-n", "reason", "kind")
    return [[row["reason"], row["kind"], row["n"]] for row in found]
