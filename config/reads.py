"""What staff were shown is on record, whichever page it was on and whoever wrote its view.

Most views say themselves what they show (records.access.saw). A page that does not is put on
record here by its name, so that none can be forgotten.
"""

from collections.abc import Callable

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from accounts import sessions
from records import access

# Pages that tell nothing about anybody but the person who sits there, or which colleague is where.
OWN = {"home", "language", "healthz", "readyz", "accounts", "admin:jsi18n", "support:leave"} | {
    "support:desk-here",
    "support:desk-ticket-here",
    "support:desk-keys",
}
LONGEST_WHAT, LONGEST_SUBJECT = 40, 80


def record_staff_reads(get_response: Callable) -> Callable:
    """Middleware: put each page that was shown to a member of staff on record."""

    def answer(request: HttpRequest) -> HttpResponse:
        with access.noting() as noted:
            response = get_response(request)
        if not _shows_something(request, response):
            return response
        if noted and request.method == "POST":
            access.keep(noted)
        elif not noted and sessions.is_staff_session(request):
            access.saw(actor=request.user, **_read(request))
        return response

    return answer


def _shows_something(request: HttpRequest, response: HttpResponse) -> bool:
    """Tell whether a page was shown that may tell about others: a form with its errors, too."""
    match, status = request.resolver_match, response.status_code
    if match is None or not (status < 300 or status in (409, 422)):
        return False
    return not {match.namespace, match.view_name} & OWN


def _read(request: HttpRequest) -> dict[str, str]:
    match = request.resolver_match
    searched = match.namespace == "admin" and request.GET.get("q")
    what = "records search" if searched else f"page {match.url_name}"
    subject = _record(match) if match.namespace == "admin" else _thing(match)
    return {"what": what[:LONGEST_WHAT], "subject": subject[:LONGEST_SUBJECT]}


def _thing(match: ResolverMatch) -> str:
    """Return what a page of ours is about, by what its address names."""
    named = [str(value) for value in match.captured_kwargs.values()]
    return ":".join(["page", match.url_name or "", *named])


def _record(match: ResolverMatch) -> str:
    """Return what a page of the read-only admin is about: one row, or a list of a kind."""
    app, _line, rest = (match.url_name or "").partition("_")
    name, _line, _page = rest.rpartition("_")
    if (app, name) not in {(m._meta.app_label, m._meta.model_name) for m in apps.get_models()}:
        return f"page:{match.url_name}"
    key = unquote(match.kwargs.get("object_id", ""))
    row = key and apps.get_model(app, name).objects.filter(pk=key).first()
    return _name_of(row) if row else f"records:{app}.{name}"


def _name_of(row: Model) -> str:
    if stream := getattr(row, "stream", ""):
        return stream if ":" in stream else f"records:{row._meta.label_lower}:{row.pk}"
    kind = {"accounts.user": "person", "accounts.installerfirm": "firm"}.get(row._meta.label_lower)
    kind = kind or {"support.evidenceitem": "item"}.get(row._meta.label_lower)
    return f"{kind}:{row.uid}" if kind else f"records:{row._meta.label_lower}:{row.pk}"
