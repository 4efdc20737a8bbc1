"""What a claimant sees of a ticket until it is decided: three phases, from their own side only.

Computed from the claim, the claimant's own items and whether it is decided. Whether an owner
exists, answered or objected, and whether something is frozen, is no input.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from support import rules
from support.machine import State
from support.models import EvidenceItem, Ticket
from support.rules import FIELD_KINDS, Claim, EvidenceKind

DECIDED = frozenset(
    {
        State.COMPLETED,
        State.CONTESTED,
        State.RESTORED,
        State.REJECTED,
        State.EXPIRED,
        State.WITHDRAWN,
    }
)
# An item in one of these waits for the claimant.
WAITING = frozenset(EvidenceItem.WAITS)


class Phase(TextChoices):
    NEED = "need", _("We need this from you")
    CHECKING = "checking", _("Being checked")
    DECIDED = "decided", _("Decided")


@dataclass(frozen=True)
class Line:
    """One line of the claimant's list: a kind of evidence, and the item sent for it, if any."""

    kind: str
    item: EvidenceItem | None
    required: bool

    @property
    def label(self) -> str:
        return EvidenceKind(self.kind).label

    @property
    def waits(self) -> bool:
        """It is the claimant's turn: nothing was sent, or something better is asked for."""
        return self.item is None or self.item.state in WAITING

    @property
    def is_field(self) -> bool:
        """It is answered by typing, not with a file."""
        return self.kind in FIELD_KINDS


def checklist(claim: Claim, items: Iterable[EvidenceItem]) -> list[Line]:
    """Return what the claim requires and what was sent or asked for, in that order."""
    standing = _standing(items)
    required = rules.required_items(claim, named_consent=False)
    lines = []
    for kind in required:
        sent = [item for item in standing if item.kind == kind]
        lines += [Line(kind, item, True) for item in sent] or [Line(kind, None, True)]
    return lines + [Line(item.kind, item, False) for item in standing if item.kind not in required]


def _standing(items: Iterable[EvidenceItem]) -> list[EvidenceItem]:
    """Return the items that count: not replaced, nor set aside with another one sent since."""
    standing = [item for item in items if item.stands]
    newest = {item.kind: item for item in standing}
    aside = EvidenceItem.SET_ASIDE
    return [i for i in standing if i.state not in aside or newest[i.kind] is i]


def phase(state: str, lines: Iterable[Line], *, is_asked: bool = False) -> Phase:
    """Return the phase of a ticket in this state with this list; ``is_asked``: in a message."""
    if state in DECIDED:
        return Phase.DECIDED
    waits = is_asked or any(line.waits for line in lines)
    return Phase.NEED if waits else Phase.CHECKING


def is_asked(ticket: Ticket) -> bool:
    """Tell whether the claimant was asked something in a message, and has not answered."""
    return ticket.messages.filter(waits=True, answered_at=None).exists()


def lines_of(ticket: Ticket) -> list[Line]:
    """Return a ticket's list, oldest item first."""
    return checklist(ticket.claim, ticket.items.order_by("pk"))


def timeline_of(ticket: Ticket) -> list[tuple[datetime, str]]:
    """Return what happened on the claimant's own side, oldest first: nothing else may show.

    That an item was accepted is not told before the decision, nor anything an owner did.
    """
    offered = bool(ticket.offered_by_id)
    began = _("The owner offered it to you.") if offered else _("You began this request.")
    rows = [(ticket.made_at, began)]
    if ticket.submitted_at:
        sent = _("You accepted the offer.") if offered else _("You sent it.")
        rows.append((ticket.submitted_at, sent))
    for item in ticket.items.all():
        what = {"what": str(EvidenceKind(item.kind).label)}
        if item.uploaded_at:
            rows.append((item.uploaded_at, _("You sent: %(what)s.") % what))
        if item.state == EvidenceItem.State.RETURNED:
            rows.append((item.decided_at, _("We asked for a better one: %(what)s.") % what))
        elif item.state == EvidenceItem.State.REQUESTED:
            rows.append((item.made_at, _("We asked for: %(what)s.") % what))
    if ticket.appealed_at:
        rows.append((ticket.appealed_at, _("You asked for a second opinion.")))
    if ticket.decided_at and ticket.state in DECIDED:
        rows.append((ticket.decided_at, _("It was decided.")))
    return sorted(rows, key=lambda row: row[0])


def phase_of(ticket: Ticket) -> Phase:
    """Return where a ticket stands, as far as its claimant may know."""
    return phase(ticket.state, lines_of(ticket), is_asked=is_asked(ticket))
