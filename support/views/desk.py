"""The desk: its queue, and one page for each ticket on which everything is decided."""

from dataclasses import dataclass, replace

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from records import clock
from records.access import saw
from records.moment import one_moment
from support import permissions, reading
from support.closing_forms import ProofForm
from support.desk_forms import AcceptForm, ReturnForm
from support.drawing import Unsent
from support.models import EvidenceItem, Reply, Ticket
from support.reading import comparison
from support.reading import desk as beside
from support.reading.found import Found
from support.reading.found import of_items as items_found
from support.reading.timeline import moment
from support.services import clocks, presence, waiting
from support.views.gate import desk_only, find_ticket
from support.views.verbs import VERBS, Verb

# Which form a reply that is kept ready belongs into.
VERB_OF = {
    Reply.Use.WRITE: "write",
    Reply.Use.NOTE: "write",
    Reply.Use.ASK: "ask",
    Reply.Use.REJECT: "reject",
}
LOOKED_AT = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)


@dataclass(frozen=True)
class Panel:
    """A verb as the page shows it: its form when it is open, and why it is not when it is not."""

    verb: Verb
    form: Form | Unsent | None
    why: tuple[str, ...]
    unfolded: bool
    instead: Verb | None = None
    otherwise: str = ""  # what goes on instead, where that is no verb of this page
    replies: tuple = ()

    @property
    def takes(self) -> bool:
        return self.otherwise == "take"

    @property
    def look_first(self) -> bool:
        return self.otherwise == "look"

    @property
    def to_dispute(self) -> bool:
        return self.otherwise == "dispute"


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
    user, now = request.user, clock.now()
    queue = beside.view_of(ticket, user, request.GET.get("view", ""))
    presence.arrive(ticket=ticket, by=user, at=now)
    around = beside.rows_around(ticket, user, now, queue)
    found = reading.read(ticket, user=user, at=now, around=around)
    around = beside.around(ticket, queue, found.more)
    read = items_found(ticket, found.items, owner=found.owner, user=user)
    comparison.lay_beside(found.lines, read.values())
    works = permissions.decides(user)
    first = _prefilled(around, request.GET.get("reply", ""))
    return {
        "reading": found,
        "around": around,
        "ticket": ticket,
        "now": now,
        "panels": panels_of(found, bound, around, first),
        "write": _write_panel(found, bound, around, first),
        "items": [_item(item, ticket, bound, works, read[item.pk]) for item in found.items],
        "works": works,
        "proof_form": _proof_form(found, user, bound),
    }


def _proof_form(found: reading.Reading, user, bound: dict[str, Form]) -> Form | None:
    """Return the form for proof of the maker's side, where it is waited for and theirs to give."""
    ticket, name = found.ticket, "proof"
    if name in bound:
        return bound[name]
    waited = ticket.proof_until_at is not None
    if not (waited and permissions.may_prove(ticket, user)):
        return None
    left = [step.kind for step in found.closing if step.done_at is None]
    return ProofForm(verb=name, open_steps=left)


def _prefilled(around: beside.Around, chosen: str) -> dict[str, dict]:
    """Return what a reply that was chosen without a script puts into which verb's form."""
    ready = (r for of_use in around.replies.values() for r in of_use)
    found = next((r for r in ready if str(r.reply.uid) == chosen), None)
    return {VERB_OF[found.reply.use]: typed_by(found)} if found else {}


def typed_by(ready: beside.ReadyReply) -> dict:
    """Return the fields that a reply fills in, by name."""
    reply = ready.reply
    if reply.use == Reply.Use.ASK:
        return {f"{reply.kind}_reason": reply.reason, f"{reply.kind}_words": ready.text[:500]}
    if reply.use == Reply.Use.REJECT:
        return {"reason": reply.reason, "words": ready.text}
    return {"body": ready.text, "internal": reply.use == Reply.Use.NOTE}


def panels_of(
    found: reading.Reading, bound: dict[str, Form], around: beside.Around, first: dict[str, dict]
) -> list[Panel]:
    """Return the verbs of this page, one unfolded: what was sent, or the first that decides."""
    verbs = [verb for verb in VERBS.values() if verb.name != "write"]
    shown = (panel_of(verb, found, bound, around, first) for verb in verbs)
    panels = [panel for panel in shown if panel]
    if not any(panel.unfolded for panel in panels):
        goes_on = (i for i, p in enumerate(panels) if p.form and not p.verb.style)
        at = next(goes_on, None)
        if at is not None:
            panels[at] = replace(panels[at], unfolded=True)
    return panels


def _write_panel(
    found: reading.Reading, bound: dict[str, Form], around: beside.Around, first: dict[str, dict]
) -> Panel | None:
    """Return the panel to write in; the tick that waits for an answer only where it can."""
    panel = panel_of(VERBS["write"], found, bound, around, first)
    waits = found.ticket.state in waiting.ASKS_IN
    if panel and isinstance(panel.form, Unsent) and not waits:
        return replace(panel, form=replace(panel.form, without=("waits",)))
    return panel


def panel_of(
    verb: Verb,
    found: reading.Reading,
    bound: dict[str, Form],
    around: beside.Around | None = None,
    first: dict[str, dict] | None = None,
) -> Panel | None:
    """Return a verb's panel; None where there is nothing to say. What was sent is never lost."""
    move, sent = found.moves.get(verb.offered_as), bound.get(verb.name)
    ready = tuple(
        (r, typed_by(r))
        for use, name in VERB_OF.items()
        if around and name == verb.name
        for r in around.replies.get(use, ())
    )
    if sent is not None:
        why = move.why if move else ()
        return Panel(verb, sent, why, unfolded=True, replies=ready)
    if move is None:
        return None
    instead = next((v for v in VERBS.values() if v.offered_as == move.instead), None)
    filled = (first or {}).get(verb.name)
    form = Unsent(verb.form, verb.name, first=filled or {}) if move.is_open else None
    otherwise = "" if instead else move.instead
    return Panel(verb, form, move.why, bool(filled), instead, otherwise, ready)


def _item(
    item: EvidenceItem, ticket: Ticket, bound: dict[str, Form], works: bool, found: Found
) -> dict:
    """Return an item with its two forms, where this person may decide it."""
    entry = {
        "item": item,
        "found": found,
        "said": reading.seen_on(item),
        "reason": reading.reason_of(item),
    }
    if not (works and ticket.is_open and item.state in LOOKED_AT):
        return entry
    accept, give_back = f"accept-{item.uid}", f"return-{item.uid}"
    first = {name: getattr(item, name) for name in ("ticks", "take_over_date", "ends_date")}
    first |= {name: day for name, day in found.days.items() if first[name] is None}
    accepting = bound.get(accept) or Unsent(AcceptForm, accept, item.kind, first)
    returning = bound.get(give_back) or Unsent(ReturnForm, give_back, item.kind)
    forms = {"accept": accepting, "return": returning, "is_returning": give_back in bound}
    return entry | forms


def refusal_of(ticket: Ticket, error: Exception, form: Form) -> Refusal:
    """Put a refused decision into words: what has changed, and the text that was typed."""
    changes = [moment(event, ticket) for event in getattr(error, "changes", [])]
    return Refusal(str(error) if not changes else "", changes, _kept(form))


def _kept(form: Form) -> list[tuple[str, str]]:
    texts = (field for field in form.visible_fields() if field.widget_type in ("textarea", "text"))
    return [(field.label, field.value()) for field in texts if field.value()]
