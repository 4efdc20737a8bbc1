"""Who looks at which ticket just now. Rows that reading may write (design, I8), never an event."""

from datetime import datetime, timedelta

from django.db import connection

from accounts.models import User
from support.models import Presence, Ticket
from support.services.desk import RESERVED

# The page says that it is open every two seconds; who has not been heard of for so long is gone.
GONE = timedelta(seconds=6)
FORGOTTEN = timedelta(hours=1)
# One statement, and no transaction around it: every page of a ticket asks this.
_ARRIVE = """
    INSERT INTO support_presence (ticket_id, user_id, seen_at, is_writing) VALUES (%s, %s, %s, %s)
    ON CONFLICT (ticket_id, user_id)
    DO UPDATE SET seen_at = EXCLUDED.seen_at, is_writing = EXCLUDED.is_writing
"""


def arrive(*, ticket: Ticket, by: User, at: datetime, is_writing: bool = False) -> None:
    """Note that a person has this ticket open at ``at``; a reservation of theirs goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVE, [ticket.pk, by.pk, at, is_writing])
    if ticket.assigned_to_id == by.pk and ticket.reserved_until:
        half = Ticket.objects.filter(pk=ticket.pk, reserved_until__lt=at + RESERVED / 2)
        half.exclude(reserved_until=None).update(reserved_until=at + RESERVED)


def leave(*, ticket: Ticket, by: User) -> None:
    """Take a person off a ticket: the page was closed."""
    Presence.objects.filter(ticket=ticket, user=by).delete()


def others(*, ticket: Ticket, by: User, at: datetime) -> list[Presence]:
    """Return who else has this ticket open, those who write first."""
    here = Presence.objects.filter(ticket=ticket, seen_at__gt=at - GONE).exclude(user=by)
    return list(here.select_related("user").order_by("-is_writing", "user__name"))


def everybody(*, at: datetime) -> list[Presence]:
    """Return who is at which ticket now: as many rows as people at the desk."""
    here = Presence.objects.filter(seen_at__gt=at - GONE)
    shown = ("user", "is_writing", "ticket__request_code", "user__name", "user__email")
    return list(here.select_related("user", "ticket").only(*shown).order_by("user__name"))


def forget(*, at: datetime) -> None:
    """Delete rows of people long gone."""
    Presence.objects.filter(seen_at__lt=at - FORGOTTEN).delete()
