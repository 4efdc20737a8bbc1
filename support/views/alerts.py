"""Alerts: what administrators and auditors look into, and their notes of what they found."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions, stepup
from records.access import saw
from records.models import Alert
from support import alert_words
from support.audit_forms import AcknowledgeForm
from support.reading.subjects import name_subjects
from support.services import alerts
from support.views.once import once

A_PAGE = 50


@sessions.staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the open alerts, or those that were looked into, the latest first."""
    return _page(request)


@sessions.staff_only
@require_POST
@stepup.fresh
@once
def acknowledge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Close one alert with a note of what was found."""
    alerts.require_reader(request.user)
    alert = get_object_or_404(Alert, uid=uid)
    form = AcknowledgeForm(request.POST, verb=f"alert-{uid}")
    if form.is_valid():
        try:
            alerts.acknowledge(uid=str(uid), by=request.user, **form.cleaned_data)
            messages.success(request, _("It is closed, with your note."))
            return redirect("support:alerts")
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, status=422, bound={alert.pk: form})


def _page(request: HttpRequest, *, status: int = 200, bound: dict | None = None) -> HttpResponse:
    alerts.require_reader(request.user)
    saw(actor=request.user, what="alerts", subject="alerts")
    closed = request.GET.get("view") == "closed"
    page = Paginator(alerts.rows(closed=closed), A_PAGE).get_page(request.GET.get("page"))
    named = name_subjects([alert.subject for alert in page])
    entries = [
        {
            "alert": alert,
            "words": alert_words.of(alert.kind),
            "about": named[alert.subject],
            "form": None if closed else (bound or {}).get(alert.pk) or _form(alert, request),
        }
        for alert in page
    ]
    shown = {"page": page, "entries": entries, "closed": closed}
    return render(request, "support/desk/alerts.html", shown, status=status)


def _form(alert: Alert, request: HttpRequest) -> AcknowledgeForm | None:
    """Return the form for a note; whose doing it is does not get one."""
    is_own = alert.actor_id == request.user.pk
    return None if is_own else AcknowledgeForm(verb=f"alert-{alert.uid}")
