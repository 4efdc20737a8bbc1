"""Stopping and judging: objections, disputes, freezes."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models import Charger
from chargers.services import holds
from records import clock
from support.machine import State
from support.models import Deadline, Decision, Dispute, Freeze, Letter, Ticket
from support.notifications import notify
from support.permissions import may_freeze, may_lift, require
from support.services import deadlines
from support.services.facts import is_bare, rivals
from support.services.progress import advance, put_routing, reroute, void_approvals
from support.services.saving import require_fresh, save_and_record


@transaction.atomic
def object_at_desk(*, ticket_id: int, by: User, words: str) -> Ticket:
    """An agent stops a ticket: stopping is easy, and needs words for whoever judges."""
    if not words.strip():
        raise ValidationError({"words": _("Write why, for the senior who decides.")})
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.object, by)
    return stop(ticket, at=clock.now(), by=by, note=words)


@transaction.atomic
def stop_by_letter(*, letter: Letter) -> Ticket:
    """The stop code of a letter was entered: an objection of the household, without a name."""
    ticket = Ticket.objects.lock(letter.ticket_id)
    if not ticket.is_open:
        raise TransitionNotAllowed(_("This request is closed already: nothing is granted on it."))
    if ticket.state == State.DISPUTED:
        return ticket
    return stop(ticket, at=clock.now(), by_what="party", letter=str(letter.uid))


def stop(
    ticket: Ticket,
    *,
    at: datetime,
    by: User | None = None,
    by_what: str = "",
    note: str = "",
    **data,
) -> Ticket:
    """Send an open ticket into dispute. A bare claim is stopped alone; else the charger is.

    The caller holds the locks and has checked who.
    """
    bare = not ticket.charger_id or is_bare(ticket, at)
    void_approvals(ticket, at=at, why="objection")
    ticket.object()
    kinds = (Deadline.Kind.RELEASE, Deadline.Kind.SILENCE, Deadline.Kind.REMINDER)
    deadlines.cancel(ticket, *kinds, at=at)
    save_and_record(ticket, "objected", at=at, by=by, by_what=by_what, note=note, **data)
    if not bare:
        open_dispute(ticket.charger, [ticket], at=at)
    return ticket


def open_dispute(charger: Charger, tickets: list[Ticket], *, at: datetime) -> Dispute:
    """Return the charger's open dispute, made if there is none, with these tickets in it."""
    dispute = Dispute.objects.filter(charger=charger, closed_at=None).first()
    dispute = dispute or Dispute.objects.create(charger=charger, opened_at=at)
    dispute.tickets.add(*tickets)
    holds.place(charger=charger, kind="dispute", at=at)
    return dispute


def join_rivals(ticket: Ticket, *, at: datetime) -> bool:
    """Two claims on one charger that are both more than bare become one dispute. True if so."""
    if not ticket.charger_id or not ticket.is_open or is_bare(ticket, at):
        return False
    others = rivals(ticket, at)
    if not others:
        return False
    for each in (ticket, *(Ticket.objects.lock(other.pk) for other in others)):
        if each.state != State.DISPUTED:
            stop(each, at=at, by_what="system", rival=True)
    open_dispute(ticket.charger, [ticket, *others], at=at)
    return True


@transaction.atomic
def decide(
    *,
    ticket_id: int,
    by: User,
    facts_version: int,
    uphold: bool,
    words: str,
    words_to_objector: str = "",
    note: str = "",
    reason: str = "objection",
) -> Ticket:
    """Judge one ticket of a dispute: uphold the objection (rejected) or dismiss it (in review).

    Each side gets its own words. Raises ValidationError without words to the claimant when the
    objection is upheld, PermissionDenied for a party or an approver, Stale.
    """
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.uphold, by)
    require_fresh(ticket, facts_version)
    if uphold and not words.strip():
        raise ValidationError({"words": _("Write the reason, in words for the claimant.")})
    now = clock.now()
    kind = Decision.Kind.UPHELD if uphold else Decision.Kind.DISMISSED
    Decision.objects.create(
        ticket=ticket,
        kind=kind,
        by=by,
        at=now,
        reason=reason if uphold else "",
        words=words,
        words_to_objector=words_to_objector,
        note=note,
    )
    if uphold:
        ticket.uphold(reason=reason, at=now)
        deadlines.cancel(ticket, at=now)
        save_and_record(ticket, "objection_upheld", at=now, by=by)
        notify("rejected", at=now, ticket=ticket, person=ticket.claimant, reason=reason)
    else:
        ticket.dismiss()
        ticket.answers.filter(void_at=None, dispute__isnull=False).update(void_at=now)
        save_and_record(ticket, "objection_dismissed", at=now, by=by)
    close_if_judged(ticket, at=now)
    if ticket.state == State.SUBMITTED:
        put_routing(ticket, at=now)
        return ticket
    return advance(ticket, at=now)


def close_if_judged(ticket: Ticket, *, at: datetime) -> None:
    """Close the charger's open dispute when no ticket in it is disputed any more."""
    for dispute in Dispute.objects.filter(charger=ticket.charger_id, closed_at=None):
        if dispute.tickets.filter(state=State.DISPUTED).exists():
            continue
        Dispute.objects.filter(pk=dispute.pk).update(closed_at=at)
        holds.lift(charger=ticket.charger, kind="dispute", at=at)
        dispute.objections.filter(void_at=None).update(void_at=at)


