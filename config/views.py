"""Pages of the whole house: what went wrong, and whether we are well."""

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.context import brand
from records import outbox

LAG_SECONDS = 60


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old or came from elsewhere; nothing of it was done."""
    return render(request, "form_expired.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that we cannot read (400)."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer who may not do this (403), in the refusal's own words where it has any."""
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer alike for what does not exist and what this person may not see (404)."""
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for our own mistake (500) with a page that needs no database."""
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
    """Say whether work can be done: database writable, migrated, outbox not behind."""
    checks = {"database": False, "migrations": False, "outbox": False}
    try:
        checks["database"] = _is_writable()
        checks["migrations"] = _is_migrated()
        checks["outbox"] = outbox.lag_seconds() < LAG_SECONDS
    except DatabaseError:
        pass
    status = 200 if all(checks.values()) else 503
    return JsonResponse(
        {name: _("ok") if well else _("not well") for name, well in checks.items()}, status=status
    )


def _is_writable() -> bool:
    """Ask whether this database takes writes (a standby does not)."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
        )
        return not cursor.fetchone()[0]


def _is_migrated() -> bool:
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
