"""Reports about reaching people: notices and letters, sent, arrived, answered."""

from django.db.models import Count, Q

from support.models import Letter, Notice
from support.reports.shape import Period, percent


def notices(period: Period) -> list[list]:
    """Kind of mail, how many, accepted by a mail server, failed, bounced, share that arrived."""
    sent = Notice.objects.filter(made_at__gte=period.start, made_at__lt=period.end)
    found = sent.values("kind").annotate(
        n=Count("pk"),
        arrived=Count("pk", filter=Q(accepted_at__isnull=False, bounced_at=None)),
        failed=Count("pk", filter=Q(failed_at__isnull=False)),
        bounced=Count("pk", filter=Q(bounced_at__isnull=False)),
    )
    return [
        [r["kind"], r["n"], r["arrived"], r["failed"], r["bounced"], percent(r["arrived"], r["n"])]
        for r in found.order_by("-n", "kind")
    ]


def letters(period: Period) -> list[list]:
    """To whom, how many letters, printed, code entered, stop code used, share entered."""
    made = Letter.objects.filter(made_at__gte=period.start, made_at__lt=period.end)
    found = made.values("to").annotate(
        n=Count("pk"),
        printed=Count("pk", filter=Q(printed_at__isnull=False)),
        entered=Count("pk", filter=Q(entered_at__isnull=False)),
        stopped=Count("pk", filter=Q(stopped_at__isnull=False)),
    )
    return [
        [
            r["to"],
            r["n"],
            r["printed"],
            r["entered"],
            r["stopped"],
            percent(r["entered"], r["printed"]),
        ]
        for r in found.order_by("to")
    ]
