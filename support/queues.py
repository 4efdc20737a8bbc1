"""The desk's queues: which tickets each saved view shows, oldest due first, page by page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from chargers import serials
from records.models import OutboxRow
from support import words
from support.machine import OPEN, State
from support.models import Answer, Freeze, Notice, Ticket

PAGE = 50
COUNT_CAP = 1000


@dataclass(frozen=True)
class Queue:
    """A saved view: its name in the address, its words, and which tickets it holds."""

    slug: str
    label: str
    empty: str
    tickets: Callable[[QuerySet[Ticket], User], QuerySet[Ticket]]
    roles: tuple[str, ...] = ()

    def open_to(self, roles: set[str]) -> bool:
        """Tell whether this view is for somebody of these roles; most are for all of the desk."""
        return not self.roles or bool(roles & set(self.roles))


def _mine(tickets, user):
    return tickets.filter(assigned_to=user, state__in=[*OPEN, State.CONTESTED])


def _unassigned(tickets, user):
    waiting_for_us = [State.IN_REVIEW, State.SECOND_REVIEW, State.DISPUTED]
    return tickets.filter(assigned_to=None, state__in=waiting_for_us)


def _to_review(tickets, user):
    return tickets.filter(state=State.IN_REVIEW)


def _second_approvals(tickets, user):
    waiting = tickets.filter(state=State.SECOND_REVIEW)
    return waiting.exclude(approvals__by=user, approvals__voided_at=None)


def _second_looks(tickets, user):
    return tickets.filter(state=State.APPROVED, second_look=Ticket.SecondLook.WANTED)


def _disputes(tickets, user):
    return tickets.filter(state=State.DISPUTED)


def _contests(tickets, user):
    return tickets.filter(state=State.CONTESTED)


def _safety(tickets, user):
    frozen = Freeze.objects.filter(lifted_at=None, needs_confirmation=False)
    here = Q(pk__in=frozen.exclude(ticket=None).values("ticket"))
    there = Q(charger__in=frozen.exclude(charger=None).values("charger"))
    return tickets.filter(here | there, state__in=[*OPEN, State.OFFERED, State.CONTESTED])


def _appeals(tickets, user):
    return tickets.exclude(appealed_at=None).filter(state__in=OPEN)


def _replies(tickets, user):
    return tickets.exclude(unread_reply_at=None)


def _waiting(tickets, user):
    others = [State.SUBMITTED, State.AWAITING_OWNER, State.COLLECTING, State.OFFERED]
    return tickets.filter(state__in=others)


def _undelivered(tickets, user):
    lost = undelivered_notices().exclude(ticket=None).values("ticket")
    return tickets.filter(pk__in=lost, state__in=[*OPEN, State.OFFERED, State.CONTESTED])


def _stops(tickets, user):
    asked = Q(charger__in=stops_to_confirm().values("charger"))
    freezes = Freeze.objects.filter(needs_confirmation=True, lifted_at=None)
    asked |= Q(pk__in=freezes.exclude(ticket=None).values("ticket"))
    asked |= Q(charger__in=freezes.exclude(charger=None).values("charger"))
    return tickets.filter(asked, state__in=[*OPEN, State.CONTESTED])


def _approved(tickets, user):
    return tickets.filter(state=State.APPROVED)


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
            "waiting",
            _("Waiting for others"),
            _("No ticket waits for a resident, an owner or an installer."),
            _waiting,
        ),
        Queue(
            "undelivered",
            _("Not delivered"),
            _("Every notice on an open ticket has arrived."),
            _undelivered,
        ),
        Queue(
            "approved",
            _("Waiting for release"),
            _("No approved ticket waits for its day."),
            _approved,
        ),
        Queue("all", _("All tickets"), _("No ticket fits these filters."), _all),
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

    Nobody works on a ticket of their own, nor reads there what the other side says.
    """
    own = Q(claimant=user) | Q(offered_by=user) | Q(former_tenure__person=user)
    here = Q(charger__tenures__person=user, charger__tenures__ends_at=None)
    board = Q(charger__installation__board=user)
    firm = Q(charger__installation__firm__members__user=user)
    parties = Ticket.objects.filter(own | here | board | firm)
    return Ticket.objects.visible_to(user).exclude(pk__in=parties.values("pk"))


def tickets_of(queue: Queue, seen: QuerySet[Ticket], user: User) -> QuerySet[Ticket]:
    """Return what a queue holds of the tickets ``seen`` by this user, oldest due first."""
    return queue.tickets(seen, user).order_by(F("next_word_at").asc(nulls_last=True), "pk")


def narrow(tickets: QuerySet[Ticket], *, filters: dict) -> QuerySet[Ticket]:
    """Keep the tickets that fit the filters: state, kind, tier, country, and what was typed.

    ``q`` finds a request code, a reference, or a serial number however it was typed.
    """
    plain = {name: filters[name] for name in ("state", "kind", "tier", "country") if filters[name]}
    tickets = tickets.filter(**plain)
    if text := filters["q"].strip():
        named = Q(request_code=words.normalise_request_code(text)) | _of_reference(text)
        tickets = tickets.filter(named | _of_serial(text))
    return tickets


def _of_reference(text: str) -> Q:
    """What to look for when the text is the name that other parties read in our mails."""
    name = "".join(text.split()).casefold().removeprefix("h-")
    is_reference = len(name) == 8 and set(name) <= set("0123456789abcdef")
    return Q(uid__startswith=name) if is_reference else Q(pk=None)


def _of_serial(text: str) -> Q:
    """What to look for when the text is a serial number; nothing when it cannot be one."""
    try:
        return Q(lookup_key=serials.lookup_key(serials.normalise(text)))
    except ValidationError:
        return Q(pk=None)


def page_of(tickets: QuerySet[Ticket], *, after: str = "") -> tuple[list[Ticket], str]:
    """Return up to PAGE tickets that come after the one with this request code, and what is next.

    The second value is the request code to go on from; empty on the last page. An unknown code
    starts from the beginning.
    """
    last = Ticket.objects.filter(request_code=after).first() if after else None
    if last is not None and last.next_word_at is None:
        tickets = tickets.filter(next_word_at=None, pk__gt=last.pk)
    elif last is not None:
        later = Q(next_word_at__gt=last.next_word_at) | Q(next_word_at=None)
        tickets = tickets.filter(later | Q(next_word_at=last.next_word_at, pk__gt=last.pk))
    rows = list(tickets.select_related("assigned_to", "charger")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].request_code if len(rows) > PAGE else ""


def count(tickets: QuerySet[Ticket]) -> str:
    """Return how many there are, in words that stay short: "1,000+" at the most."""
    found = tickets.order_by()[: COUNT_CAP + 1].count()
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
