"""Training tickets: a planted forgery that was decided, and what the desk is told about it.

Every verb that would decide one, or tell anybody anything about it, ends it here instead.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Charger
from support.models import Ticket, TrainingCase
from support.services.saving import save_and_record

APPROVED = "approved"


def end(ticket: Ticket, *, act: str, by: User, at: datetime) -> Ticket:
    """End a planted forgery by what somebody did to it: whatever does not approve it catches it.

    The caller holds the ticket's lock and has checked that ``by`` may do it.
    """
    caught = act != APPROVED
    case = TrainingCase.objects.filter(ticket=ticket, decided_at=None)
    case.update(decided_by=by, decided_at=at, act=act, caught=caught)
    ticket.withdraw(at=at)
    return save_and_record(ticket, "training_decided", at=at, by=by, caught=caught)


def open_at(charger: Charger) -> Ticket | None:
    """Return the planted forgery that is open at a charger which is none."""
    if charger.vendor != Charger.TRAINING:
        return None
    found = Ticket.objects.open().filter(charger=charger, is_training=True).first()
    return Ticket.objects.lock(found.pk) if found else None


def said_of(case: TrainingCase) -> str:
    """Return what whoever decided a planted forgery is told."""
    if case.caught:
        said = _("This was a training ticket, and you caught it. %(trap)s")
    else:
        said = _("This was a training ticket, a forgery that you approved. %(trap)s")
    return said % {"trap": case.get_trap_display()}
