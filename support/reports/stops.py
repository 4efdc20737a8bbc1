"""Reports about what was stopped: disputes, contests, and grants that were wrong."""

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q

from support.models import Contest, Decision, Dispute, Ticket
from support.reports.shape import Percentile, Period, hours, percent
from support.reports.tickets import RELEASED


def disputes(period: Period) -> list[list]:
    """What became of disputes: opened, closed, verdicts each way, median hours to close."""
    opened = Dispute.objects.filter(opened_at__gte=period.start, opened_at__lt=period.end).count()
    length = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    closed = Dispute.objects.filter(closed_at__gte=period.start, closed_at__lt=period.end)
    ends = closed.annotate(length=length).aggregate(n=Count("pk"), mid=Percentile("length", 0.5))
    verdicts = Decision.objects.filter(at__gte=period.start, at__lt=period.end).aggregate(
        upheld=Count("pk", filter=Q(kind=Decision.Kind.UPHELD)),
        dismissed=Count("pk", filter=Q(kind=Decision.Kind.DISMISSED)),
    )
    said = [opened, ends["n"], verdicts["upheld"], verdicts["dismissed"], hours(ends["mid"])]
    return [said] if any(said[:4]) else []


def after_release(period: Period) -> list[list]:
    """Hand-overs by country: how many, contested since, restored (a wrong grant), still open."""
    here = Ticket.objects.filter(
        state__in=RELEASED, decided_at__gte=period.start, decided_at__lt=period.end
    )
    totals = {r["country"]: r["n"] for r in here.values("country").annotate(n=Count("pk"))}
    contests = Contest.objects.filter(ticket__in=here).values("ticket__country")
    contests = contests.annotate(
        n=Count("ticket", distinct=True),
        restored=Count("ticket", filter=Q(restored=True), distinct=True),
        open=Count("ticket", filter=Q(closed_at=None), distinct=True),
    )
    found = {r["ticket__country"]: r for r in contests}
    none = {"n": 0, "restored": 0, "open": 0}
    rows = []
    for country, total in sorted(totals.items()):
        said = found.get(country, none)
        share = percent(said["n"], total)
        rows.append([country, total, said["n"], share, said["open"], said["restored"]])
    return rows
