"""Who saw what, for auditors and the privacy officer. The look itself is on record, too."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions, stepup
from accounts.models import Role, User
from chargers.models import Charger
from records import clock
from records.access import saw
from support import calendars, permissions
from support.audit_forms import QuestionForm
from support.reading.reads import A_PAGE, Place, Question, Read, all_of, read
from support.spreadsheets import harmless

READERS = (Role.AUDITOR, Role.PRIVACY_OFFICER)
MOST_ROWS = 100_000


@sessions.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Ask who saw what, and answer a page at a time.

    What is typed comes by POST and is led to an address of uids: no serial or mail stands in one.
    """
    _require_reader(request)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return redirect(f"{reverse('support:audit')}?{_query(form.cleaned_data)}")
    question = None if form.is_bound else _question(request)
    page = {"form": form, "question": question}
    with timezone.override(calendars.zone("", request.user.time_zone)):
        if question:
            saw(actor=request.user, what="audit", subject=_subject(question))
            rows = read(question, after=_place(request), limit=A_PAGE + 1)
            page |= {"rows": rows[:A_PAGE], "csv": _address(request, "support:audit-csv")}
            page["next"] = _next(request, rows)
        return render(request, "support/desk/audit.html", page, status=422 if form.errors else 200)


@sessions.staff_only
@require_safe
@stepup.fresh_to_look
def table(request: HttpRequest) -> HttpResponse:
    """Give the whole answer as CSV, a hundred thousand rows at most."""
    _require_reader(request)
    question = _question(request)
    if question is None:
        return redirect("support:audit")
    saw(actor=request.user, what="audit_csv", subject=_subject(question))
    rows = all_of(question, at_most=MOST_ROWS)
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    name = f"who-saw-what-{clock.now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: Iterator[Read]) -> Iterator[str]:
    write = csv.writer(_Echo()).writerow
    yield write([_("when (UTC)"), _("who"), _("what"), _("about")])
    for row in rows:
        at = row.at.astimezone(UTC).isoformat(timespec="seconds")
        yield write([at, *(harmless(cell) for cell in (row.who, row.what, str(row.about)))])


class _Echo:
    """A file for csv that gives each line back."""

    def write(self, line: str) -> str:
        return line


def _require_reader(request: HttpRequest) -> None:
    if not permissions.plays(request.user, *READERS):
        raise PermissionDenied(_("Who saw what is for auditors and the privacy officer."))


def _query(asked: dict) -> str:
    """Return the question as it stands in an address."""
    uids = {"charger": asked["serial"], "person": asked["person"], "by": asked["by"]}
    query = {name: str(found.uid) for name, found in uids.items() if found}
    query |= {name: asked[name].isoformat() for name in ("since", "until") if asked[name]}
    return urlencode(query)


def _question(request: HttpRequest) -> Question | None:
    """Return what an address asks; None when it asks nothing. 404 for what is not there."""
    asked = request.GET
    until = _day(asked.get("until"))
    question = Question(
        charger=_thing(Charger, asked.get("charger")),
        person=_thing(User, asked.get("person")),
        by=_thing(User, asked.get("by")),
        since=_begins(_day(asked.get("since"))),
        until=_begins(until + timedelta(days=1)) if until else None,
    )
    return None if question == Question() else question


def _thing(model: type, uid: str | None):
    if not uid:
        return None
    try:
        found = model.objects.filter(uid=UUID(uid)).first()
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Http404 from None
    if day and not 2000 <= day.year < 2200:
        raise Http404
    return day


def _begins(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None


def _place(request: HttpRequest) -> Place | None:
    at, _sign, uid = request.GET.get("after", "").partition("_")
    try:
        return Place(datetime.fromisoformat(at).astimezone(UTC), UUID(uid)) if at else None
    except (ValueError, OverflowError):
        raise Http404 from None


def _next(request: HttpRequest, rows: list[Read]) -> str:
    if len(rows) <= A_PAGE:
        return ""
    last = rows[A_PAGE - 1].place
    return _address(request, "support:audit", after=f"{last.at.isoformat()}_{last.uid}")


def _address(request: HttpRequest, name: str, **more) -> str:
    names = ("charger", "person", "by", "since", "until")
    query = {name: request.GET[name] for name in names if request.GET.get(name)}
    return f"{reverse(name)}?{urlencode(query | more)}"


def _subject(question: Question) -> str:
    """Return what was asked about, for the record of this look."""
    if question.charger:
        return question.charger.stream
    asked = question.person or question.by
    return f"person:{asked.uid}" if asked else "reads"
