"""A request, from its first question to the one button that sends it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from chargers import serials
from support.countries import COUNTRIES
from support.forms import NameForm, PlaceForm, SerialForm, SituationForm
from support.machine import State
from support.models import Ticket
from support.phases import lines_of
from support.services import tickets
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, own_ticket, typed


@dataclass(frozen=True)
class Step:
    """One question: its form, its heading, why we ask, and which page comes next."""

    form: type[forms.Form]
    heading: str
    why: str
    then: str


STEPS = {
    "serial": Step(
        SerialForm,
        gettext_lazy("Which charger is it?"),
        gettext_lazy("The serial number tells one charger from all others."),
        "place",
    ),
    "place": Step(
        PlaceForm,
        gettext_lazy("Where is the charger?"),
        gettext_lazy("We compare the address with your documents."),
        "situation",
    ),
    "situation": Step(
        SituationForm,
        gettext_lazy("What is your situation?"),
        gettext_lazy("It decides what we need from you, and it keeps people safe."),
        "name",
    ),
    "name": Step(
        NameForm,
        gettext_lazy("What is your name?"),
        gettext_lazy("We look for it in the documents that you send."),
        "evidence",
    ),
}


@login_required
@require_http_methods(GET_OR_POST)
@once
def new(request: HttpRequest) -> HttpResponse:
    """Say what will be needed; make the draft and its request code when asked to."""
    if request.method == "POST":
        ticket = tickets.start(by=request.user)
        return redirect("support:claim-serial", ticket.request_code)
    draft = Ticket.objects.filter(claimant=request.user, state=State.DRAFT, offered_by=None)
    return render(request, "support/new.html", {"draft": draft.order_by("pk").first()})


@login_required
@require_http_methods(GET_OR_POST)
@once
def question(request: HttpRequest, request_code: str, step: str) -> HttpResponse:
    """Ask one question of a draft and keep the answer."""
    ticket = own_ticket(request.user, request_code)
    if request.method != "POST" and ticket.state != State.DRAFT:
        return redirect(ticket)
    form = STEPS[step].form(typed(request), initial=_known(request, ticket, step))
    if form.is_valid() and _kept(request, ticket, form):
        request.session[f"asked-{step}-{ticket.pk}"] = True
        return redirect(_next(request, ticket, step))
    page = {"step": step, "question": STEPS[step], "model": _model(ticket, step)}
    return form_page(request, "support/question.html", form, ticket=ticket, **page)


def _known(request: HttpRequest, ticket: Ticket, step: str) -> dict:
    if step == "situation":
        return SituationForm.initial_of(ticket, seen=_asked(request, ticket))
    return {name: getattr(ticket, name) for name in STEPS[step].form.base_fields}


def _asked(request: HttpRequest, ticket: Ticket) -> bool:
    """Tell whether the situation was asked about: here, or with an answer that shows it."""
    told = (ticket.bought_recently, ticket.renting, ticket.only_installer, ticket.fears_owner)
    return any(told) or f"asked-situation-{ticket.pk}" in request.session


def _kept(request: HttpRequest, ticket: Ticket, form: forms.Form) -> bool:
    claim = form.claim() if hasattr(form, "claim") else form.cleaned_data
    try:
        tickets.save_claim(ticket_id=ticket.pk, by=request.user, **claim)
    except ValidationError as error:
        blame(form, error)
    return not form.errors


def _next(request: HttpRequest, ticket: Ticket, step: str) -> str:
    then = "check" if request.GET.get("from") == "check" else STEPS[step].then
    return reverse(f"support:claim-{then}", args=[ticket.request_code])


def _model(ticket: Ticket, step: str) -> serials.Recognised | None:
    """Return what the serial itself tells, for the page after it: nothing is looked up."""
    if step != "place" or not ticket.serial:
        return None
    return serials.recognise(ticket.serial)


@login_required
@require_safe
def evidence(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show the request code large, and what to send; one photo serves for label and code."""
    ticket = own_ticket(request.user, request_code)
    if ticket.state != State.DRAFT:
        return redirect(ticket)
    page = {"ticket": ticket, "lines": lines_of(ticket)}
    return render(request, "support/evidence.html", page)


@login_required
@require_http_methods(GET_OR_POST)
@once
def check(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show all answers with a way to change each; send the request when asked to."""
    ticket = own_ticket(request.user, request_code)
    if ticket.state != State.DRAFT:
        return redirect(ticket)
    if not _asked(request, ticket):
        here = {"from": "check"} if ticket.claimant_name else {}
        address = reverse("support:claim-situation", args=[request_code])
        return redirect(f"{address}?{urlencode(here)}" if here else address)
    form = forms.Form(typed(request))
    if form.is_bound and _sent(request, ticket, form):
        return redirect("support:claim-sent", form.sent.request_code)
    return form_page(request, "support/check.html", form, **_answers(request, ticket))


def _sent(request: HttpRequest, ticket: Ticket, form: forms.Form) -> bool:
    form.is_valid()
    try:
        form.sent = tickets.submit(ticket_id=ticket.pk, by=request.user)
    except ValidationError as error:
        blame(form, error)
        return False
    if form.sent.pk != ticket.pk:
        messages.info(request, _("You have asked for this charger before: this is that request."))
    return True


def _answers(request: HttpRequest, ticket: Ticket) -> dict:
    chosen = SituationForm.initial_of(ticket, seen=True)["situation"]
    labels = dict(SituationForm.base_fields["situation"].choices)
    return {
        "ticket": ticket,
        "lines": lines_of(ticket),
        "problems": tickets.claim_problems(ticket),
        "country": COUNTRIES.get(ticket.country, ticket.country),
        "situation": labels[chosen],
        "recognised": serials.recognise(ticket.serial) if ticket.serial else None,
    }


@login_required
@require_safe
def sent(request: HttpRequest, request_code: str) -> HttpResponse:
    """Confirm that the request is with us: its code, what happens next, one date."""
    ticket = own_ticket(request.user, request_code)
    if ticket.state == State.DRAFT:
        return redirect("support:claim-check", request_code)
    page = {"ticket": ticket, "lines": lines_of(ticket)}
    return render(request, "support/sent.html", page)
