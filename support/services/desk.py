"""The desk's other verbs: draw, pick, ask, reject, write."""

from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Role, User
from records import clock
from support.machine import State
from support.models import Decision, EvidenceItem, Letter, Ticket, Undo
from support.notifications import notify
from support.permissions import (
    decides,
    has_decided_before_appeal,
    is_party,
    may_work,
    plays,
    require,
)
from support.rules import EvidenceKind
from support.services import deadlines, letters, training, undo
from support.services.facts import is_frozen, policy_of
from support.services.kinds import REASONS_FOR, REJECT_REASONS
from support.services.messages import write
from support.services.progress import advance, release_due, void_approvals
from support.services.saving import require_fresh, save_and_record
from support.services.wording import require_silence

__all__ = ["ask", "pick", "read_replies", "reject", "send_letter", "take", "write"]

# How long a drawn ticket waits for its first act before it goes back.
RESERVED = timedelta(minutes=30)
LAST = datetime.max.replace(tzinfo=UTC)
OLDEST_DUE = (F("due_at").asc(nulls_last=True), "pk")


@transaction.atomic
def take(*, by: User, but: str = "") -> Ticket | None:
    """Draw the next ticket and reserve it: own unfinished work first, then the oldest due.

    Tickets in which the person is a party or has approved already are passed over, and what is
    put aside; ``but`` is the request code of one that they have just left. The reservation ends by
    itself after half an hour in which nothing was done. None when nothing waits.
    """
    if not decides(by):
        raise PermissionDenied(_("Only agents and seniors take tickets."))
    now = clock.now()
    rows = _drawable(now).exclude(request_code=but)
    rows = rows.exclude(approvals__by=by, approvals__voided_at=None).exclude(typed_by=by)
    mine = rows.filter(assigned_to=by).order_by(*OLDEST_DUE).first()
    if mine:
        return mine
    for pk in _oldest_due(rows.filter(assigned_to=None)):
        ticket = Ticket.objects.lock(pk)
        if ticket.assigned_to_id or is_party(ticket, by):
            continue
        if ticket.appealed_at and has_decided_before_appeal(ticket, by):
            continue
        ticket.assigned_to, ticket.reserved_until = by, now + RESERVED
        return save_and_record(ticket, "drawn", at=clock.now(), by=by, facts=False)
    return None


def _drawable(now: datetime) -> QuerySet[Ticket]:
    """What waits for a person: to be decided, or to be looked at a second time."""
    look = Q(state=State.APPROVED, second_look=Ticket.SecondLook.WANTED)
    waiting = Q(state__in=(State.IN_REVIEW, State.SECOND_REVIEW)) | look
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    return Ticket.objects.filter(waiting & awake)


def _oldest_due(rows: QuerySet[Ticket]) -> list[int]:
    """Return the keys of the oldest due, at most 50 of each kind: each by its own index."""
    found: list[tuple[datetime | None, int]] = []
    for states in ((State.IN_REVIEW, State.SECOND_REVIEW), (State.APPROVED,)):
        of_kind = rows.filter(state__in=states).order_by(*OLDEST_DUE)
        found += of_kind.values_list("due_at", "pk")[:50]
    return [pk for _due_at, pk in sorted(found, key=lambda row: (row[0] or LAST, row[1]))]


@transaction.atomic
def pick(*, ticket_id: int, by: User) -> Ticket:
    """Take a ticket by hand: possible, flagged, and looked at twice."""
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if ticket.assigned_to_id == by.pk:
        return ticket
    ticket.assigned_to, ticket.picked_by_hand, ticket.reserved_until = by, True, None
    now = clock.now()
    save_and_record(ticket, "picked_by_hand", at=now, by=by)
    return advance(ticket, at=now) if ticket.charger_id else ticket


@transaction.atomic
def ask(
    *, ticket_id: int, by: User, facts_version: int, asks: list[tuple[str, str, str]]
) -> Ticket:
    """Ask the claimant for items: (kind, reason, words) each. Back to collecting.

    Raises ValidationError for an empty list, an unknown kind or reason; Stale.
    """
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.ask, by)
    require_fresh(ticket, facts_version)
    if not asks:
        raise ValidationError({"asks": _("Choose at least one item to ask for.")})
    for kind, reason, _words in asks:
        if reason not in REASONS_FOR.get(kind, ()):
            raise ValidationError({"asks": _("Choose one of the reasons in the list.")})
        if kind == EvidenceKind.SERIAL and ticket.offered_by_id:
            raise ValidationError({"asks": _("An offer is of this very charger.")})
    said = " ".join(words for _kind, _reason, words in asks)
    require_silence(ticket, reader=ticket.claimant, asks=said)
    now = clock.now()
    if ticket.is_training:
        return training.end(ticket, act="asked", by=by, at=now)
    ticket.ask()
    made, items = [], []
    for kind, reason, words in asks:
        was = _request(ticket, kind, reason, words, by, now)
        (made if isinstance(was, str) else items).append(was)
    kinds = [kind for kind, _reason, _words in asks]
    deadlines.give_time(ticket, days=policy_of(ticket)["bare_days"], at=now)
    deadlines.chase(ticket, days=policy_of(ticket)["bare_days"], at=now)
    save_and_record(ticket, "asked", at=now, by=by, kinds=kinds)
    about = {"at": now, "ticket": ticket, "person": ticket.claimant}
    told = notify("items_returned", due_at=now + undo.TIME, **about)
    before = {"made": made, "items": items, "notice": str(told.uid)}
    undo.offer(ticket, by=by, act=Undo.Act.ASKED, at=now, **before)
    return ticket


