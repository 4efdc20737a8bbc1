"""Waiting for the claimant's answer to a question in words, as for an item that is asked for.

The claimant's turn begins: the desk's clock rests, they are reminded when half of the time is over,
and the request is closed when nothing comes. What they write, or send unasked, ends the wait.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from support.machine import State
from support.models import Deadline, Message, Ticket, Undo
from support.permissions import may_ask
from support.services import deadlines
from support.services.facts import policy_of
from support.services.progress import advance, evidence_complete

# Where it can be the claimant's turn: while nothing was approved, stopped or decided.
ASKS_IN = (State.AWAITING_OWNER, State.COLLECTING, State.IN_REVIEW)


def require_asking(ticket: Ticket, by: User) -> None:
    """Raise PermissionDenied, or ValidationError on ``waits``, where no answer is waited for."""
    if not may_ask(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if ticket.state not in ASKS_IN:
        words = _("An answer cannot be waited for in this state. Send it without the tick.")
        raise ValidationError({"waits": words})


def begin(ticket: Ticket, *, at: datetime) -> None:
    """Make it the claimant's turn. The caller holds the lock and saves the ticket."""
    days = policy_of(ticket)["bare_days"]
    if ticket.state == State.IN_REVIEW:
        ticket.ask()
    deadlines.give_time(ticket, days=days, at=at)
    deadlines.chase(ticket, days=days, at=at)


def questions(ticket: Ticket, *, at: datetime) -> QuerySet[Message]:
    """Return what the claimant has to answer: nothing that can still be taken back."""
    waiting = ticket.messages.filter(waits=True, answered_at=None)
    return waiting.filter(at__lte=at - Undo.TIME).order_by("at")


def answered(ticket: Ticket, *, at: datetime) -> bool:
    """Take it that the claimant has answered what they were asked; False: nothing was waited for.

    The caller records what happened, then calls ``go_on``.
    """
    return questions(ticket, at=at).update(answered_at=at) > 0


def go_on(ticket: Ticket, *, at: datetime) -> Ticket:
    """Let the ticket go on without an answer to wait for: no reminder, unless an item is open."""
    if evidence_complete(ticket):
        deadlines.cancel(ticket, Deadline.Kind.CHASE, at=at)
    return advance(ticket, at=at, changed=False) if ticket.charger_id else ticket
