"""Several tickets at once: what will happen to each is shown first, and what happened after."""

from dataclasses import asdict, dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from accounts.models import User
from support import permissions, queues
from support.bulk_forms import BulkAssignForm, BulkMessageForm
from support.models import Ticket
from support.services import assigning, desk, replies
from support.services.wording import require_silence
from support.views.gate import desk_only
from support.views.once import once

FORMS = {"assign": BulkAssignForm, "message": BulkMessageForm}
RESULTS = "bulk_results"


@dataclass(frozen=True)
class Outcome:
    """What will happen to one ticket, or did: ``fine`` or refused, in words."""

    code: str
    fine: bool
    words: str


@desk_only
@require_http_methods(["GET", "HEAD", "POST"])
@once
def bulk(request: HttpRequest) -> HttpResponse:
    """Ask what to do, show what that will do to each ticket, and do it when told to."""
    if not permissions.decides(request.user):
        raise PermissionDenied(_("You look on here; agents and seniors decide."))
    sent = request.POST if request.method == "POST" else request.GET
    act = sent.get("act", "")
    act = act if act in FORMS else "message"
    chosen = _chosen(request.user, sent.getlist("code"))
    form = FORMS[act](request.POST or None)
    outcomes: list[Outcome] = []
    if form.is_bound and form.is_valid():
        if "do" in request.POST:
            results = [_done(each, act, form, request.user) for each in chosen]
            request.session[RESULTS] = [asdict(result) for result in results]
            return redirect("support:desk-bulk-done")
        outcomes = [_will(each, act, form, request.user) for each in chosen]
    page = {"act": act, "chosen": chosen, "form": form, "outcomes": outcomes}
    page["any_fine"] = any(outcome.fine for outcome in outcomes)
    status = 422 if form.errors else 200
    return render(request, "support/desk/bulk.html", page, status=status)


@desk_only
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Show what became of each ticket."""
    results = request.session.get(RESULTS, [])
    return render(request, "support/desk/bulk_done.html", {"results": results})


def _chosen(user: User, codes: list[str]) -> list[Ticket]:
    """Return the tickets chosen, a page of them at most, in the order in which they are locked."""
    seen = queues.seen_by(user).select_related("charger__installation", "claimant", "assigned_to")
    found = seen.filter(request_code__in=codes[: queues.PAGE])
    return list(found.order_by("charger_id", "pk"))


def _will(ticket: Ticket, act: str, form: Form, by: User) -> Outcome:
    """Say what will happen, with the checks that doing it makes."""
    if act == "assign":
        to = form.cleaned_data["to"]
        why = assigning.why_not_assign(ticket, to=to, by=by)
        who = ticket.assigned_to or _("nobody")
        words = _("from %(was)s to %(to)s") % {"was": who, "to": to}
        return Outcome(ticket.request_code, not why, why or words)
    try:
        body = replies.fill_text(form.cleaned_data["body"], ticket)
        require_silence(ticket, reader=ticket.claimant, body=body)
    except ValidationError as error:
        return Outcome(ticket.request_code, False, " ".join(error.messages))
    if not permissions.may_work(ticket, by):
        return Outcome(ticket.request_code, False, _("This step is not yours to take."))
    return Outcome(ticket.request_code, True, body)


def _done(ticket: Ticket, act: str, form: Form, by: User) -> Outcome:
    """Do it to one ticket; one that refuses stops none of the others."""
    try:
        with transaction.atomic():
            if act == "assign":
                to = form.cleaned_data["to"]
                assigning.assign(ticket_id=ticket.pk, to=to, by=by)
                words = _("With %(who)s now.") % {"who": to}
                return Outcome(ticket.request_code, True, words)
            body = replies.fill_text(form.cleaned_data["body"], ticket)
            desk.write(ticket_id=ticket.pk, by=by, body=body)
            return Outcome(ticket.request_code, True, _("The message is on its way."))
    except ValidationError as error:
        return Outcome(ticket.request_code, False, " ".join(error.messages))
    except (PermissionDenied, TransitionNotAllowed) as error:
        return Outcome(ticket.request_code, False, str(error))