def _request(ticket: Ticket, kind: str, reason: str, words: str, by: User, now) -> dict | str:
    """Ask for one item: a standing one of the kind that was looked at is returned, else a new.

    Return what the one was made of, or the name of the other, for taking it back.
    """
    seen = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)
    item = ticket.items.filter(kind=kind, replaced_by=None, state__in=seen).first()
    if item is None:
        item = EvidenceItem(ticket=ticket, kind=kind, made_at=now)
        was = str(item.uid)
    else:
        was = undo.as_it_was(item)
        item.state, item.decided_by, item.decided_at = EvidenceItem.State.RETURNED, by, now
    item.reason, item.words, item.ticks = reason, words.strip(), []
    item.save()
    return was


@transaction.atomic
def reject(
    *, ticket_id: int, by: User, facts_version: int, reason: str, words: str, note: str = ""
) -> Ticket:
    """Say no, with a reason, what would change it, and the right to appeal.

    Raises ValidationError for an unknown reason or no words to the claimant; Stale.
    """
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.reject, by)
    if is_frozen(ticket) and not plays(by, Role.SAFETY_OFFICER):
        raise PermissionDenied(_("It is frozen: a safety officer decides."))
    require_fresh(ticket, facts_version)
    if reason not in REJECT_REASONS:
        raise ValidationError({"reason": _("Choose one of the reasons in the list.")})
    if not words.strip():
        raise ValidationError({"words": _("Write the reason in words for the person who asks.")})
    require_silence(ticket, reader=ticket.claimant, words=words)
    now = clock.now()
    if ticket.is_training:
        return training.end(ticket, act="rejected", by=by, at=now)
    void_approvals(ticket, at=now, why="rejected")
    ticket.reject(reason=reason, at=now)
    Decision.objects.create(
        ticket=ticket,
        kind=Decision.Kind.REJECTED,
        by=by,
        at=now,
        reason=reason,
        words=words.strip(),
        note=note.strip(),
    )
    deadlines.cancel(ticket, at=now)
    save_and_record(ticket, "rejected", at=now, by=by, note=note, reason=reason)
    notify("rejected", at=now, ticket=ticket, person=ticket.claimant, reason=reason)
    return ticket


@transaction.atomic
def read_replies(*, ticket_id: int, by: User) -> Ticket:
    """The desk has read what the parties wrote: a release that waited for it may go on."""
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    now = clock.now()
    ticket.messages.filter(from_desk=False, read_at=None).update(read_at=now)
    if ticket.unread_reply_at is None:
        return ticket
    ticket.unread_reply_at = None
    save_and_record(ticket, "replies_read", at=now, by=by, facts=False)
    return release_due(ticket, at=now)


@transaction.atomic
def send_letter(*, ticket_id: int, by: User) -> Letter | Ticket:
    """Have a letter with a code sent to the registry's address, where presence cannot be shown.

    Raises TransitionNotAllowed when the place has no address or a letter is under way.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    place = ticket.charger.installation if ticket.charger_id else None
    if not ticket.is_open or place is None or not place.street:
        raise TransitionNotAllowed(_("There is no registry address to write to."))
    if ticket.fears_owner:
        raise TransitionNotAllowed(_("Nobody there may be told: a safety officer looks at this."))
    if ticket.letters.filter(to=Letter.To.HOUSEHOLD, entered_at=None, printed_at=None).exists():
        raise TransitionNotAllowed(_("A letter is waiting to be printed already."))
    now = clock.now()
    if ticket.is_training:
        return training.end(ticket, act="letter", by=by, at=now)
    letter = letters.send(ticket=ticket, to=Letter.To.HOUSEHOLD, at=now)
    deadlines.give_time(ticket, days=policy_of(ticket)["bare_days"], at=now)
    save_and_record(ticket, "letter_sent", at=now, by=by, facts=False, letter=str(letter.uid))
    return letter