@transaction.atomic
def freeze_charger(*, charger_id: int, by: User, ticket: Ticket | None = None) -> Freeze:
    """Freeze a charger: someone may be in danger. What was approved is reopened.

    A party's second freeze is a task: it stops nothing until a safety officer confirms it. The
    caller's own right to speak (owner, staff) is checked by the door's service.
    """
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    open_ = Freeze.objects.filter(charger=charger, lifted_at=None, needs_confirmation=False).first()
    if open_:
        return open_
    again = Freeze.objects.filter(charger=charger, by=by).exists()
    freeze = Freeze.objects.create(
        charger=charger, by=by, opened_at=now, needs_confirmation=again and not _is_staff(by)
    )
    if not freeze.needs_confirmation:
        _take_hold(charger, at=now, by=by)
    return freeze


def _is_staff(user: User) -> bool:
    return user.staff_roles.filter(ends_at=None).exists()


def _take_hold(charger: Charger, *, at: datetime, by: User) -> None:
    holds.place(charger=charger, kind="freeze", at=at)
    _record_on_all(charger, "frozen", at=at, by=by)


def _record_on_all(charger: Charger, kind: str, *, at: datetime, by: User) -> None:
    """Tell every open ticket of a charger, and let each take the step that follows."""
    open_ = Ticket.objects.open().filter(charger=charger).order_by("pk")
    for pk in open_.values_list("pk", flat=True):
        ticket = Ticket.objects.lock(pk)
        save_and_record(ticket, kind, at=at, by=by)
        advance(ticket, at=at)


@transaction.atomic
def freeze_ticket(*, ticket_id: int, by: User) -> Freeze:
    """A claimant is afraid, or an agent sees danger on one ticket: it alone is frozen."""
    ticket = Ticket.objects.lock(ticket_id)
    if by.pk != ticket.claimant_id and not may_freeze(by):
        raise PermissionDenied(_("This step is not yours to take."))
    now = clock.now()
    open_ = ticket.freezes.filter(lifted_at=None, needs_confirmation=False).first()
    if open_:
        return open_
    freeze = Freeze.objects.create(ticket=ticket, by=by, opened_at=now)
    save_and_record(ticket, "frozen", at=now, by=by)
    advance(ticket, at=now)
    return freeze


@transaction.atomic
def confirm_freeze(*, freeze_id: int, by: User) -> Freeze:
    """A safety officer confirms a party's second freeze: from now on it stops."""
    freeze = _lock_freeze(freeze_id)
    _require_officer(freeze, by)
    if freeze.needs_confirmation and not freeze.lifted_at:
        Freeze.objects.filter(pk=freeze.pk).update(needs_confirmation=False)
        _take_hold(freeze.charger, at=clock.now(), by=by)
    return Freeze.objects.get(pk=freeze.pk)


@transaction.atomic
def review(*, freeze_id: int, by: User) -> Freeze:
    """A safety officer has looked at a freeze today and leaves it in force."""
    freeze = _lock_freeze(freeze_id)
    _require_officer(freeze, by)
    Freeze.objects.filter(pk=freeze.pk, lifted_at=None).update(reviewed_at=clock.now())
    return Freeze.objects.get(pk=freeze.pk)


@transaction.atomic
def lift(*, freeze_id: int, by: User, reason: str, notice_agreed: bool = False) -> Freeze:
    """Lift a freeze, with a reason. Only a safety officer who is no party may.

    A ticket frozen because its claimant fears the registered person goes on only when the
    claimant has agreed to a notice (``notice_agreed``): else the officer rejects it.
    """
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the freeze is lifted.")})
    freeze = _lock_freeze(freeze_id)
    _require_officer(freeze, by)
    now = clock.now()
    if freeze.lifted_at:
        return freeze
    freeze.lifted_at, freeze.lifted_by, freeze.reason = now, by, reason.strip()
    if freeze.ticket_id:
        _thaw_ticket(freeze, by, now, notice_agreed)
    freeze.save(update_fields=["lifted_at", "lifted_by", "reason"])
    if freeze.charger_id and not freeze.needs_confirmation:
        holds.lift(charger=freeze.charger, kind="freeze", at=now)
        _record_on_all(freeze.charger, "thawed", at=now, by=by)
    return freeze


def _thaw_ticket(freeze: Freeze, by: User, now: datetime, notice_agreed: bool) -> None:
    ticket = Ticket.objects.lock(freeze.ticket_id)
    if ticket.fears_owner and not notice_agreed:
        raise ValidationError(
            {"notice_agreed": _("The claimant must agree to a notice first, or you reject it.")}
        )
    afraid = ticket.fears_owner
    ticket.fears_owner = False
    save_and_record(ticket, "thawed", at=now, by=by)
    if afraid and ticket.is_open and ticket.state != State.SUBMITTED:
        Freeze.objects.filter(pk=freeze.pk).update(
            lifted_at=now, lifted_by=by, reason=freeze.reason
        )
        reroute(ticket, at=now, why="notice_agreed")


def _lock_freeze(freeze_id: int) -> Freeze:
    freeze = Freeze.objects.select_related("charger", "ticket").get(pk=freeze_id)
    charger_id = freeze.charger_id or freeze.ticket.charger_id
    if charger_id:
        Charger.objects.lock(charger_id)
    return Freeze.objects.select_related("charger", "ticket").get(pk=freeze_id)


def _require_officer(freeze: Freeze, by: User) -> None:
    if not may_lift(freeze, by):
        raise PermissionDenied(_("Only a safety officer who is no party may do this."))
