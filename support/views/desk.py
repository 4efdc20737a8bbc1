"""The desk: its queue, and one page for each ticket on which everything is decided."""

import functools
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.models import Role
from accounts.roles import roles_of
from records import clock, safety
from records.access import saw
from records.moment import one_moment
from support import permissions, queues, reading
from support.desk_forms import AcceptForm, QueueForm, ReturnForm
from support.models import EvidenceItem, Ticket
from support.reading.timeline import moment
from support.services import clocks, desk
from support.views.once import once
from support.views.verbs import VERBS, Verb

# What every browser shows as a picture; other files are opened by a link.
PICTURES = ("image/jpeg", "image/png", "image/webp")
LOOKED_AT = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)


def desk_only(view: Callable) -> Callable:
    """Let only the desk in, with both factors; for anybody else signed in there is no desk."""
    staffed = sessions.staff_only(view)

    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with one_moment() if request.method in safety.SAFE else nullcontext():
            if request.user.is_authenticated and not permissions.is_desk(request.user):
                raise Http404
            return staffed(request, *args, **kwargs)

    return gate


def find_ticket(request: HttpRequest, **which) -> Ticket:
    """Return a ticket the desk may see; refuse parties, who must not see the other side."""
    seen = reading.tickets().filter(pk__in=Ticket.objects.visible_to(request.user).values("pk"))
    ticket = get_object_or_404(seen, **which)
    if permissions.is_party(ticket, request.user):
        raise PermissionDenied(
            _("You are a party to this request, so somebody else at the desk works on it.")
        )
    return ticket


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
def queue(request: HttpRequest) -> HttpResponse:
    """Show one saved view of the queue, filtered, a page at a time."""
    now = clock.now()
    roles, seen = roles_of(request.user, now), queues.seen_by(request.user)
    views = [each for each in queues.QUEUES.values() if each.open_to(roles)]
    chosen = next((v for v in views if v.slug == request.GET.get("view")), views[0])
    form = QueueForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else dict.fromkeys(form.fields, "")
    found = queues.narrow(queues.tickets_of(chosen, seen, request.user), filters=filters)
    rows, after = queues.page_of(found, after=request.GET.get("after", "")[:40])
    page = {
        "views": [(v, queues.count(queues.tickets_of(v, seen, request.user))) for v in views],
        "chosen": chosen,
        "form": form,
        "rows": rows,
        "total": queues.count(found),
        "next": _address(request, chosen, form, after) if after else "",
        "is_first": not request.GET.get("after"),
        "is_narrowed": any(filters.values()),
        "now": now,
        "takes": bool(roles & {Role.AGENT, Role.SENIOR}),
    }
    return render(request, "support/desk/queue.html", page, status=422 if form.errors else 200)


def _address(request: HttpRequest, chosen: queues.Queue, form: QueueForm, after: str) -> str:
    query = request.GET.copy()
    query["view"], query["after"] = chosen.slug, after
    return f"?{query.urlencode()}"


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


@desk_only
@require_POST
@once
def take(request: HttpRequest) -> HttpResponse:
    """Draw the next ticket: the desk's way to be given work."""
    drawn = desk.take(by=request.user)
    if drawn is None:
        messages.info(request, _("Nothing waits for you just now."))
        return redirect("support:desk")
    return redirect("support:desk-ticket", drawn.request_code)


@desk_only
@require_POST
@once
def pick(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take this ticket by hand: possible, flagged, and said so."""
    found = find_ticket(request, request_code=request_code)
    desk.pick(ticket_id=found.pk, by=request.user)
    messages.warning(
        request, _("It is yours. Picked by hand is a flag: two people decide, and it is on record.")
    )
    return redirect("support:desk-ticket", request_code)
