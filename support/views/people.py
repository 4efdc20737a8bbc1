"""People with power: who plays which part, and what is proposed; for administrators."""

import functools
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions, stepup
from accounts.models import PowerChange, Role, StaffRole, User
from records import clock
from records.access import saw
from support.people_forms import ProposeForm
from support.services import power
from support.views.once import once

VERBS = {
    "agree": (
        power.agree,
        gettext_lazy("Agreed. It takes effect in a day, unless somebody stops it."),
    ),
    "cancel": (power.cancel, gettext_lazy("Stopped: it does not take effect.")),
}


def administrators(view: Callable) -> Callable:
    """Let only administrators in, with both factors."""

    @sessions.staff_only
    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        power.require_administrator(request.user)
        return view(request, *args, **kwargs)

    return gate


@administrators
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show who plays which part, and what waits."""
    return _page(request, ProposeForm(verb="propose"))


@administrators
@require_POST
@stepup.fresh
@once
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a new part, or new second factors, for somebody."""
    form = ProposeForm(request.POST, verb="propose")
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        power.propose(by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form, status=422)
    messages.success(request, _("Proposed. Another administrator has to agree."))
    return redirect("support:people")


@administrators
@require_POST
@stepup.fresh
@once
def decide(request: HttpRequest, uid: UUID, verb: str) -> HttpResponse:
    """Agree to a change, or stop it."""
    if verb not in VERBS or not PowerChange.objects.filter(uid=uid).exists():
        raise Http404
    act, words = VERBS[verb]
    act(uid=str(uid), by=request.user)
    messages.success(request, words)
    return redirect("support:people")


@administrators
@require_POST
@stepup.fresh
@once
def end(request: HttpRequest, uid: UUID, role: str) -> HttpResponse:
    """End somebody's part, from their next request on."""
    if role not in Role.values or not User.objects.filter(uid=uid).exists():
        raise Http404
    power.end(user_uid=str(uid), role=role, by=request.user)
    messages.success(request, _("Ended, from their next request on."))
    return redirect("support:people")


def _page(request: HttpRequest, form: ProposeForm, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    saw(actor=request.user, what="people", subject="staff")
    parts = StaffRole.objects.filter(ends_at=None, user__is_active=True).select_related("user")
    page = {
        "parts": parts.order_by("user__name", "user__email", "role"),
        "changes": power.changes(),
        "form": form,
        "now": now,
    }
    return render(request, "support/desk/people.html", page, status=status)
