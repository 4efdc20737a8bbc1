"""Reports are made in the background each hour and kept; a page reads one row."""

from datetime import datetime

from django.db import transaction

from records import clock, outbox
from support.models import ReportTable
from support.reports import REPORTS
from support.reports.shape import PERIODS, period


def queue(*, at: datetime) -> None:
    """Put the hour's reports in the outbox, once an hour however often it is called."""
    hour = at.strftime("%Y-%m-%dT%H")
    for slug in PERIODS:
        outbox.put("reports", f"reports:{slug}:{hour}", at=at)


def make_from_outbox(*, key: str) -> None:
    """Outbox handler: make every report of one period anew; its key names the period."""
    make(key.split(":")[1])


def make(slug: str) -> None:
    """Make every report of a period, each in a transaction of its own.

    Raises KeyError for a period that there is none of.
    """
    wanted = period(slug, clock.now())
    for report in REPORTS.values():
        with transaction.atomic():
            made = {"made_at": clock.now(), "rows": report.make(wanted)}
            ReportTable.objects.update_or_create(name=report.name, period=slug, defaults=made)
