"""Deciding: every verb of the desk is carried out in the same way, and refused in the same way."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed, can_proceed

from accounts import stepup
from accounts.models import Role
from support import permissions
from support.desk_forms import AcceptForm, ReturnForm, UndoForm
from support.machine import State
from support.models import EvidenceItem, Stale, Ticket, TrainingCase, Undo
from support.services import evidence, training
from support.services import undo as taking_back
from support.views.desk import refusal_of, ticket_page
from support.views.gate import desk_only, find_ticket
from support.views.once import once
from support.views.pages import blame
from support.views.verbs import VERBS


def view_of(name: str) -> Callable:
    """Return the view of one verb of the table: find, check the form, call the service, answer."""
    verb = VERBS[name]

    def decide(request: HttpRequest, request_code: str) -> HttpResponse:
        ticket = find_ticket(request, request_code=request_code)
        form = verb.form(request.POST, verb=name)
        about = {"ticket_id": ticket.pk, "by": request.user}
        return carry_out(
            request,
            ticket,
            name=name,
            form=form,
            act=lambda data: verb.service(**about, **data),
            done=str(verb.done),
            move=verb.move,
        )

    decide.__name__ = name.replace("-", "_")
    act = stepup.fresh(once(decide)) if verb.has_power else once(decide)
    return desk_only(require_POST(act))


def carry_out(
    request: HttpRequest,
    ticket: Ticket,
    *,
    name: str,
    form: Form,
    act: Callable[[dict], object],
    done: str,
    move: str = "",
) -> HttpResponse:
    """Do what the form says, or draw the ticket's page again with what was typed and why not."""
    if not form.is_valid():
        return ticket_page(request, _again(request, ticket), status=422, bound={name: form})
    try:
        done = _follows(act(form.cleaned_data), move) or done
    except ValidationError as error:
        blame(form, error)
        return ticket_page(request, _again(request, ticket), status=422, bound={name: form})
    except (Stale, TransitionNotAllowed) as error:
        return _too_late(request, ticket, name, form, error)
    except PermissionDenied as error:
        if not _has_moved_on(request, ticket, move):
            raise
        return _too_late(request, ticket, name, form, error)
    if not _told_of_training(request, ticket):
        messages.success(request, done)
    return redirect("support:desk-ticket", ticket.request_code)


def _follows(result: object, move: str) -> str:
    """Say what comes after an approval; nothing for what is no approval."""
    if move != "approve" or not isinstance(result, Ticket):
        return ""
    if result.state == State.SECOND_REVIEW:
        return _("Your approval is on file. A second person decides now.")
    if result.state == State.APPROVED:
        return _("Approved. It is released by itself when the wait is over, and can be stopped.")
    return ""


def _told_of_training(request: HttpRequest, ticket: Ticket) -> bool:
    """Say what became of a planted forgery, in place of what was done to an ordinary ticket."""
    case = ticket.is_training and TrainingCase.objects.filter(ticket=ticket).first()
    if not case or case.decided_at is None:
        return False
    tell = messages.success if case.caught else messages.error
    tell(request, training.said_of(case))
    return True


def _again(request: HttpRequest, ticket: Ticket) -> Ticket:
    return find_ticket(request, pk=ticket.pk)


def _too_late(
    request: HttpRequest, ticket: Ticket, name: str, form: Form, error: Exception
) -> HttpResponse:
    """Show the page as it is now (409): what changed, with the text kept."""
    now = _again(request, ticket)
    if isinstance(error, PermissionDenied):
        state = {"state": now.get_state_display()}
        error = TransitionNotAllowed(_("This ticket has moved on: it is %(state)s now.") % state)
    refusal = refusal_of(now, error, form)
    return ticket_page(request, now, status=409, bound={name: form}, refusal=refusal)


def _has_moved_on(request: HttpRequest, ticket: Ticket, move: str) -> bool:
    """Tell a ticket that has left the state the move starts from, from a move not theirs."""
    works = permissions.plays(request.user, Role.AGENT, Role.SENIOR, Role.SAFETY_OFFICER)
    return bool(move) and works and not can_proceed(getattr(_again(request, ticket), move))


@desk_only
@require_POST
@once
def accept_item(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Accept one item with what it was seen to show."""
    item = get_object_or_404(EvidenceItem, uid=uid)
    ticket = find_ticket(request, pk=item.ticket_id)
    name = f"accept-{item.uid}"
    return carry_out(
        request,
        ticket,
        name=name,
        form=AcceptForm(request.POST, verb=name, kind=item.kind),
        act=lambda data: evidence.accept(item_uid=uid, by=request.user, **data),
        done=_("Accepted: %(what)s.") % {"what": item.get_kind_display()},
    )


@desk_only
@require_POST
@once
def return_item(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return one item with a reason; only it is asked for again."""
    item = get_object_or_404(EvidenceItem, uid=uid)
    ticket = find_ticket(request, pk=item.ticket_id)
    name = f"return-{item.uid}"
    return carry_out(
        request,
        ticket,
        name=name,
        form=ReturnForm(request.POST, verb=name, kind=item.kind),
        act=lambda data: evidence.return_item(item_uid=uid, by=request.user, **data),
        done=_("Returned: %(what)s. The claimant is told how to cure it.")
        % {"what": item.get_kind_display()},
    )


@desk_only
@require_POST
@once
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last act back, while nothing of it has left the house."""
    form = UndoForm(request.POST)
    if not form.is_valid():
        raise ValidationError(_("There is nothing here to take back."))
    act = get_object_or_404(Undo, uid=form.cleaned_data["act"])
    ticket = find_ticket(request, pk=act.ticket_id)
    taking_back.take_back(undo_uid=str(act.uid), by=request.user)
    messages.success(request, _("Taken back: %(what)s.") % {"what": act.get_act_display()})
    return redirect("support:desk-ticket", ticket.request_code)
