"""The desk's queues: which tickets each saved view shows, in which order, page by page.

Every view has an index of its own (models/ticket.py), so that a page of it is read and not sought,
however many tickets there are. A page goes on after the last row of the one before.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from chargers.models import Charger
from records import clock
from records.models import OutboxRow
from support.machine import LIVE, OPEN, OURS, WAITING, State
from support.models import Answer, Freeze, Mention, Notice, Ticket

PAGE = 50
COUNT_CAP = 1000


@dataclass(frozen=True)
class Queue:
    """A saved view: its name in the address, its words, its tickets, and what orders them."""

    slug: str
    label: str
    empty: str
    tickets: Callable[[QuerySet[Ticket], User], QuerySet[Ticket]]
    roles: tuple[str, ...] = ()
    order: str = "due_at"

    @property
    def is_personal(self) -> bool:
        """It holds other tickets for each person."""
        return self.slug in ("mine", "second")

    def open_to(self, roles: set[str]) -> bool:
        """Tell whether this view is for somebody of these roles; most are for all of the desk."""
        return not self.roles or bool(roles & set(self.roles))


def _awake(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Leave out what somebody has put aside until a day, or until news comes."""
    return tickets.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=clock.now()))


def _mine(tickets, user):
    """What is assigned to a person, and where a colleague has named them."""
    named = Mention.objects.filter(person=user, read_at=None).values("ticket")
    theirs = Ticket.objects.filter(assigned_to=user, state__in=LIVE).values("pk")
    return _awake(tickets.filter(pk__in=theirs.union(named, all=True)))


def _unassigned(tickets, user):
    return _awake(tickets.filter(assigned_to=None, state__in=OURS))


def _today(tickets, user):
    """What is due before the day ends where the reader is."""
    tomorrow = timezone.localtime(clock.now()) + timedelta(days=1)
    tomorrow = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    return _awake(tickets.filter(due_at__lt=tomorrow))


def _to_review(tickets, user):
    return _awake(tickets.filter(state=State.IN_REVIEW))


def _second_approvals(tickets, user):
    waiting = tickets.filter(state=State.SECOND_REVIEW)
    return _awake(waiting.exclude(approvals__by=user, approvals__voided_at=None))


def _second_looks(tickets, user):
    return tickets.filter(state=State.APPROVED, second_look=Ticket.SecondLook.WANTED)


def _disputes(tickets, user):
    return tickets.filter(state=State.DISPUTED)


def _contests(tickets, user):
    return tickets.filter(state=State.CONTESTED)


def _held(freezes: QuerySet[Freeze]) -> QuerySet:
    """Return the keys of the tickets that freezes stop, by themselves or by their charger."""
    here = freezes.exclude(ticket=None).values("ticket")
    there = Ticket.objects.filter(charger__in=freezes.exclude(charger=None).values("charger"))
    return here.union(there.values("pk"), all=True)


def _safety(tickets, user):
    frozen = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    return tickets.filter(pk__in=_held(frozen), state__in=LIVE)


def _appeals(tickets, user):
    return tickets.filter(appealed_at__isnull=False, state__in=OPEN)


def _replies(tickets, user):
    return tickets.filter(unread_reply_at__isnull=False)


def _waiting(tickets, user):
    return tickets.filter(state__in=WAITING)


def _undelivered(tickets, user):
    return tickets.filter(lost_notice_at__isnull=False, state__in=LIVE)


def _returned(tickets, user):
    return tickets.filter(returned_at__isnull=False, state__in=LIVE)


def _stops(tickets, user):
    freezes = Freeze.objects.filter(needs_confirmation=True, lifted_at=None)
    asked = Ticket.objects.filter(charger__in=stops_to_confirm().values("charger"))
    asked = asked.values("pk").union(_held(freezes), all=True)
    return tickets.filter(pk__in=asked, state__in=[*OPEN, State.CONTESTED])


def _approved(tickets, user):
    return tickets.filter(state=State.APPROVED)


def _snoozed(tickets, user):
    return tickets.filter(snoozed_until__gt=clock.now(), state__in=LIVE)


def _all(tickets, user):
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


def undelivered_notices() -> QuerySet[Notice]:
    """Return the notices that failed or came back."""
    return Notice.objects.filter(Q(failed_at__isnull=False) | Q(bounced_at__isnull=False))


def stops_to_confirm() -> QuerySet[Answer]:
    """Return the repeated objections that stop nothing until somebody senior confirms them."""
    return Answer.objects.filter(needs_confirmation=True, void_at=None)


def seen_by(user: User) -> QuerySet[Ticket]:
    """Return what a member of the desk may see, without what they are a party to.

    Nobody works on a ticket of their own, nor reads there what the other side says. Where they
    have a say in a charger is looked up first: for most it is nowhere.
    """
    chargers = _chargers_of(user)
    own = Q(claimant=user) | Q(offered_by=user)
    if chargers:
        own |= Q(charger__in=chargers)
    return Ticket.objects.visible_to(user).exclude(own)


