"""Safety: the officer's list of freezes; each is looked at every working day, or lifted."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import stepup
from accounts.models import Role
from records import clock
from support import permissions, queues, saved_views
from support.models import Freeze
from support.services import freezes as freezing
from support.services import safety
from support.stop_forms import LiftForm
from support.views.gate import desk_only
from support.views.once import once

LIFTED = 20


@desk_only
@require_safe
def freezes(request: HttpRequest) -> HttpResponse:
    """Show the freezes in force, the one longest without a look first, and the last lifted."""
    return freezes_page(request)


def freezes_page(
    request: HttpRequest, *, status: int = 200, bound: dict[int, Form] | None = None
) -> HttpResponse:
    """Draw the officer's list; ``bound`` holds a form with what was typed, by freeze."""
    if not permissions.plays(request.user, *saved_views.SAFETY):
        raise Http404
    bound, now = bound or {}, clock.now()
    is_officer = permissions.plays(request.user, Role.SAFETY_OFFICER)
    rows = [
        {
            "freeze": freeze,
            "late": safety.review_due(freeze) <= now,
            "told": safety.told_of(freeze) if is_officer else [],
            "lift": is_officer and (bound.get(freeze.pk) or LiftForm(verb=f"lift-{freeze.uid}")),
        }
        for freeze in queues.freezes_in_force()
    ]
    page = {"rows": rows, "lifted": queues.freezes_lifted()[:LIFTED], "now": now}
    return render(request, "support/desk/freezes.html", page, status=status)


@desk_only
@require_POST
@stepup.fresh
@once
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Lift a freeze, with a reason."""
    freeze = get_object_or_404(Freeze, uid=uid)
    form = LiftForm(request.POST, verb=f"lift-{freeze.uid}")
    if not form.is_valid():
        return freezes_page(request, status=422, bound={freeze.pk: form})
    try:
        freezing.lift(freeze_id=freeze.pk, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return freezes_page(request, status=422, bound={freeze.pk: form})
    messages.success(request, _("Lifted. What was approved is back in review."))
    return redirect("support:desk-freezes")


@desk_only
@require_POST
@once
def review(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Record that an officer looked at a freeze today and leaves it in force."""
    freeze = get_object_or_404(Freeze, uid=uid)
    freezing.review(freeze_id=freeze.pk, by=request.user)
    messages.success(request, _("Looked at today; it stays in force."))
    return redirect("support:desk-freezes")


@desk_only
@require_POST
@once
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm a party's second freeze: from now on it stops."""
    freeze = get_object_or_404(Freeze, uid=uid)
    freezing.confirm_freeze(freeze_id=freeze.pk, by=request.user)
    messages.success(request, _("Confirmed: it is frozen now."))
    return redirect("support:desk-freezes")
