"""What is done when a deadline comes due: one function a kind."""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from records import clock
from support import calendars, delivery
from support.machine import State
from support.models import Deadline, Link, Ticket
from support.notifications import notify
from support.services import (
    assigning,
    checking,
    closing,
    deadlines,
    files,
    letters,
    links,
    offers,
    planting,
    presence,
    reports,
    safety,
    service_levels,
    uses,
)
from support.services.facts import is_bare, is_frozen, policy_of
from support.services.progress import advance, release_due
from support.services.saving import save_and_record

log = logging.getLogger(__name__)


def silence(ticket: Ticket, *, at: datetime) -> None:
    """The owner has not answered: never consent; the ticket becomes a verification."""
    if ticket.state == State.AWAITING_OWNER:
        ticket.fall_silent()
        save_and_record(ticket, "fell_silent", at=at)
        advance(ticket, at=at, changed=False)


def remind(ticket: Ticket, *, at: datetime) -> None:
    """Remind an owner who has not answered since it was sent, once, while the ticket is open."""
    tenure = ticket.charger.owner_tenure(at)
    if not ticket.is_open or ticket.state == State.DISPUTED or tenure is None:
        return
    said = ticket.charger.answers.filter(party=tenure.person_id, void_at=None)
    if said.filter(at__gte=ticket.submitted_at).exists():
        return
    link = links.make(
        purpose=Link.Purpose.OWNER, charger=ticket.charger, at=at, party=tenure.person
    )
    notify(
        "owner_reminded",
        at=at,
        ticket=ticket,
        charger=ticket.charger,
        person=tenure.person,
        link=link,
    )


def expire(ticket: Ticket, *, at: datetime) -> None:
    """End what nobody goes on with: drafts, offers, and claims that wait for their claimant.

    A claim that is with the desk, or has shown something, is given the longer time.
    """
    policy = policy_of(ticket)
    if ticket.state == State.OFFERED:
        return offers.run_out(ticket, at=at)
    if ticket.state == State.DRAFT:
        return _expire(ticket, at)
    if not ticket.is_open:
        return None
    last = ticket.submitted_at + timedelta(days=policy["collecting_days"])
    waits = ticket.state == State.COLLECTING and not is_frozen(ticket)
    if waits and (is_bare(ticket, at) or at >= last):
        return _expire(ticket, at)
    again = max(last, at + timedelta(days=1))
    deadlines.schedule(ticket, Deadline.Kind.EXPIRY, again, at=at)
    return None


def _expire(ticket: Ticket, at: datetime) -> None:
    told = ticket.state != State.DRAFT
    ticket.expire(at=at)
    deadlines.cancel(ticket, at=at)
    save_and_record(ticket, "expired", at=at)
    if told:
        notify("expired", at=at, ticket=ticket, person=ticket.claimant)


def next_word(ticket: Ticket, *, at: datetime) -> None:
    """Keep our word: tell the claimant that we are at it, and by when the next one comes."""
    if not ticket.is_open:
        return
    days = policy_of(ticket)["next_word_working_days"]
    zone = calendars.zone(ticket.country)
    ticket.next_word_at = calendars.promise(
        ticket.next_word_at or at, days, country=ticket.country, zone=zone
    )
    save_and_record(ticket, "next_word", at=at, facts=False)
    deadlines.schedule(ticket, Deadline.Kind.NEXT_WORD, ticket.next_word_at, at=at)
    notify("next_word", at=at, ticket=ticket, person=ticket.claimant)


def chase(ticket: Ticket, *, at: datetime) -> None:
    """Remind a claimant of what we asked for; who stays silent is closed by the expiry.

    Whether an owner is waited for beside it makes no difference to the claimant.
    """
    waits = ticket.state in (State.AWAITING_OWNER, State.COLLECTING)
    if waits and not is_frozen(ticket):
        save_and_record(ticket, "chased", at=at, facts=False)
        notify("items_reminder", at=at, ticket=ticket, person=ticket.claimant)


def letter(ticket: Ticket, *, at: datetime) -> None:
    """A letter counts as arrived: the clock may have started."""
    advance(ticket, at=at, changed=False)


def release(ticket: Ticket, *, at: datetime) -> None:
    """The wait may be over: look at everything again, and release."""
    release_due(ticket, at=at)


def proof(ticket: Ticket, *, at: datetime) -> None:
    """The maker's side should have been proved by now: the ticket wakes up if it is not."""
    closing.missing(ticket, at=at)


HANDLERS = {
    Deadline.Kind.SILENCE: silence,
    Deadline.Kind.REMINDER: remind,
    Deadline.Kind.EXPIRY: expire,
    Deadline.Kind.NEXT_WORD: next_word,
    Deadline.Kind.LETTER: letter,
    Deadline.Kind.CHASE: chase,
    Deadline.Kind.RELEASE: release,
    Deadline.Kind.USE_SOON: uses.ends_soon,
    Deadline.Kind.USE_OVER: uses.over,
    Deadline.Kind.PROOF: proof,
}


def run() -> int:
    """Carry out every deadline that has come due, and escalate what is about to; how many."""
    now = clock.now()
    service_levels.escalate(at=now)
    assigning.end_lapsed(at=now)
    return deadlines.run_due(HANDLERS)


def daily() -> None:
    """What happens once a day: the print file of letters, mails given up. Safe to call often."""
    now = clock.now()
    presence.forget(at=now)
    letters.queue_print(at=now)
    reports.queue(at=now)
    delivery.fail_parked(at=now)
    safety.watch(at=now)
    checking.give_up()
    _plant(now)
    _sweep_store()


def _plant(now: datetime) -> None:
    """Plant a training ticket where one is due; without the store it is planted another time."""
    try:
        planting.plant_due(at=now)
    except (OSError, ValidationError) as error:
        log.warning("no training ticket was planted (%s)", type(error).__qualname__)


def _sweep_store() -> None:
    """Delete what nothing refers to any more; a store that is away is swept another time."""
    try:
        while files.sweep():
            pass
    except OSError as error:
        log.warning("the evidence store is away (%s): it is swept later", type(error).__qualname__)