def _chargers_of(user: User) -> list[int]:
    """Return the chargers in which a person has a say, had one as an owner, or asked."""
    firms = user.memberships.filter(ends_at=None).values("firm")
    found = Charger.objects.values_list("pk", flat=True)
    said = (
        found.filter(tenures__person=user, tenures__role="owner"),
        found.filter(tenures__person=user, tenures__ends_at=None),
        found.filter(installation__board=user),
        found.filter(installation__firm__in=firms),
        found.filter(tenures__firm__in=firms, tenures__ends_at=None),
        found.filter(tickets__claimant=user),
        found.filter(tickets__offered_by=user),
    )
    return list(said[0].union(*said[1:]))


def tickets_of(queue: Queue, seen: QuerySet[Ticket], user: User) -> QuerySet[Ticket]:
    """Return what a queue holds of the tickets ``seen`` by this user, oldest due first."""
    return queue.tickets(seen, user).order_by(F(queue.order).asc(nulls_last=True), "pk")


def page_of(
    tickets: QuerySet[Ticket], queue: Queue, *, after: str = ""
) -> tuple[list[Ticket], str]:
    """Return up to PAGE tickets that come after the one with this request code, and what is next.

    The second value is the request code to go on from; empty on the last page. An unknown code
    starts from the beginning.
    """
    last = Ticket.objects.filter(request_code=after).first() if after else None
    tickets = tickets.select_related("assigned_to", "charger")
    if last is None:
        rows = list(tickets[: PAGE + 1])
    else:
        rows = _rows_after(tickets, queue.order, last)
    return rows[:PAGE], rows[PAGE - 1].request_code if len(rows) > PAGE else ""


def _rows_after(tickets: QuerySet[Ticket], order: str, last: Ticket) -> list[Ticket]:
    """Return the rows behind a ticket; those without a date come last.

    Two plain ranges, each of which the view's index can be entered at.
    """
    at: datetime | None = getattr(last, order)
    undated = tickets.filter(**{order: None})
    if at is None:
        return list(undated.filter(pk__gt=last.pk)[: PAGE + 1])
    later = tickets.filter(Q(**{f"{order}__gt": at}) | Q(pk__gt=last.pk), **{f"{order}__gte": at})
    rows = list(later[: PAGE + 1])
    return rows + list(undated[: PAGE + 1 - len(rows)])


def counts(views: list[Queue], seen: QuerySet[Ticket], user: User) -> dict[str, str]:
    """Return how many each view holds, in words that stay short: "1,000+" at the most.

    What is the same for all of the desk is counted at most every few seconds by a process
    (QUEUE_COUNT_SECONDS), a person's own views each time; one statement for all, and no count
    goes on beyond its cap.
    """
    now = time.monotonic()
    fresh = {
        view.slug: kept[1]
        for view in views
        if not view.is_personal
        and (kept := _COUNTED.get(view.slug))
        and now - kept[0] < settings.QUEUE_COUNT_SECONDS
    }
    wanted = [view for view in views if view.slug not in fresh]
    found = _count(wanted, seen, user) if wanted else {}
    for view in wanted:
        if not view.is_personal:
            _COUNTED[view.slug] = (now, found[view.slug])
    return {slug: in_words(number) for slug, number in (fresh | found).items()}


# When a view was counted by this process, and how many it held.
_COUNTED: dict[str, tuple[float, int]] = {}


def _count(views: list[Queue], seen: QuerySet[Ticket], user: User) -> dict[str, int]:
    shared = Ticket.objects.exclude(state=State.DRAFT)
    statements, params = [], []
    for view in views:
        rows = view.tickets(seen if view.is_personal else shared, user)
        capped = rows.order_by().values("pk")[: COUNT_CAP + 1]
        statement, given = capped.query.sql_with_params()
        # Django's own SQL, its parameters apart.
        statements.append(f"(SELECT count(*) FROM ({statement}) r)")  # noqa: S608
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(statements)}", params)
        found = cursor.fetchone()
    return {view.slug: number for view, number in zip(views, found, strict=True)}


def in_words(found: int) -> str:
    """Return a capped count as it is shown."""
    return f"{COUNT_CAP:,}+" if found > COUNT_CAP else f"{found:,}"


def parked_rows() -> QuerySet[OutboxRow]:
    """Return the outbox rows that are out of attempts and wait for a person, newest first."""
    return OutboxRow.objects.exclude(parked_at=None).filter(done_at=None).order_by("-parked_at")


def freezes_in_force() -> QuerySet[Freeze]:
    """Return the open freezes, the one longest without a look first."""
    in_force = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    open_tickets = Prefetch("charger__tickets", Ticket.objects.open(), to_attr="open_tickets")
    in_force = in_force.select_related("ticket", "charger", "by").prefetch_related(open_tickets)
    return in_force.order_by(F("reviewed_at").asc(nulls_first=True), "opened_at")


def freezes_lifted() -> QuerySet[Freeze]:
    lifted = Freeze.objects.exclude(lifted_at=None)
    return lifted.select_related("ticket", "charger", "lifted_by").order_by("-lifted_at")
