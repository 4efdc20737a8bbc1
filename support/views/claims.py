"""A request, from its first question to the one button that sends it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import network, throttles
from chargers import serials
from support import countries, situations
from support.claim_forms import NameForm, SerialForm, SituationForm, WhereForm, was_asked
from support.machine import State
from support.models import Ticket
from support.phases import lines_of
from support.rules import EvidenceKind
from support.services import claims, tickets
from support.services.facts import policy_of
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, own_ticket, typed


@dataclass(frozen=True)
class Step:
    """One question: its form, its heading, why we ask, which pages come before and after it."""

    form: type[forms.Form]
    heading: str
    why: str
    before: str
    then: str
    number: int


STEPS = {
    "situation": Step(
        SituationForm,
        gettext_lazy("What is your situation?"),
        gettext_lazy("It decides what we need from you, and it keeps people safe."),
        "",
        "serial",
        1,
    ),
    "serial": Step(
        SerialForm,
        gettext_lazy("Which charger is it?"),
        gettext_lazy("The serial number tells one charger from all others."),
        "situation",
        "place",
        2,
    ),
    "place": Step(
        WhereForm,
        gettext_lazy("Where is the charger?"),
        gettext_lazy("We compare the address with your documents."),
        "serial",
        "evidence",
        3,
    ),
}


@login_required
@require_http_methods(GET_OR_POST)
@once
def new(request: HttpRequest) -> HttpResponse:
    """Ask how the person came to the charger; make the draft and its code, or say what else helps.

    A draft that was begun before is gone on with: nobody has two.
    """
    mine = Ticket.objects.filter(claimant=request.user, state=State.DRAFT, offered_by=None)
    draft = mine.order_by("pk").first()
    form = SituationForm(typed(request), initial=SituationForm.initial_of(draft) if draft else {})
    if form.is_valid() and form.chosen().instead:
        return redirect(_advice_on(form.chosen()))
    if form.is_valid():
        ticket = tickets.start(by=request.user)
        if _kept(request, ticket, form):
            return redirect("support:claim-serial", ticket.request_code)
    page = {"step": "situation", "question": STEPS["situation"], "draft": draft}
    return form_page(request, "support/question.html", form, **page)


@require_safe
def advice(request: HttpRequest) -> HttpResponse:
    """Say what to do, and whom to ask, where a request to us is not the way."""
    found = situations.BY_NAME.get(request.GET.get("for", ""))
    shown = [found] if found and found.instead else [s for s in situations.TABLE if s.instead]
    return render(request, "support/advice.html", {"situations": shown})


def _advice_on(situation: situations.Situation) -> str:
    return f"{reverse('support:advice')}?{urlencode({'for': situation.name})}"


@login_required
@require_http_methods(GET_OR_POST)
@once
def question(request: HttpRequest, request_code: str, step: str) -> HttpResponse:
    """Ask one question of a draft and keep the answer."""
    ticket = own_ticket(request.user, request_code)
    if request.method != "POST" and ticket.state != State.DRAFT:
        return redirect(ticket)
    form = _form(request, ticket, step)
    if form.is_valid() and step == "situation" and form.chosen().instead:
        return redirect(_advice_on(form.chosen()))
    if form.is_valid() and _kept(request, ticket, form):
        return redirect(_next(request, ticket, step))
    page = {"step": step, "question": STEPS[step], "model": _model(ticket, step)}
    page["back"] = _back(ticket, step)
    return form_page(request, "support/question.html", form, ticket=ticket, **page)


def _form(request: HttpRequest, ticket: Ticket, step: str) -> forms.Form:
    """Return a step's form: with what was sent, or with what is known.

    A press on "other country" draws the address anew, as that country writes it.
    """
    known = _known(request, ticket, step)
    if step == "place" and "reformat" in request.POST:
        return WhereForm(initial=known | {name: request.POST.get(name, "") for name in known})
    return STEPS[step].form(typed(request), initial=known)


def _known(request: HttpRequest, ticket: Ticket, step: str) -> dict:
    if step == "situation":
        return SituationForm.initial_of(ticket)
    known = {name: getattr(ticket, name) for name in STEPS[step].form.base_fields}
    if step == "place" and not ticket.country:
        known["country"] = countries.likely(request.headers.get("Accept-Language", ""))
    return known


def _back(ticket: Ticket, step: str) -> str:
    before = STEPS[step].before
    return reverse(f"support:claim-{before}", args=[ticket.request_code]) if before else ""


def _kept(request: HttpRequest, ticket: Ticket, form: forms.Form) -> bool:
    claim = form.claim() if hasattr(form, "claim") else form.cleaned_data
    if serial := claim.get("serial_typed"):
        throttles.spend(throttles.SERIALS_BY_NETWORK, network.address_of(request), what=serial)
    try:
        claims.save_claim(ticket_id=ticket.pk, by=request.user, **claim)
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
    lines, situation = lines_of(ticket), situations.of(ticket)
    here = reverse("support:claim-evidence", args=[request_code])
    page = {
        "ticket": ticket,
        "label": next(line for line in lines if line.kind == EvidenceKind.LABEL),
        "lines": [line for line in lines if line.kind != EvidenceKind.LABEL],
        "situation": situation,
        "helps": [(kind, EvidenceKind(kind).label) for kind in situation.helps],
        "days": policy_of(ticket)["normal_working_days"],
        "this_page": f"{settings.BASE_URL}{here}",
    }
    return render(request, "support/evidence.html", page)


@login_required
@require_http_methods(GET_OR_POST)
@once
def check(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show all answers with a way to change each; take the name, send the request."""
    ticket = own_ticket(request.user, request_code)
    if ticket.state != State.DRAFT:
        return redirect(ticket)
    if not was_asked(ticket):
        address = reverse("support:claim-situation", args=[request_code])
        return redirect(f"{address}?{urlencode({'from': 'check'})}")
    form = NameForm(typed(request), initial={"claimant_name": ticket.claimant_name})
    if form.is_valid() and _sent(request, ticket, form):
        return redirect("support:claim-sent", form.sent.request_code)
    return form_page(request, "support/check.html", form, **_answers(ticket))


def _sent(request: HttpRequest, ticket: Ticket, form: forms.Form) -> bool:
    if not _kept(request, ticket, form):
        return False
    try:
        form.sent = tickets.submit(ticket_id=ticket.pk, by=request.user)
    except ValidationError as error:
        blame(form, error)
        return False
    if form.sent.pk != ticket.pk:
        messages.info(request, _("You have asked for this charger before: this is that request."))
    return True


def _answers(ticket: Ticket) -> dict:
    return {
        "ticket": ticket,
        "lines": lines_of(ticket),
        "problems": claims.claim_problems(ticket, but=("claimant_name",)),
        "country": countries.COUNTRIES.get(ticket.country, ticket.country),
        "situation": situations.of(ticket).label,
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
