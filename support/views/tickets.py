"""A request that was sent: where it stands, what it needs, and everything the claimant can do."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_fsm import TransitionNotAllowed

from records import clock
from support import standing
from support.claim_forms import InstallerForm, PlaceForm, SerialForm, was_asked
from support.forms import AppealForm, LetterCodeForm, MessageForm, WithdrawForm
from support.machine import OPEN, State
from support.models import Certificate, Deadline, Ticket
from support.phases import DECIDED, is_asked, lines_of, phase, phase_of, timeline_of
from support.rules import EvidenceKind, Outcome
from support.services import corrections, desk, letters, tickets, uses
from support.services.facts import policy_of
from support.services.kinds import REASONS, REJECT_REASONS
from support.services.messages import for_claimant as messages_of
from support.views import turns
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, own_ticket, typed

CORRECTIONS = {
    EvidenceKind.SERIAL: SerialForm,
    EvidenceKind.ADDRESS: PlaceForm,
    EvidenceKind.INSTALLER: InstallerForm,
}


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List the person's own requests, newest first, each with where it stands."""
    own = Ticket.objects.filter(claimant=request.user).order_by("-pk")
    rows = [(ticket, phase_of(ticket)) for ticket in own[:100]]
    return render(request, "support/mine.html", {"rows": rows})


