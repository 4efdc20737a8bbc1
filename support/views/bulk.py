"""Several tickets at once: what will happen to each is shown first, and what happened after."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock
from support import permissions, queues
from support.bulk_forms import AskAllForm, BulkAssignForm, BulkMessageForm
from support.models import Dispute, Ticket
from support.services import assigning, desk, questions, replies
from support.services.wording import require_silence
from support.views.gate import desk_only
from support.views.once import once

FORMS = {"assign": BulkAssignForm, "message": BulkMessageForm}
RESULTS, DISPUTE = "bulk_results", "bulk_dispute"


@dataclass(frozen=True)
class Outcome:
    """What will happen to one ticket, or did: ``fine`` or refused, in words."""

    code: str
    fine: bool
    words: str
    who: str = ""  # a side of a dispute that has no ticket


@dataclass(frozen=True)
class Asked:
    """A dispute whose every side is asked: those beside the claimants."""

    dispute: Dispute
    sides: list[questions.Side]

    @classmethod
    def of(cls, uid: str) -> "Asked | None":
        """Return the dispute of this name; None without one. Raises Http404 for no such one."""
        if not uid:
            return None
        try:
            found = Dispute.objects.select_related("charger__installation").get(uid=UUID(uid))
        except (ValueError, Dispute.DoesNotExist) as error:
            raise Http404 from error
        return cls(found, questions.sides(found, clock.now()))

    def will(self, form: Form, by: User) -> list[Outcome]:
        """Say what each side will be asked, or why it is not."""
        return [self._will(side, form.cleaned_data["body"], by) for side in self.sides]

    def _will(self, side: questions.Side, body: str, by: User) -> Outcome:
        if why := questions.why_not(self.dispute, side=side, by=by):
            return Outcome("", False, why, who=str(side))
        try:
            text = questions.text_for(body, side=side, charger=self.dispute.charger)
            ticket = self.dispute.tickets.first()
            require_silence(ticket, reader=side.reader, body=text)
            questions.require_room(text, side=side)
        except ValidationError as error:
            return Outcome("", False, " ".join(error.messages), who=str(side))
        way = _("by a letter to their own address")
        who = f"{side} ({way})" if side.by_letter else str(side)
        return Outcome("", True, text, who=who)

    def done(self, form: Form, by: User) -> list[Outcome]:
        """Ask each side; one that cannot be asked stops none of the others."""
        return [self._ask(side, form.cleaned_data["body"], by) for side in self.sides]

    def _ask(self, side: questions.Side, body: str, by: User) -> Outcome:
        about = {"dispute_uid": self.dispute.uid, "by": by, "side": side}
        try:
            text = questions.text_for(body, side=side, charger=self.dispute.charger)
            questions.ask(**about, body=text)
        except ValidationError as error:
            return Outcome("", False, " ".join(error.messages), who=str(side))
        except PermissionDenied as error:
            return Outcome("", False, str(error), who=str(side))
        words = _("The question is on its way.")
        if side.by_letter:
            words = _("A letter with the question is in the next print file.")
        return Outcome("", True, words, who=str(side))


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
    asked = Asked.of(sent.get("dispute", "")) if act == "message" else None
    form = (AskAllForm if asked else FORMS[act])(request.POST or None)
    outcomes: list[Outcome] = []
    if form.is_bound and form.is_valid():
        if "do" in request.POST:
            results = [_done(each, act, form, request.user) for each in chosen]
            results += asked.done(form, request.user) if asked else []
            request.session[RESULTS] = [asdict(result) for result in results]
            request.session[DISPUTE] = str(asked.dispute.uid) if asked else ""
            return redirect("support:desk-bulk-done")
        outcomes = [_will(each, act, form, request.user) for each in chosen]
        outcomes += asked.will(form, request.user) if asked else []
    page = {"act": act, "chosen": chosen, "form": form, "outcomes": outcomes, "asked": asked}
    page["any_fine"] = any(outcome.fine for outcome in outcomes)
    status = 422 if form.errors else 200
    return render(request, "support/desk/bulk.html", page, status=status)


@desk_only
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Show what became of each ticket."""
    results = request.session.get(RESULTS, [])
    page = {"results": results, "dispute": request.session.get(DISPUTE, "")}
    return render(request, "support/desk/bulk_done.html", page)


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
