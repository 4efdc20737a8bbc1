"""The desk: its queue, and one page for each ticket on which everything is decided."""

from dataclasses import dataclass

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records import clock
from records.access import saw
from records.moment import one_moment
from support import permissions, reading
from support.desk_forms import AcceptForm, ReturnForm
from support.models import EvidenceItem, Ticket
from support.reading.timeline import moment
from support.services import clocks
from support.views.gate import desk_only, find_ticket
from support.views.verbs import VERBS, Verb

# What every browser shows as a picture; other files are opened by a link.
PICTURES = ("image/jpeg", "image/png", "image/webp")
LOOKED_AT = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)


@dataclass(frozen=True)
class Panel:
    """A verb as the page shows it: its form when it is open, and why it is not when it is not."""

    verb: Verb
    form: Form | None
    why: tuple[str, ...]
    unfolded: bool


@dataclass(frozen=True)
class Refusal:
    """What a page says above when a decision came too late: what changed, and what was typed."""

    words: str
    changes: list
    kept: list[tuple[str, str]]


@desk_only
@require_safe
def ticket(request: HttpRequest, request_code: str) -> HttpResponse:
    """Show everything about one ticket, and put the look on record."""
    return ticket_page(request, find_ticket(request, request_code=request_code))


def ticket_page(
    request: HttpRequest,
    ticket: Ticket,
    *,
    status: int = 200,
    bound: dict[str, Form] | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Draw the ticket's page; ``bound`` holds forms with what was typed, by their name.

    Times are those of the charger's place: the claimant's "tomorrow" is the agent's.
    """
    with one_moment(), timezone.override(clocks.place_of(ticket).zone):
        saw(actor=request.user, what="ticket", subject=ticket.stream)
        page = _page_of(request, ticket, bound or {}) | {"refusal": refusal}
        return render(request, "support/desk/ticket.html", page, status=status)


def _page_of(request: HttpRequest, ticket: Ticket, bound: dict[str, Form]) -> dict:
    found = reading.read(ticket, user=request.user, at=clock.now())
    works = permissions.decides(request.user)
    return {
        "reading": found,
        "ticket": ticket,
        "panels": panels_of(found, bound),
        "write": panel_of(VERBS["write"], found, bound),
        "items": [_item(item, ticket, bound, works) for item in found.items],
        "works": works,
    }


def panels_of(found: reading.Reading, bound: dict[str, Form]) -> list[Panel]:
    """Return the verbs of this page, one unfolded: what was sent, or the first that goes on."""
    verbs = [verb for verb in VERBS.values() if verb.name != "write"]
    panels = [panel for verb in verbs if (panel := panel_of(verb, found, bound))]
    if not any(panel.unfolded for panel in panels):
        goes_on = (i for i, p in enumerate(panels) if p.form and p.verb.style != "stop")
        first = next(goes_on, None)
        if first is not None:
            panels[first] = Panel(panels[first].verb, panels[first].form, (), True)
    return panels


def panel_of(verb: Verb, found: reading.Reading, bound: dict[str, Form]) -> Panel | None:
    """Return a verb's panel; None where there is nothing to say. What was sent is never lost."""
    move, sent = found.moves.get(verb.offered_as), bound.get(verb.name)
    if sent is not None:
        return Panel(verb, sent, move.why if move else (), unfolded=True)
    if move is None:
        return None
    return Panel(verb, verb.form(verb=verb.name) if move.is_open else None, move.why, False)


def _item(item: EvidenceItem, ticket: Ticket, bound: dict[str, Form], works: bool) -> dict:
    """Return an item with its two forms, where this person may decide it."""
    entry = {
        "item": item,
        "is_picture": item.content_type in PICTURES,
        "said": reading.seen_on(item),
        "reason": reading.reason_of(item),
    }
    if not (works and ticket.is_open and item.state in LOOKED_AT):
        return entry
    accept, give_back = f"accept-{item.uid}", f"return-{item.uid}"
    first = {name: getattr(item, name) for name in ("ticks", "take_over_date", "ends_date")}
    accepting = bound.get(accept) or AcceptForm(verb=accept, kind=item.kind, initial=first)
    returning = bound.get(give_back) or ReturnForm(verb=give_back, kind=item.kind)
    forms = {"accept": accepting, "return": returning, "is_returning": give_back in bound}
    return entry | forms


def refusal_of(ticket: Ticket, error: Exception, form: Form) -> Refusal:
    """Put a refused decision into words: what has changed, and the text that was typed."""
    changes = [moment(event, ticket) for event in getattr(error, "changes", [])]
    return Refusal(str(error) if not changes else "", changes, _kept(form))


def _kept(form: Form) -> list[tuple[str, str]]:
    texts = (field for field in form.visible_fields() if field.widget_type in ("textarea", "text"))
    return [(field.label, field.value()) for field in texts if field.value()]
