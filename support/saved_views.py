"""The saved views of the desk's queue, as a table: a new one is a line here.

Every view has an index of its own (models/ticket_rows.py), so that a page of it is read and not
sought, however many tickets there are; queues.py reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from support.machine import LIVE, OPEN, OURS, WAITING, State
from support.models import Answer, Freeze, Mention, Ticket


@dataclass(frozen=True)
class Reader:
    """What a view depends on: who reads it, where they have a say themselves, and when."""

    user: int
    chargers: list[int]
    now: datetime
    tomorrow: datetime


@dataclass(frozen=True)
class Queue:
    """A saved view: its name in the address, its words, its tickets, and what orders them."""

    slug: str
    label: str
    empty: str
    tickets: Callable[[QuerySet[Ticket], Reader], QuerySet[Ticket]]
    roles: tuple[str, ...] = ()
    order: str = "due_at"

    @property
    def is_personal(self) -> bool:
        """It holds other tickets for each person."""
        return self.slug in ("mine", "second")

    def open_to(self, roles: set[str]) -> bool:
        """Tell whether this view is for somebody of these roles; most are for all of the desk."""
        return not self.roles or bool(roles & set(self.roles))


def _awake(tickets: QuerySet[Ticket], reader: Reader) -> QuerySet[Ticket]:
    """Leave out what somebody has put aside until a day, or until news comes."""
    return tickets.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=reader.now))


def _mine(tickets, reader):
    """What is assigned to a person, and where a colleague has named them."""
    named = Mention.objects.filter(person=reader.user, read_at=None).values("ticket")
    theirs = Ticket.objects.filter(assigned_to=reader.user, state__in=LIVE).values("pk")
    return _awake(tickets.filter(pk__in=theirs.union(named, all=True)), reader)


def _unassigned(tickets, reader):
    return _awake(tickets.filter(assigned_to=None, state__in=OURS), reader)


def _today(tickets, reader):
    """What is due before the day ends where the reader is."""
    return _awake(tickets.filter(due_at__lt=reader.tomorrow), reader)


def _to_review(tickets, reader):
    return _awake(tickets.filter(state=State.IN_REVIEW), reader)


def _second_approvals(tickets, reader):
    waiting = tickets.filter(state=State.SECOND_REVIEW)
    return _awake(waiting.exclude(approvals__by=reader.user, approvals__voided_at=None), reader)


def _second_looks(tickets, reader):
    return tickets.filter(state=State.APPROVED, second_look=Ticket.SecondLook.WANTED)


def _disputes(tickets, reader):
    return tickets.filter(state=State.DISPUTED)


def _contests(tickets, reader):
    return tickets.filter(state=State.CONTESTED)


def _held(freezes: QuerySet[Freeze]) -> QuerySet:
    """Return the keys of the tickets that freezes stop, by themselves or by their charger."""
    here = freezes.exclude(ticket=None).values("ticket")
    there = Ticket.objects.filter(charger__in=freezes.exclude(charger=None).values("charger"))
    return here.union(there.values("pk"), all=True)


def _safety(tickets, reader):
    frozen = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    return tickets.filter(pk__in=_held(frozen), state__in=LIVE)


def _appeals(tickets, reader):
    return tickets.filter(appealed_at__isnull=False, state__in=OPEN)


def _replies(tickets, reader):
    return tickets.filter(unread_reply_at__isnull=False)


def _waiting(tickets, reader):
    return tickets.filter(state__in=WAITING)


def _undelivered(tickets, reader):
    return tickets.filter(lost_notice_at__isnull=False, state__in=LIVE)


def _returned(tickets, reader):
    return tickets.filter(returned_at__isnull=False, state__in=LIVE)


def _stops(tickets, reader):
    freezes = Freeze.objects.filter(needs_confirmation=True, lifted_at=None)
    asked = Ticket.objects.filter(charger__in=stops_to_confirm().values("charger"))
    asked = asked.values("pk").union(_held(freezes), all=True)
    return tickets.filter(pk__in=asked, state__in=[*OPEN, State.CONTESTED])


def _approved(tickets, reader):
    return tickets.filter(state=State.APPROVED)


def _unproved(tickets, reader):
    """What changed hands here, and not yet in the maker's portal."""
    return tickets.filter(proof_until_at__isnull=False)


def _snoozed(tickets, reader):
    return tickets.filter(snoozed_until__gt=reader.now, state__in=LIVE)


def _all(tickets, reader):
    return tickets


SENIORS = (Role.SENIOR, Role.AUDITOR)
SAFETY = (Role.SAFETY_OFFICER, Role.AUDITOR)
STOPS = (Role.SENIOR, Role.SAFETY_OFFICER, Role.AUDITOR)
QUEUES: dict[str, Queue] = {
    queue.slug: queue
    for queue in (
        Queue("mine", _("Mine"), _("Nothing is assigned to you. Take the next ticket."), _mine),
        Queue(
            "unassigned",
            _("Unassigned"),
            _("Every ticket that waits for us has somebody. Well done."),
            _unassigned,
        ),
        Queue("today", _("Due today"), _("Nothing more is due today."), _today),
        Queue("review", _("To review"), _("No ticket waits for a first decision."), _to_review),
        Queue(
            "second",
            _("Second approvals"),
            _("No ticket waits for a second person, other than those you approved yourself."),
            _second_approvals,
        ),
        Queue(
            "looks",
            _("Second looks"),
            _("No approved ticket is drawn for a second look."),
            _second_looks,
        ),
        Queue("replies", _("Replies to read"), _("Every reply has been read."), _replies),
        Queue("disputes", _("Disputes"), _("No dispute is open."), _disputes),
        Queue("appeals", _("Appeals"), _("Nobody has appealed."), _appeals),
        Queue("contests", _("Contests"), _("No hand-over is contested."), _contests, SENIORS),
        Queue("stops", _("Confirm a stop"), _("No second stop waits for a word."), _stops, STOPS),
        Queue("safety", _("Safety"), _("Nothing is frozen."), _safety, SAFETY),
        Queue(
            "returned",
            _("Sent back by itself"),
            _("The background has sent nothing back to the desk."),
            _returned,
        ),
        Queue(
            "undelivered",
            _("Not delivered"),
            _("Every notice on an open ticket has arrived."),
            _undelivered,
            order="next_word_at",
        ),
        Queue(
            "waiting",
            _("Waiting for others"),
            _("No ticket waits for a resident, an owner or an installer."),
            _waiting,
            order="next_word_at",
        ),
        Queue(
            "approved",
            _("Waiting for release"),
            _("No approved ticket waits for its day."),
            _approved,
            order="release_at",
        ),
        Queue(
            "proof",
            _("At the maker's side"),
            _("Every hand-over is proved at the maker's side."),
            _unproved,
            order="proof_until_at",
        ),
        Queue(
            "snoozed",
            _("Put aside"),
            _("Nothing is put aside until later."),
            _snoozed,
            order="snoozed_until",
        ),
        Queue(
            "all", _("All tickets"), _("No ticket fits these filters."), _all, order="next_word_at"
        ),
    )
}


def stops_to_confirm() -> QuerySet[Answer]:
    """Return the repeated objections that stop nothing until somebody senior confirms them."""
    return Answer.objects.filter(needs_confirmation=True, void_at=None)
