"""What a planted forgery seems to have told whom: shown and counted as of any ticket, kept nowhere.

Its ticket has no notice (the database refuses one), so nothing can be mailed. Without any the desk
would know it at a glance.
"""

from datetime import datetime, timedelta

from chargers.models import Tenure
from support.models import Notice, Ticket


def notices(ticket: Ticket, owner: Tenure | None) -> list[Notice]:
    """Return notices that never were, unsaved, while a planted forgery is open."""
    if not ticket.is_open or ticket.submitted_at is None:
        return []
    found = [_sent("request_received", ticket, ticket.claimant_id, ticket.submitted_at)]
    if owner and ticket.routed_at:
        asked = _sent("owner_asked", ticket, owner.person_id, ticket.routed_at)
        asked.starts_clock = True
        found.append(asked)
    return found


def _sent(kind: str, ticket: Ticket, person_id: int, at: datetime) -> Notice:
    took = timedelta(seconds=2 + (ticket.pk + len(kind)) % 9)
    whose = {"person_id": person_id, "charger_id": ticket.charger_id, "ticket": ticket}
    return Notice(kind=kind, made_at=at, accepted_at=at + took, **whose)
