"""The one line that records what happened to a ticket."""

from datetime import datetime

from accounts.models import User
from records.events import record
from records.models import Event
from support.models import Stale, Ticket
from support.services import service_levels


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
    return ticket


def require_fresh(ticket: Ticket, facts_version: int) -> None:
    """Raise Stale, with the events since, unless the page showed today's facts."""
    if facts_version == ticket.facts_version:
        return
    events = Event.objects.filter(stream=ticket.stream, data__facts__gt=facts_version)
    raise Stale(events.order_by("number"))
