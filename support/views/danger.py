"""This is a safety matter: whoever has a part in a charger stops everything about it, at once."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from chargers.models import Charger, Proposal
from records import clock
from support.models import Link
from support.party_forms import DangerForm
from support.services import letters, safety
from support.views import changes, visits
from support.views.pages import GET_OR_POST, blame, form_page, typed

TRIES = 5
Tell = Callable[[str], object]
Part = tuple[str, str, Tell]


@require_http_methods(GET_OR_POST)
def danger(request: HttpRequest) -> HttpResponse:
    """Say what can be stopped from this browser, and stop it. Not ``once``: wrong codes count.

    Said twice it is one freeze: the second one is the same, or a task for an officer.
    """
    offered = _offered(request)
    form = DangerForm(typed(request), choices=[(key, what) for key, what, _tell in offered])
    if form.is_valid() and _told(request, form, offered):
        return redirect("support:danger-done")
    return form_page(request, "support/danger.html", form, offered=bool(offered))


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Say that it is stopped, who reads it, what the other side is told, what can be undone."""
    return render(request, "support/danger_done.html")


def _offered(request: HttpRequest) -> list[Part]:
    """Return what this browser may say it about: a key, its name, and what is done."""
    found = [_by_link(link) for link in visits.all_open(request)]
    found += [_by_change(change) for change in changes.all_open(request) if _touches(change)]
    if not request.user.is_authenticated:
        return found
    user = request.user
    tickets, chargers = safety.parts_of(user, clock.now())
    for ticket in tickets:
        what = _("Your request %(code)s") % {"code": ticket.request_code}
        found.append((f"request-{ticket.request_code}", what, _ticket_teller(ticket.pk, user)))
    for charger in chargers:
        what = _("The charger with serial number %(serial)s") % {"serial": charger.serial}
        found.append((f"charger-{charger.uid}", what, _charger_teller(charger.pk, user)))
    return found


def _by_link(link: Link) -> Part:
    """The receiver of several offers stops them all."""
    chargers = [link.charger]
    if link.purpose == Link.Purpose.OFFER:
        chargers = [ticket.charger for ticket in safety.stoppable(link)] or chargers
    what = _name(chargers)
    return f"link-{link.uid}", what, lambda words: safety.tell_by_link(link=link, words=words)


def _touches(change: Proposal) -> bool:
    return bool(safety.chargers_of(change))


def _by_change(change: Proposal) -> Part:
    what = _name(safety.chargers_of(change))
    return (
        f"change-{change.uid}",
        what,
        lambda words: safety.tell_of_change(proposal=change, words=words),
    )


def _name(chargers: list[Charger]) -> str:
    endings = ", ".join(charger.serial[-3:] for charger in chargers)
    if len(chargers) == 1:
        words = _("The charger that our mail was about, serial number ending in %(ending)s")
        return words % {"ending": endings}
    words = _(
        "All %(number)d chargers that our mail was about, serial numbers ending in %(ending)s"
    )
    return words % {"ending": endings, "number": len(chargers)}


def _ticket_teller(pk: int, user) -> Tell:
    return lambda words: safety.tell_of_ticket(ticket_id=pk, by=user, words=words)


def _charger_teller(pk: int, user) -> Tell:
    return lambda words: safety.tell_of_charger(charger_id=pk, by=user, words=words)


def _told(request: HttpRequest, form: DangerForm, offered: list[Part]) -> bool:
    words, about = form.cleaned_data["words"], form.cleaned_data["about"]
    if about == form.CODE:
        return _told_by_code(request, form, words)
    chosen = [part for part in offered if about in (part[0], form.ALL)]
    covered = [what for _key, what, tell in chosen if _stops(form, tell, words)]
    if not covered:
        return False
    messages.success(request, _("This covers: %(what)s.") % {"what": "; ".join(covered)})
    return True


def _stops(form: DangerForm, tell: Tell, words: str) -> bool:
    """Stop one thing; where somebody named several, one that cannot be stopped keeps none back."""
    try:
        tell(words)
    except ValidationError as error:
        blame(form, error)
    except (PermissionDenied, TransitionNotAllowed):
        form.add_error(None, _("This cannot be stopped here any more. Call us or write to us."))
    else:
        return True
    return False


def _told_by_code(request: HttpRequest, form: DangerForm, words: str) -> bool:
    tried = request.session.get("stop_tries", 0)
    if tried >= TRIES:
        form.add_error("stop_code", _("That was wrong five times. Write or call us instead."))
        return False
    try:
        letter = letters.with_stop_code(form.cleaned_data["stop_code"])
    except ValidationError as error:
        request.session["stop_tries"] = tried + 1
        blame(form, error)
        return False
    safety.tell_by_letter(letter=letter, words=words)
    return True
