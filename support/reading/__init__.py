"""What the desk sees of a ticket: everything a decision rests on, read at one moment."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from chargers.models import Tenure
from support.machine import State
from support.models import Answer, Contest, Dispute, EvidenceItem, FirmAnswer, Message, Ticket
from support.reading import comparison, moves, people, policy, timeline
from support.services import kinds


@dataclass(frozen=True)
class Reading:
    """One ticket as it is at ``at``, for one member of the desk."""

    ticket: Ticket
    at: datetime
    owner: Tenure | None
    lines: list[comparison.Line]
    items: list[EvidenceItem]
    replaced: list[EvidenceItem]
    policy: policy.Policy | None
    moves: dict[str, moves.Move]
    parties: list[people.Party]
    deliveries: list[people.Delivery]
    answers: list[Answer]
    firm_answers: list[FirmAnswer]
    related: list[tuple[Ticket, str]]
    moments: list[timeline.Moment]
    messages: list[Message]
    approvals: list
    decisions: list
    dispute: Dispute | None
    freeze: object | None
    contest: Contest | None
    contest_words: str

    @property
    def has_handed_over(self) -> bool:
        """Whether the charger changed hands by it: the policy read today would mislead."""
        return self.ticket.state in (State.COMPLETED, State.CONTESTED, State.RESTORED)

    @property
    def mismatches(self) -> int:
        """How many lines of the comparison disagree."""
        return sum(line.agrees is False for line in self.lines)


def tickets():
    """Return tickets with all that a reading joins, in one query."""
    return Ticket.objects.select_related(
        "claimant",
        "policy",
        "assigned_to",
        "offered_by",
        "former_tenure",
        "second_look_by",
        "charger__installation__firm",
        "charger__installation__board",
    ).prefetch_related("claimant__contact_points", "notices", "letters")


def read(ticket: Ticket, *, user: User, at: datetime) -> Reading:
    """Read a ticket of ``tickets()`` for a member of the desk. Writes nothing."""
    owner = ticket.charger.owner_tenure(at) if ticket.charger_id else None
    all_items = list(ticket.items.select_related("decided_by").order_by("made_at"))
    items = [item for item in all_items if item.stands]
    firm_answers = people.firm_answers(ticket)
    contest = ticket.contests.filter(closed_at=None).select_related("by").first()
    rules_say = policy.read(ticket, items=items, at=at)
    dispute = people.dispute_of(ticket.charger)
    situation = moves.situation(ticket, user, policy=rules_say, dispute=dispute, at=at)
    return Reading(
        ticket=ticket,
        at=at,
        owner=owner,
        lines=comparison.compare(ticket, owner=owner, items=items, firm_answers=firm_answers),
        items=items,
        replaced=[item for item in all_items if not item.stands],
        policy=rules_say,
        moves=moves.read(situation),
        parties=people.parties(ticket, owner=owner, at=at),
        deliveries=people.deliveries(ticket, at=at),
        answers=people.answers(ticket),
        firm_answers=firm_answers,
        related=people.related(ticket),
        moments=timeline.read(ticket),
        messages=list(ticket.messages.select_related("by").order_by("-at")),
        approvals=_approvals(ticket, user),
        decisions=list(ticket.decisions.select_related("by").order_by("-at")),
        dispute=dispute,
        freeze=situation.freeze,
        contest=contest,
        contest_words=timeline.note_on(ticket, "contested") if contest else "",
    )


def seen_on(item: EvidenceItem) -> list[tuple[str, bool]]:
    """Return what an accepted item was, and was not, seen to show."""
    if item.state != EvidenceItem.State.ACCEPTED:
        return []
    return [(words, tick in item.ticks) for tick, words in kinds.TICKS.get(item.kind, {}).items()]


def reason_of(item: EvidenceItem) -> str:
    """Return why an item was returned or asked for, in words."""
    words = kinds.REASONS.get(item.reason)
    return str(words[0]) if words else ""


def _approvals(ticket: Ticket, user: User) -> list:
    """Return the approvals; a second person is blind to the first one's note until decided."""
    approvals = list(ticket.approvals.select_related("by").order_by("-at"))
    for approval in approvals:
        blind = ticket.state == "second_review" and approval.voided_at is None
        if blind and approval.by_id != user.pk:
            approval.note = ""
    return approvals