@login_required
@require_safe
def ticket(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show where a request stands. A draft goes on where it was left."""
    found = own_ticket(request.user, request_code)
    if found.state == State.DRAFT:
        return redirect(f"support:claim-{_unanswered(found)}", request_code)
    return _ticket_page(request, found)


def _unanswered(draft: Ticket) -> str:
    """Return the first page of a draft that has no answer yet."""
    if not was_asked(draft):
        return "situation"
    if not draft.serial_typed:
        return "serial"
    if not draft.address_line:
        return "place"
    return "check" if draft.items.exists() else "evidence"


def _ticket_page(request: HttpRequest, found: Ticket, **forms_) -> HttpResponse:
    lines = lines_of(found)
    asked = is_asked(found)
    stage = phase(found.state, lines, is_asked=asked)
    only_words = asked and not any(line.waits for line in lines)
    use, appeal_until = _use(found), _appeal_until(found)
    over = bool(use and use["over"])
    page = {
        "ticket": found,
        "use": use,
        "is_asked": asked and found.state in OPEN,
        "lines": [(line, _reason(line)) for line in lines],
        "standing": standing.of(
            found,
            stage,
            offer_ends_at=_offer_ends_at(found),
            use_is_over=over,
            only_words=only_words,
            may_appeal=appeal_until is not None,
        ),
        "timeline": timeline_of(found),
        "turn_address": turns.address(found),
        "decided": found.state in DECIDED,
        "is_open": found.state in OPEN,
        "notes": messages_of(found, at=clock.now()),
        "refusal": _refusal(found),
        "has_certificate": Certificate.objects.filter(ticket=found).exists(),
        "appeal_until": appeal_until,
        "message_form": forms_.get("message_form") or MessageForm(),
        "letter_form": forms_.get("letter_form") or LetterCodeForm(),
    }
    return render(request, "support/ticket.html", page, status=422 if forms_ else 200)


def _use(found: Ticket) -> dict | None:
    """Return until when a tenant may charge, and whether that is over; None where it is no use."""
    if found.state != State.COMPLETED or found.outcome != Outcome.USE:
        return None
    over = bool(found.tenure_id) and found.tenure.ends_at <= clock.now()
    return {"until": uses.last_day(found), "over": over}


def _offer_ends_at(found: Ticket) -> datetime | None:
    if found.state != State.OFFERED:
        return None
    row = found.deadlines.filter(kind=Deadline.Kind.EXPIRY, done_at=None).first()
    return row.due_at if row else None


def _reason(line) -> tuple[str, str]:
    """Return why an item came back, and the cure; both compare it with the claim only."""
    if line.item is None or not line.waits:
        return "", ""
    why, cure = REASONS.get(line.item.reason, ("", ""))
    return why, cure


def _refusal(found: Ticket) -> dict | None:
    if found.state != State.REJECTED:
        return None
    why, would_change = REJECT_REASONS.get(found.reject_reason, ("", ""))
    decision = found.decisions.filter(kind__in=("rejected", "upheld")).order_by("-at").first()
    return {"why": why, "cure": would_change, "words": decision.words if decision else ""}


def _appeal_until(found: Ticket):
    """Return until when a refusal can be appealed; None when it cannot."""
    if found.state != State.REJECTED or found.appealed_at or not found.charger_id:
        return None
    until = found.decided_at + timedelta(days=policy_of(found)["appeal_days"])
    return until if until > clock.now() else None


@login_required
@require_POST
@once
def message(request: HttpRequest, request_code: str) -> HttpResponse:
    """Send a word to the desk."""
    found, form = own_ticket(request.user, request_code), MessageForm(request.POST)
    if not form.is_valid():
        return _ticket_page(request, found, message_form=form)
    desk.write(ticket_id=found.pk, by=request.user, body=form.cleaned_data["body"])
    messages.success(request, _("Your message is with us. A person reads it."))
    return redirect(found)


@login_required
@require_POST
def letter_code(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take the code of a letter. The words of a refusal are the same whether there was a letter.

    Not ``once``: a wrong try must count.
    """
    found, form = own_ticket(request.user, request_code), LetterCodeForm(request.POST)
    if not form.is_valid():
        return _ticket_page(request, found, letter_form=form)
    try:
        letters.enter(ticket_id=found.pk, by=request.user, code=form.cleaned_data["code"])
    except (ValidationError, TransitionNotAllowed):
        words = _(
            "This is no code of a letter for this request, or it was tried five times. Compare "
            "it with the letter, letter by letter, or write to us."
        )
        form.add_error("code", words)
        return _ticket_page(request, found, letter_form=form)
    messages.success(request, _("The code is right. That helps."))
    return redirect(found)


@login_required
@require_http_methods(GET_OR_POST)
@once
def correct(request: HttpRequest, request_code: str, kind: str) -> HttpResponse:
    """Take a better serial number, address or installer's name that the desk asked for."""
    found = own_ticket(request.user, request_code)
    if kind not in CORRECTIONS:
        raise Http404
    form_class = CORRECTIONS[kind]
    known = {name: getattr(found, name) for name in form_class.base_fields}
    form = form_class(typed(request), initial=known)
    if form.is_valid() and _corrected(request, found, kind, form):
        messages.success(request, _("Thank you. We go on with it."))
        return redirect(found)
    page = {"ticket": found, "label": EvidenceKind(kind).label}
    return form_page(request, "support/correct.html", form, **page)


def _corrected(request: HttpRequest, found: Ticket, kind: str, form: forms.Form) -> bool:
    try:
        corrections.correct_field(
            ticket_id=found.pk, by=request.user, kind=kind, **form.cleaned_data
        )
    except ValidationError as error:
        blame(form, error)
    return not form.errors


@login_required
@require_http_methods(GET_OR_POST)
@once
def withdraw(request: HttpRequest, request_code: str) -> HttpResponse:
    """Ask whether to take the request back, and do it."""
    found, form = own_ticket(request.user, request_code), WithdrawForm(typed(request))
    if form.is_valid():
        tickets.withdraw(ticket_id=found.pk, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your request is withdrawn."))
        return redirect("support:tickets")
    if found.state not in (*OPEN, State.OFFERED):
        return redirect(found)
    return form_page(request, "support/withdraw.html", form, ticket=found)


@login_required
@require_http_methods(GET_OR_POST)
@once
def appeal(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take the words of an appeal: different eyes will look."""
    found = own_ticket(request.user, request_code)
    form = AppealForm(typed(request))
    if form.is_valid():
        words = form.cleaned_data["words"]
        tickets.appeal(ticket_id=found.pk, by=request.user, words=words)
        messages.success(request, _("Your appeal is with us. Somebody else looks at it."))
        return redirect(found)
    page = {"ticket": found, "until": _appeal_until(found), "refusal": _refusal(found)}
    if request.method != "POST" and page["until"] is None:
        return redirect(found)
    return form_page(request, "support/appeal.html", form, **page)
