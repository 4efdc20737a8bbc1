"""What the desk sees of a ticket: everything a decision rests on, read at one moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Role, User
from chargers.models import Tenure
from records.models import Event
from records.put_together import Part, part
from support.machine import State
from support.models import (
    Answer,
    Approval,
    Certificate,
    ClosingStep,
    Contest,
    Decision,
    Dispute,
    EvidenceItem,
    FirmAnswer,
    Mention,
    Message,
    Question,
    Ticket,
    TrainingCase,
)
from support.permissions import plays
from support.reading import comparison, moves, people, policy, timeline
from support.services import dossiers, kinds

# Who reads what a firm wrote against a request.
READ_FIRMS = (Role.SENIOR, Role.SAFETY_OFFICER)
RELATED = 20
MOMENTS = 200


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
    questions: list[Question]
    approvals: list[Approval]
    closing: list[ClosingStep]
    certificate: Certificate | None
    training: TrainingCase | None
    decisions: list[Decision]
    dispute: Dispute | None
    freeze: object | None
    contest: Contest | None
    contest_words: str
    more: dict[str, list]

    @property
    def has_handed_over(self) -> bool:
        """Whether the charger changed hands by it: the policy read today would mislead."""
        return self.ticket.state in (State.COMPLETED, State.CONTESTED, State.RESTORED)

    @property
    def said(self) -> list[timeline.Moment]:
        """What was written to whoever decides, the newest first."""
        return [moment for moment in self.moments if moment.said]

    @property
    def mismatches(self) -> int:
        """How many lines of the comparison disagree."""
        return sum(line.agrees is False for line in self.lines)


def rows_shown(ticket: Ticket, user: User) -> Part:
    """Return the question for what the page shows beside the facts."""
    return part(
        _rows_shown,
        ticket=ticket.pk,
        charger=ticket.charger_id,
        claimant=ticket.claimant_id,
        # Of a serial that is not routed to a charger yet.
        lookup_key=None if ticket.charger_id else ticket.lookup_key or None,
        stream=ticket.stream,
        user=user.pk,
    )


def _rows_shown(ticket, charger, claimant, lookup_key, stream, user) -> dict[str, QuerySet]:
    same_charger = Q(charger=charger) if charger else Q(pk=None)
    if lookup_key:
        same_charger = Q(lookup_key=lookup_key)
    others = Ticket.objects.at_the_desk().exclude(pk=ticket).order_by("-pk")
    said = Answer.objects.filter(charger=charger).order_by("-at")[:RELATED]
    return {
        "approvals": Approval.objects.filter(ticket=ticket).order_by("-at"),
        "closing": ClosingStep.objects.filter(ticket=ticket).order_by("pk"),
        "certificates": Certificate.objects.filter(ticket=ticket),
        "trained": TrainingCase.objects.filter(ticket=ticket, decided_at__isnull=False),
        "contests": Contest.objects.filter(ticket=ticket, closed_at=None),
        "messages": Message.objects.filter(ticket=ticket).order_by("-at"),
        "questions": Question.objects.filter(ticket=ticket).order_by("-at"),
        "note_files": EvidenceItem.every.filter(ticket=ticket).exclude(note=None).order_by("pk"),
        "events": Event.objects.filter(stream=stream).order_by("-number")[:MOMENTS],
        "same_charger": others.filter(same_charger)[:RELATED],
        "same_person": others.filter(claimant=claimant)[:RELATED],
        "said": said if charger else Answer.objects.none(),
        "named": Mention.objects.filter(ticket=ticket, person=user, read_at=None),
    }


def read(ticket: Ticket, *, user: User, at: datetime, around: Part | None = None) -> Reading:
    """Read a ticket for a member of the desk. Writes nothing.

    ``around`` asks for rows that a page shows around it, fetched along.
    """
    more = [around] if around else []
    dossier = dossiers.read(ticket, at, rows_shown(ticket, user), *more)
    rows = dossier.rows
    own = {"approvals": rows["approvals"], "decisions": rows["decisions"]}
    dossiers.keep(ticket, **own, items=dossier.own("items"))
    firm_answers = dossier.own("firm_answers")
    rules_say = policy.read(dossier)
    dispute = next((d for d in dossier.disputes if d.closed_at is None), None)
    situation = moves.situation(
        dossier, user, policy=rules_say, dispute=dispute, is_named=bool(rows["named"])
    )
    contest = next(iter(rows["contests"]), None)
    return Reading(
        ticket=ticket,
        at=at,
        owner=dossier.tenure,
        lines=comparison.compare(dossier),
        items=dossier.items,
        replaced=[item for item in dossier.own("items") if not item.stands],
        policy=rules_say,
        moves=moves.read(situation),
        parties=people.parties(dossier),
        deliveries=people.deliveries(dossier),
        answers=rows["said"],
        firm_answers=firm_answers,
        related=people.related(dossier),
        moments=timeline.moments(rows["events"], ticket, is_senior=plays(user, *READ_FIRMS)),
        questions=rows["questions"],
        messages=_with_files(rows["messages"], rows["note_files"]),
        approvals=_approvals(ticket, rows["approvals"], user),
        closing=rows["closing"],
        certificate=next(iter(rows["certificates"]), None),
        training=next(iter(rows["trained"]), None),
        decisions=rows["decisions"],
        dispute=dispute,
        freeze=situation.freeze,
        contest=contest,
        contest_words=timeline.note_on(ticket, "contested") if contest else "",
        more=rows,
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


def _with_files(messages: list[Message], files: list[EvidenceItem]) -> list[Message]:
    """Return the messages, each internal note with its files."""
    for message in messages:
        message.files = [item for item in files if item.note_id == message.pk]
    return messages


def _approvals(ticket: Ticket, approvals: list[Approval], user: User) -> list[Approval]:
    """Return the approvals; whoever looks second is blind to the first one's note until decided."""
    looks = ticket.state == State.APPROVED and ticket.second_look == Ticket.SecondLook.WANTED
    second = looks or ticket.state == State.SECOND_REVIEW
    for approval in approvals:
        if second and approval.voided_at is None and approval.by_id != user.pk:
            approval.note = ""
    return approvals
