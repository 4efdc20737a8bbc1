"""Pages of the whole house: what went wrong, and whether we are well."""

import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    ValidationError,
)
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.context import brand
from records import clock, outbox

LAG_SECONDS = 60


def page_before(request: HttpRequest) -> str:
    """Return the page that the form was on, if it is one of ours, or the start page."""
    if request.method in ("GET", "HEAD"):
        return "/"
    before = urlsplit(request.META.get("HTTP_REFERER", ""))
    is_ours = before.netloc == request.META.get("HTTP_HOST", "") and before.path.startswith("/")
    return before.path if is_ours and not before.path.startswith("//") else "/"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere; nothing of it was done."""
    request.form_expired = True
    return render(request, "form_expired.html", {"back": page_before(request)}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that we cannot read (400), or that is larger than we take (413)."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return render(request, "413.html", {"back": page_before(request)}, status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer who may not do this (403), in the refusal's own words where it has any."""
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer alike for what does not exist and what this person may not see (404)."""
    return render(request, "404.html", status=404)


def not_by_itself(request: HttpRequest) -> HttpResponse:
    """Answer someone who opened the address of a form (405)."""
    return render(request, "405.html", status=405)


def moved_on(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer a step that no longer fits what it was meant for (409)."""
    page = {"error": error, "back": page_before(request)}
    return render(request, "409.html", page, status=409)


def not_like_this(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer what cannot be done with what was sent (422), naming each problem."""
    page = {"problems": error.messages, "back": page_before(request)}
    return render(request, "422.html", page, status=422)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for our own mistake (500) with a page that needs no database."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return unavailable(request)
    return HttpResponse(render_to_string("500.html", brand(request)), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Answer while the database is away (503) with a page that needs none."""
    page = HttpResponse(render_to_string("503.html", brand(request)), status=503)
    page["Retry-After"] = "30"
    return page


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether work can be done: database writable and migrated, outbox and clock right."""
    well = dict.fromkeys(("database", "migrations", "outbox", "clock"), False)
    try:
        well["database"] = _is_writable()
        well["migrations"] = _is_migrated()
        well["outbox"] = outbox.lag_seconds() < LAG_SECONDS
        well["clock"] = settings.CLOCK_MAY_MOVE or not clock.offset()
    except DatabaseError:
        pass
    return JsonResponse(well, status=200 if all(well.values()) else 503)


def _is_writable() -> bool:
    """Ask whether this database takes writes (a standby does not)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        return cursor.fetchone()[0] == "off"


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
