"""What the desk owes each ticket, in working time: begun, rested, ended as the ticket moves.

Called with each event of a ticket, under its lock. Source of the lengths: the policy.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from records.bundle import at_once
from records.put_together import part
from support import calendars
from support.machine import State
from support.models import Policy, ServiceLevel, Ticket

Duty = ServiceLevel.Duty
# Which number of the policy says how many working hours a duty may take.
HOURS = {
    Duty.REVIEW: "review_hours",
    Duty.SECOND: "second_review_hours",
    Duty.LOOK: "second_look_hours",
    Duty.DISPUTE: "dispute_hours",
    Duty.CONTEST: "contest_hours",
    Duty.APPEAL: "appeal_hours",
    Duty.REPLY: "reply_hours",
    Duty.PROOF: "proof_hours",
}
# A first decision is still owed after these: it rests meanwhile. Every other duty ends when left.
RESTS_IN = frozenset({State.SUBMITTED, State.AWAITING_OWNER, State.COLLECTING, State.DISPUTED})


def duties_of(ticket: Ticket) -> frozenset[str]:
    """Return what the desk owes a ticket as it stands now."""
    duties = set()
    if ticket.state == State.IN_REVIEW:
        duties.add(Duty.APPEAL if ticket.appealed_at else Duty.REVIEW)
    elif ticket.state == State.SECOND_REVIEW:
        duties.add(Duty.SECOND)
    elif ticket.state == State.DISPUTED:
        duties.add(Duty.DISPUTE)
    elif ticket.state == State.CONTESTED:
        duties.add(Duty.CONTEST)
    elif ticket.state == State.APPROVED and ticket.second_look == Ticket.SecondLook.WANTED:
        duties.add(Duty.LOOK)
    if ticket.unread_reply_at and (ticket.is_open or ticket.state == State.CONTESTED):
        duties.add(Duty.REPLY)
    if ticket.proof_missing_at:
        duties.add(Duty.PROOF)
    return frozenset(duties)


def follow(ticket: Ticket, *, at: datetime) -> None:
    """Let the clocks follow the ticket: begin, rest, go on or end; set ``ticket.due_at``.

    The caller saves the ticket. Only rows that are not ended are touched.
    """
    owed = duties_of(ticket)
    known = at_once(part(_rows, ticket=ticket.pk))
    rows = {row.duty: row for row in known["levels"]}
    for duty in sorted(rows.keys() - owed):
        if duty in (Duty.REVIEW, Duty.APPEAL) and ticket.state in RESTS_IN:
            _rest(rows[duty], ticket, at)
        else:
            _end(rows.pop(duty), ticket, at)
    for duty in sorted(owed):
        if duty not in rows:
            rows[duty] = _begin(ticket, duty, known["policies"][0], at)
        if rows[duty].running_since is None:
            _go_on(rows[duty], ticket, at)
    ticket.due_at = min((row.due_at for row in rows.values() if row.due_at), default=None)


def zone_of(ticket: Ticket) -> ZoneInfo:
    """Return the time zone by which a ticket's working hours are counted: its country's."""
    return calendars.zone(ticket.country)


def _rows(ticket: int) -> dict[str, QuerySet]:
    return {
        "levels": ServiceLevel.objects.filter(ticket=ticket, ended_at=None),
        "policies": Policy.objects.newest(),
    }


def _begin(ticket: Ticket, duty: str, policy: Policy, at: datetime) -> ServiceLevel:
    minutes = policy.data[HOURS[duty]] * 60
    return ServiceLevel(ticket=ticket, duty=duty, target_minutes=minutes, began_at=at)


def _go_on(row: ServiceLevel, ticket: Ticket, at: datetime) -> None:
    left = timedelta(minutes=row.target_minutes) - timedelta(seconds=row.used_seconds)
    row.running_since = at
    row.due_at = calendars.add_working_time(at, left, country=ticket.country, zone=zone_of(ticket))
    row.save()


def _rest(row: ServiceLevel, ticket: Ticket, at: datetime) -> None:
    if row.running_since is None:
        return
    row.used_seconds = _used(row, ticket, at)
    row.running_since = row.due_at = None
    row.save()


def _end(row: ServiceLevel, ticket: Ticket, at: datetime) -> None:
    row.used_seconds = _used(row, ticket, at)
    row.met = row.used_seconds <= row.target_minutes * 60
    row.ended_at, row.running_since, row.due_at = at, None, None
    row.save()


def _used(row: ServiceLevel, ticket: Ticket, at: datetime) -> int:
    if row.running_since is None:
        return row.used_seconds
    passed = calendars.working_time(
        row.running_since, at, country=ticket.country, zone=zone_of(ticket)
    )
    return row.used_seconds + int(passed.total_seconds())


def escalate(*, at: datetime) -> int:
    """Mark what is about to break: due within the policy's warning, not marked yet.

    Returns how many. The desk shows them to seniors first; the mark stays on the row.
    """
    warning = timedelta(minutes=Policy.objects.current().data["escalation_minutes"])
    soon = ServiceLevel.objects.filter(escalated_at=None, due_at__lte=at + warning)
    return soon.update(escalated_at=at)
