"""Judging evidence: a person accepts an item with what it shows, or returns it with a cure."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock
from support.machine import State
from support.models import EvidenceItem, Ticket, Undo
from support.notifications import notify
from support.permissions import may_work
from support.rules import EvidenceKind
from support.services import deadlines, training, undo
from support.services.disputes import join_rivals
from support.services.facts import policy_of
from support.services.kinds import REASONS, REASONS_FOR, TICKS
from support.services.progress import advance
from support.services.saving import require_fresh, save_and_record
from support.services.wording import require_silence

__all__ = ["REASONS", "REASONS_FOR", "TICKS", "accept", "return_item"]


@transaction.atomic
def accept(
    *,
    item_uid: str,
    by: User,
    facts_version: int,
    ticks: list[str],
    take_over_date: date | None = None,
    ends_date: date | None = None,
) -> EvidenceItem:
    """Accept an item with what it was seen to show. It may be the last fact that was missing.

    Raises ValidationError for a tick that the kind does not have or a purchase agreement without
    its take-over date, Stale, PermissionDenied, TransitionNotAllowed for an item that is not ready.
    """
    ticket, item = _lock_item(item_uid, by, facts_version)
    unknown = set(ticks) - set(TICKS[item.kind])
    if unknown:
        raise ValidationError({"ticks": _("This kind of evidence has no such tick.")})
    if item.kind == EvidenceKind.PURCHASE_AGREEMENT and not take_over_date:
        raise ValidationError({"take_over_date": _("Enter the take-over date it names.")})
    now, before = clock.now(), undo.as_it_was(item)
    item.state, item.decided_by, item.decided_at = EvidenceItem.State.ACCEPTED, by, now
    item.ticks, item.reason, item.words = sorted(ticks), "", ""
    item.take_over_date, item.ends_date = take_over_date, ends_date
    item.save()
    save_and_record(
        ticket,
        "evidence_accepted",
        at=now,
        by=by,
        item=str(item.uid),
        what=item.kind,
        ticks=item.ticks,
    )
    if not join_rivals(ticket, at=now):
        advance(ticket, at=now)
    undo.offer(ticket, by=by, act=Undo.Act.ACCEPTED, at=now, **before)
    return item


@transaction.atomic
def return_item(
    *, item_uid: str, by: User, facts_version: int, reason: str, words: str = ""
) -> EvidenceItem:
    """Return an item with a reason and its cure; only that item is asked for again.

    Raises as accept does; ValidationError for a reason that the kind does not have.
    """
    ticket, item = _lock_item(item_uid, by, facts_version)
    if reason not in REASONS_FOR[item.kind]:
        raise ValidationError({"reason": _("Choose one of the reasons in the list.")})
    require_silence(ticket, reader=ticket.claimant, words=words)
    now, before = clock.now(), undo.as_it_was(item)
    if ticket.is_training:
        training.end(ticket, act="returned", by=by, at=now)
        return item
    item.state, item.decided_by, item.decided_at = EvidenceItem.State.RETURNED, by, now
    item.reason, item.words, item.ticks = reason, words.strip(), []
    item.save()
    if ticket.state == State.IN_REVIEW:
        ticket.ask()
    deadlines.give_time(ticket, days=policy_of(ticket)["bare_days"], at=now)
    deadlines.chase(ticket, days=policy_of(ticket)["bare_days"], at=now)
    save_and_record(
        ticket,
        "evidence_returned",
        at=now,
        by=by,
        item=str(item.uid),
        what=item.kind,
        reason=reason,
    )
    told = notify(
        "items_returned",
        at=now,
        ticket=ticket,
        person=ticket.claimant,
        due_at=now + undo.TIME,
        item=str(item.uid),
    )
    advance(ticket, at=now)
    undo.offer(ticket, by=by, act=Undo.Act.RETURNED, at=now, notice=str(told.uid), **before)
    return item


def _lock_item(item_uid: str, by: User, facts_version: int) -> tuple[Ticket, EvidenceItem]:
    ticket_id = EvidenceItem.objects.values_list("ticket_id", flat=True).get(uid=item_uid)
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    require_fresh(ticket, facts_version)
    item = EvidenceItem.objects.get(uid=item_uid)
    looked_at = (EvidenceItem.State.READY, EvidenceItem.State.ACCEPTED)
    if not ticket.is_open or item.state not in looked_at or not item.stands:
        raise TransitionNotAllowed(_("This item cannot be decided any more."))
    return ticket, item
