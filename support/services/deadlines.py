"""Deadlines are rows: put here, found when due, each carried out once."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from records import clock
from support.models import Deadline, Ticket

log = logging.getLogger(__name__)


def schedule(ticket: Ticket, kind: str, due_at: datetime, *, at: datetime) -> Deadline:
    """Put a ticket's deadline of this kind at ``due_at``; an open one of the kind is replaced."""
    before = ticket.deadlines.filter(kind=kind)
    before.filter(done_at=None).update(done_at=at)
    return Deadline.objects.create(
        ticket=ticket, kind=kind, number=before.count() + 1, due_at=due_at
    )


def give_time(ticket: Ticket, *, days: int, at: datetime) -> None:
    """Let an open request that we ask something of not expire for so many days."""
    expiry = ticket.deadlines.filter(kind=Deadline.Kind.EXPIRY, done_at=None).first()
    until = at + timedelta(days=days)
    if expiry is None or expiry.due_at < until:
        schedule(ticket, Deadline.Kind.EXPIRY, until, at=at)


def chase(ticket: Ticket, *, days: int, at: datetime) -> None:
    """Have a claimant reminded of what we asked for when half of their ``days`` are over."""
    schedule(ticket, Deadline.Kind.CHASE, at + timedelta(days=days) / 2, at=at)


def cancel(ticket: Ticket, *kinds: str, at: datetime) -> int:
    """Take a ticket's open deadlines off, all of them when no kind is named; return how many."""
    open_ = ticket.deadlines.filter(done_at=None)
    return (open_.filter(kind__in=kinds) if kinds else open_).update(done_at=at)


def run_due(handlers, *, limit: int = 200) -> int:
    """Carry out what has come due, oldest first; return how many.

    Each in a transaction of its own: claimed by SKIP LOCKED, so that two runs at once share the
    work. One that fails is logged and stays due; the others go on.
    """
    now = clock.now()
    due = Deadline.objects.filter(done_at=None, due_at__lte=now).order_by("due_at")
    done = 0
    for pk in due.values_list("pk", flat=True)[:limit]:
        try:
            done += _run(pk, handlers)
        except Exception:
            log.exception("deadline %s failed and stays due", pk)
    return done


@transaction.atomic
def _run(pk: int, handlers) -> int:
    ticket_id = Deadline.objects.values_list("ticket_id", flat=True).get(pk=pk)
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    claimed = Deadline.objects.filter(pk=pk, done_at=None, due_at__lte=now).update(done_at=now)
    if claimed:
        kind = Deadline.objects.values_list("kind", flat=True).get(pk=pk)
        handlers[kind](ticket, at=now)
    return claimed
