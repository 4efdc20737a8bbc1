"""Freezes: someone may be in danger. Whoever is concerned places one; a safety officer lifts it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import InstallerFirm, User
from chargers.models import Charger
from chargers.services import holds
from records import clock
from support.machine import State
from support.models import Freeze, Ticket
from support.permissions import may_freeze, may_lift
from support.services import training
from support.services.facts import is_bare
from support.services.progress import advance, reroute
from support.services.saving import save_and_record


@transaction.atomic
def freeze_charger(
    *, charger_id: int, by: User | None, firm: InstallerFirm | None = None
) -> Freeze:
    """Freeze a charger: someone may be in danger. What was approved is reopened.

    ``by`` is None for a firm by its link, and for whoever has the stop code of a letter. A party's
    second freeze is a task: it stops nothing until a safety officer confirms it. The caller's own
    right to speak (owner, staff) is checked by the door's service.
    """
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    if by is not None and (planted := training.open_at(charger)):
        return _end_training(planted, by, now)
    open_ = Freeze.objects.filter(charger=charger, lifted_at=None, needs_confirmation=False).first()
    if open_:
        return open_
    mine = Freeze.objects.filter(charger=charger, by=by, firm=firm)
    waiting = mine.filter(lifted_at=None).first()
    again = not _is_staff(by) and _froze_all_before(charger, mine)
    if waiting and again:
        return waiting
    made = {"by": by, "firm": firm, "opened_at": now, "needs_confirmation": again}
    freeze = Freeze.objects.create(charger=charger, **made)
    if not freeze.needs_confirmation:
        _take_hold(charger, at=now, by=by)
    return freeze


def _end_training(ticket: Ticket, by: User, now: datetime) -> Freeze:
    """Nobody is in danger at a planted forgery: no freeze is kept, nobody is called."""
    training.end(ticket, act="frozen", by=by, at=now)
    return Freeze(ticket=ticket, by=by, opened_at=now)


def _froze_all_before(charger: Charger, mine: QuerySet[Freeze]) -> bool:
    """Tell whether an earlier freeze by this party has stopped every request that is open now."""
    last = mine.filter(lifted_at__isnull=False)
    last = last.filter(needs_confirmation=False).order_by("lifted_at").last()
    if last is None:
        return False
    return (
        not Ticket.objects.open().filter(charger=charger, submitted_at__gt=last.lifted_at).exists()
    )


def _is_staff(user: User | None) -> bool:
    return user is not None and user.staff_roles.filter(ends_at=None).exists()


def _take_hold(charger: Charger, *, at: datetime, by: User | None) -> None:
    holds.place(charger=charger, kind="freeze", at=at)
    _record_on_all(charger, "frozen", at=at, by=by)


def _record_on_all(charger: Charger, kind: str, *, at: datetime, by: User | None) -> None:
    """Tell every open ticket of a charger, and let each take the step that follows."""
    open_ = Ticket.objects.open().filter(charger=charger).order_by("pk")
    for pk in open_.values_list("pk", flat=True):
        ticket = Ticket.objects.lock(pk)
        save_and_record(ticket, kind, at=at, by=by, by_what="" if by else "party")
        advance(ticket, at=at)


@transaction.atomic
def freeze_ticket(*, ticket_id: int, by: User) -> Freeze:
    """Freeze one ticket: an agent sees danger there, or its claimant is afraid.

    A claimant who has proved more than the record freezes the charger; a bare one the ticket.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if by.pk != ticket.claimant_id and not may_freeze(by):
        raise PermissionDenied(_("This step is not yours to take."))
    now = clock.now()
    if ticket.is_training:
        return _end_training(ticket, by, now)
    if by.pk == ticket.claimant_id and ticket.charger_id and not is_bare(ticket, now):
        return freeze_charger(charger_id=ticket.charger_id, by=by)
    open_ = ticket.freezes.filter(lifted_at=None, needs_confirmation=False).first()
    if open_:
        return open_
    mine = ticket.freezes.filter(by=by)
    waiting = mine.filter(lifted_at=None).first()
    if waiting:
        return waiting
    again = not _is_staff(by) and mine.exists()
    freeze = Freeze.objects.create(ticket=ticket, by=by, opened_at=now, needs_confirmation=again)
    if not again:
        _stop_ticket(ticket, at=now, by=by)
    return freeze


def _stop_ticket(ticket: Ticket, *, at: datetime, by: User) -> None:
    save_and_record(ticket, "frozen", at=at, by=by)
    advance(ticket, at=at)


@transaction.atomic
def confirm_freeze(*, freeze_id: int, by: User) -> Freeze:
    """A safety officer confirms a party's second freeze: from now on it stops."""
    freeze = _lock_freeze(freeze_id)
    _require_officer(freeze, by)
    if freeze.needs_confirmation and not freeze.lifted_at:
        _confirm(freeze, at=clock.now(), by=by)
    return Freeze.objects.get(pk=freeze.pk)


def _confirm(freeze: Freeze, *, at: datetime, by: User) -> None:
    """Put it in force; where another one is in force already, it is that one's."""
    place = {"charger": freeze.charger, "ticket": freeze.ticket}
    in_force = Freeze.objects.filter(**place, lifted_at=None, needs_confirmation=False)
    if in_force.exists():
        return
    Freeze.objects.filter(pk=freeze.pk).update(needs_confirmation=False)
    if freeze.ticket_id:
        _stop_ticket(Ticket.objects.lock(freeze.ticket_id), at=at, by=by)
    else:
        _take_hold(freeze.charger, at=at, by=by)


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
    if not ticket.is_open:  # it was rejected while frozen, and nobody may be told even now
        save_and_record(ticket, "thawed", at=now, by=by)
        return
    if ticket.fears_owner and not notice_agreed:
        raise ValidationError(
            {"notice_agreed": _("The claimant must agree to a notice first, or you reject it.")}
        )
    afraid = ticket.fears_owner
    ticket.fears_owner = False
    save_and_record(ticket, "thawed", at=now, by=by)
    Freeze.objects.filter(pk=freeze.pk).update(lifted_at=now, lifted_by=by, reason=freeze.reason)
    if afraid and ticket.state != State.SUBMITTED:
        reroute(ticket, at=now, why="notice_agreed")
    else:
        advance(ticket, at=now, changed=False)


def _lock_freeze(freeze_id: int) -> Freeze:
    freeze = Freeze.objects.select_related("charger", "ticket").get(pk=freeze_id)
    charger_id = freeze.charger_id or freeze.ticket.charger_id
    if charger_id:
        Charger.objects.lock(charger_id)
    return Freeze.objects.select_related("charger", "ticket").get(pk=freeze_id)


def _require_officer(freeze: Freeze, by: User) -> None:
    if not may_lift(freeze, by):
        raise PermissionDenied(_("Only a safety officer who is no party may do this."))
