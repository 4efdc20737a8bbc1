"""The transfer certificate: made when a hand-over is proved, checked by whoever holds the paper."""

import logging
import secrets
from datetime import datetime

from records.access import saw
from support import codes, screening
from support.letterpress import address_lines
from support.machine import State
from support.models import Certificate, Ticket
from support.notifications import notify
from support.rules import Outcome
from support.services import clocks

log = logging.getLogger(__name__)

# Of 32 signs: 100 bits.
LENGTH = 20


def make(ticket: Ticket, *, at: datetime) -> Certificate | None:
    """Certify a completed hand-over, once; a right to use has no certificate.

    What it says is kept as it is printed: it tells of that day whatever changes later. What
    would name another party is left out (I9). The new owner is told that it is there. The caller
    holds the ticket's lock.
    """
    if ticket.outcome != Outcome.OWNERSHIP:
        return None
    charger, zone = ticket.charger, clocks.place_of(ticket).zone
    place = charger.installation
    address = ", ".join(address_lines(place, to="")) if place else ""
    found, is_new = Certificate.objects.get_or_create(
        ticket=ticket,
        defaults={
            "code": new_code(),
            "made_at": at,
            "handed_over_date": ticket.decided_at.astimezone(zone).date(),
            "proved_date": at.astimezone(zone).date(),
            "name": _quiet(ticket, ticket.claimant_name),
            "address": _quiet(ticket, address),
            "serial": charger.serial,
            "model": charger.model,
        },
    )
    if is_new:
        notify("certificate_ready", at=at, ticket=ticket, person=ticket.claimant)
    return found


def _quiet(ticket: Ticket, text: str) -> str:
    """Return what may stand on the claimant's paper: nothing that tells who another party is."""
    if screening.find(text, ticket=ticket, reader=ticket.claimant, free=""):
        log.warning("a line is left out of the certificate of ticket %s", ticket.uid)
        return ""
    return text


def new_code() -> str:
    """Return a code that nobody guesses."""
    return "".join(secrets.choice(codes.ALPHABET) for _sign in range(LENGTH))


def in_groups(code: str) -> str:
    """Return a code as it is printed: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def find(*, code: str) -> Certificate | None:
    """Return the certificate with this code, or None; the look-up is on record.

    Whoever looks is nobody to us: the record says which certificate was looked at, and when.
    """
    rows = Certificate.objects.select_related("ticket")
    found = rows.filter(code=codes.normalise(code)).first()
    if found:
        saw(actor=None, what="certificate", subject=found.ticket.stream)
    return found


def holds(certificate: Certificate) -> bool:
    """Tell whether what it says still holds; while a hand-over is contested nobody can say."""
    return certificate.ticket.state == State.COMPLETED
