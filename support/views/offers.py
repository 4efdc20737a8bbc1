"""An owner hands a charger over without being asked; the named person accepts by link and code."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_fsm import TransitionNotAllowed

from accounts import stepup
from accounts.models import Code, User
from chargers.models import Charger
from records import clock
from support.machine import OPEN, State
from support.models import Link, Ticket
from support.offer_forms import OfferForm, TakeForm
from support.services import offers, tickets
from support.views import proofs, visits
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, own_ticket, typed
from support.views.visits import Visit


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def new(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask to whom the charger goes, and when; send the invitation."""
    owned = Charger.objects.owned_by(request.user, clock.now()).select_related("installation")
    charger = get_object_or_404(owned, uid=uid)
    form = OfferForm(typed(request))
    if form.is_valid() and _offered(request, charger, form):
        return redirect("support:offer-own", form.made.request_code)
    return form_page(request, "support/offer_new.html", form, charger=charger)


def _offered(request: HttpRequest, charger: Charger, form: OfferForm) -> bool:
    try:
        form.made = offers.offer(
            charger_id=charger.pk,
            by=request.user,
            to_name=form.cleaned_data["to_name"],
            to_email=form.cleaned_data["to_email"],
            take_over_date=form.day(),
        )
    except ValidationError as error:
        blame(form, error)
    return not form.errors


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List what the person has offered."""
    rows = Ticket.objects.filter(offered_by=request.user).select_related("charger")
    return render(request, "support/offers.html", {"offers": rows.order_by("-pk")[:100]})


def _own(request: HttpRequest, request_code: str) -> Ticket:
    rows = Ticket.objects.select_related("charger", "tenure")
    return get_object_or_404(rows, request_code=request_code, offered_by=request.user)


@login_required
@require_safe
def own(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show the owner an offer of theirs, and the way to cancel it until it is done."""
    offer = _own(request, request_code)
    page = {"offer": offer, "can_cancel": offer.state in (*OPEN, State.OFFERED)}
    return render(request, "support/offer_own.html", page)


@login_required
@require_POST
@once
def cancel(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take an offer back."""
    offer = _own(request, request_code)
    tickets.withdraw(ticket_id=offer.pk, by=request.user)
    messages.success(request, _("The offer is cancelled. The charger stays yours."))
    return redirect("support:offer-own", request_code)


@require_http_methods(GET_OR_POST)
@once
def offer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the named person what is offered; to accept, a code goes to their address."""
    visit = visits.of(request, uid, Link.Purpose.OFFER)
    waiting = offers.together(visit.link.ticket)
    if request.method == "POST" and waiting:
        return _begin(visit, waiting)
    return _page(visit, "support/offer.html", forms.Form(), waiting)


def _begin(visit: Visit, seen: list[Ticket]) -> HttpResponse:
    """Mail the code to whoever was named; what they saw is what they accept."""
    visit.say(offers=[ticket.request_code for ticket in seen])
    if not visit.proved:
        proofs.mail_code(visit, email=visit.link.party.email, purpose=Code.Purpose.OFFER)
    return redirect("support:offer-code", visit.link.uid)


@require_POST
@once
def decline(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say no to what is offered: one button, no code."""
    visit = visits.of(request, uid, Link.Purpose.OFFER)
    waiting = offers.together(visit.link.ticket)
    offers.decline_all(ticket_ids=[ticket.pk for ticket in waiting], by=visit.link.party)
    return redirect("support:offer", uid)


@require_http_methods(GET_OR_POST)
def offer_code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the code; the right one signs the person in."""
    visit = visits.of(request, uid, Link.Purpose.OFFER)
    back = reverse("support:offer", args=[uid])
    if not visit.said and not visit.proved:
        return redirect(back)
    then = reverse("support:offer-confirm", args=[uid])
    email = visit.link.party.email
    return proofs.ask(visit, email=email, purpose=Code.Purpose.OFFER, then=then, back=back)


@require_http_methods(GET_OR_POST)
@once
def offer_confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Accept the charger; what is left is the photo of the label."""
    visit = visits.of(request, uid, Link.Purpose.OFFER)
    if not visit.proved or request.user != visit.link.party:
        return redirect("support:offer", uid)
    form, seen = forms.Form(typed(request)), _seen(visit)
    if form.is_valid() and _accepted(visit, form, seen):
        return redirect("support:tickets" if len(seen) > 1 else [*seen, visit.link.ticket][0])
    return _page(visit, "support/offer_confirm.html", form, seen)


def _seen(visit: Visit) -> list[Ticket]:
    """Return what this person saw and said yes to, as far as it still waits."""
    codes = visit.said.get("offers", [])
    return [one for one in offers.together(visit.link.ticket) if one.request_code in codes]


def _accepted(visit: Visit, form: forms.Form, seen: list[Ticket]) -> bool:
    wanted = [ticket.pk for ticket in seen] or [visit.link.ticket_id]
    if not _taken(visit.request, form, wanted, by=visit.link.party):
        return False
    visit.settle()
    return True


def _taken(request: HttpRequest, form: forms.Form, wanted: list[int], *, by: User) -> bool:
    try:
        taken, refused = offers.accept_all(ticket_ids=wanted, by=by)
    except ValidationError as error:
        blame(form, error)
        return False
    if len(wanted) > 1:
        words = _("You have accepted %d. Each needs a photo of its label: begin with the first.")
        messages.success(request, words % len(taken))
    for words in refused:
        messages.warning(request, words)
    return True


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def take(request: HttpRequest, request_code: str) -> HttpResponse:
    """Accept what is offered to whoever is signed in: what was seen, after a fresh code."""
    found = own_ticket(request.user, request_code)
    waiting = offers.together(found) if found.state == State.OFFERED else []
    if not waiting:
        return redirect(found)
    form = TakeForm(typed(request), waiting=waiting)
    if form.is_valid():
        chosen = form.chosen()
        if _taken(request, form, [ticket.pk for ticket in chosen], by=request.user):
            return redirect("support:tickets" if len(chosen) > 1 else chosen[0])
    page = {"offers": waiting, "back": found.get_absolute_url()}
    return form_page(request, "support/offer_confirm.html", form, **page)


@login_required
@require_POST
@once
def refuse(request: HttpRequest, request_code: str) -> HttpResponse:
    """Say no to one offer, signed in: one button, no code."""
    found = own_ticket(request.user, request_code)
    if found.state != State.OFFERED:
        raise TransitionNotAllowed(_("This offer no longer waits for an answer."))
    offers.decline_all(ticket_ids=[found.pk], by=request.user)
    messages.success(request, _("You have said no to this offer."))
    return redirect(found)


def _page(visit: Visit, template: str, form: forms.Form, waiting: list[Ticket]) -> HttpResponse:
    page = {"link": visit.link, "ticket": visit.link.ticket, "offers": waiting}
    page["back"] = reverse("support:offer", args=[visit.link.uid])
    return form_page(visit.request, template, form, **page)
