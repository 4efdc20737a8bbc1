"""The one line that records what happened to a ticket."""

from datetime import datetime

from accounts.models import User
from records.events import record
from records.models import Event
from support.models import Stale, Ticket
from support.services import search, service_levels


def save_and_record(
    ticket: Ticket,
    kind: str,
    *,
    at: datetime,
    by: User | None = None,
    by_what: str = "",
    note: str = "",
    facts: bool = True,
    **data,
) -> Ticket:
    """Write the ticket's next event and the ticket with it, in the caller's transaction and lock.

    ``facts`` is False for what changes nothing that a decision rests on (notices, notes,
    presence, assignment): the others make decision forms drawn before stale. ``note`` is free
    text; ``data`` takes ids, codes and numbers.
    """
    at_desk = by is not None and by_what != "party"
    works = at_desk and by.pk not in (ticket.claimant_id, ticket.offered_by_id)
    _note_for_the_queue(ticket, kind, at=at, by=by, works=works, data=data)
    ticket.version += 1
    if facts:
        ticket.facts_version += 1
    record(
        ticket.stream,
        kind,
        at=at,
        actor=by,
        by_what=by_what or ("person" if by else "clock"),
        number=ticket.version,
        note=note,
        **{"from": ticket.state_on_record, "to": ticket.state, "facts": ticket.facts_version},
        **data,
    )
    service_levels.follow(ticket, at=at)
    ticket.save()
    ticket.state_on_record = ticket.state
    if kind in search.CHANGES_WORDS:
        search.index(ticket.pk)
    return ticket


# What the background does that gives the desk something back to look at.
SENT_BACK = frozenset({"reopened", "rerouted"})
# What moves a ticket between people without anybody having looked at it.
NO_WORK = frozenset({"drawn", "assigned", "reservation_ended", "snoozed"})
# What is no news to the desk: it goes on by itself.
NO_NEWS = frozenset(
    {
        "next_word",
        "chased",
        "reservation_ended",
        "snoozed",
        "assigned",
        "undone",
        "note_file_opened",
    }
)


def _note_for_the_queue(
    ticket: Ticket, kind: str, *, at: datetime, by: User | None, works: bool, data: dict
) -> None:
    """Keep what the queue shows: news wakes a ticket, the desk's work ends a reservation."""
    if by is None and (kind in SENT_BACK or data.get("now") == "quarantined"):
        ticket.returned_at = at
    if works and kind not in NO_WORK:
        ticket.returned_at = None
        if by.pk == ticket.assigned_to_id:
            ticket.reserved_until = None
    if not works and kind not in NO_NEWS:
        ticket.snoozed_until = None


def require_fresh(ticket: Ticket, facts_version: int) -> None:
    """Raise Stale, with the events since, unless the page showed today's facts."""
    if facts_version == ticket.facts_version:
        return
    events = Event.objects.filter(stream=ticket.stream, data__facts__gt=facts_version)
    raise Stale(events.order_by("number"))
