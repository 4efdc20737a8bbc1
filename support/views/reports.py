"""Reports at the desk: a list, each with its picture, its table and its CSV."""

import csv
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import stepup
from accounts.models import Role, User
from records.access import saw
from support.models import ReportTable
from support.reports import REPORTS
from support.reports.shape import COUNT, PERCENT, PERIODS, TEXT, USUAL, Report
from support.spreadsheets import harmless
from support.views.gate import open_to

READERS = (Role.SENIOR, Role.AUDITOR, Role.ADMINISTRATOR)
UNITS = {"hours": "h", "seconds": "s", PERCENT: "%"}
BARS = 12
BAR_LEFT, BAR_WIDTH, BAR_STEP = 210, 340, 28


@dataclass(frozen=True)
class Bar:
    """One bar of a picture, in the units of its SVG."""

    label: str
    value: str
    y: int
    width: float

    @property
    def end(self) -> float:
        return BAR_LEFT + self.width + 8


@open_to(*READERS)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Show every report of one period, one below the other."""
    slug = _period(request)
    kept = {table.name: table for table in ReportTable.objects.filter(period=slug)}
    shown = [_shown(report, kept.get(report.name)) for report in REPORTS.values()]
    saw(actor=request.user, what="reports", subject=f"reports:{slug}")
    page = {"reports": shown, "period": slug, "periods": PERIODS}
    return render(request, "support/desk/reports.html", page)


@open_to(*READERS)
@require_safe
@stepup.fresh_to_look
def table(request: HttpRequest, name: str) -> HttpResponse:
    """Give one report as CSV; no cell is a formula to a spreadsheet."""
    if name not in REPORTS:
        raise Http404
    report, slug = REPORTS[name], _period(request)
    kept = ReportTable.objects.filter(name=name, period=slug).first()
    if kept is None:
        raise Http404
    saw(actor=request.user, what="report_table", subject=f"reports:{slug}:{name}")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{slug}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [harmless(f"{c.label} {UNITS.get(c.kind, '')}".strip()) for c in report.columns]
    )
    for row in _worded(report, kept.rows):
        writer.writerow([harmless(value) for value in row])
    return response


def _period(request: HttpRequest) -> str:
    asked = request.GET.get("period", USUAL)
    return asked if asked in PERIODS else USUAL


def _worded(report: Report, rows: list[list]) -> list[list]:
    """Put words where the kept rows have codes and keys."""
    words = [column.words for column in report.columns]
    rows = [[str(w.get(v, v)) if w else v for v, w in zip(row, words, strict=True)] for row in rows]
    if report.of_people:
        people = User.objects.in_bulk([row[0] for row in rows if row[0]])
        team, gone = _("The whole team"), _("somebody who left")
        rows = [[str(people.get(r[0], gone)) if r[0] else team, *r[1:]] for r in rows]
    return rows


def _shown(report: Report, kept: ReportTable | None) -> dict:
    """Return what the page shows of one report."""
    rows = _worded(report, kept.rows) if kept else []
    kinds = [column.kind for column in report.columns]
    cells = [[(_cell(v, kind), kind) for v, kind in zip(r, kinds, strict=True)] for r in rows]
    bars = _bars(report, rows)
    return {
        "report": report,
        "made_at": kept.made_at if kept else None,
        "cells": cells,
        "bars": bars,
        "height": len(bars) * BAR_STEP,
    }


def _cell(value, kind: str) -> str:
    if value is None or value == "":
        return "–"
    if kind == TEXT:
        return str(value).replace("_", " ")
    unit = UNITS.get(kind, "")
    return f"{localize(value)} {unit}".strip() if kind != COUNT else localize(value)


def _bars(report: Report, rows: list[list]) -> list[Bar]:
    """Return the longest rows as bars, as wide as their share of the largest."""
    if report.drawn is None:
        return []
    column = report.columns[report.drawn]
    texts = [i for i, c in enumerate(report.columns) if c.kind == TEXT]
    rows = [row for row in rows if row[report.drawn] is not None][:BARS]
    most = max((row[report.drawn] for row in rows), default=0) or 1
    most = 100 if column.kind == PERCENT else most
    return [
        Bar(
            label=", ".join(str(row[i]).replace("_", " ") for i in texts),
            value=_cell(row[report.drawn], column.kind),
            y=number * BAR_STEP,
            width=round(BAR_WIDTH * row[report.drawn] / most, 1),
        )
        for number, row in enumerate(rows)
    ]
