"""New parts at the desk, and resets of second factors: two administrators, a day, and an alert."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import factors, roles
from accounts.models import PowerChange, Role, User
from records import alerts, clock, events, outbox
from support import permissions
from support.notifications import notify

WAIT = timedelta(hours=24)
SHORTEST_REASON, LONGEST_REASON = 10, 1_000
_ALERTS = {PowerChange.Kind.ROLE: "role_given", PowerChange.Kind.RESET: "factor_reset"}


@transaction.atomic
def propose(*, email: str, kind: str, by: User, reason: str, role: str = "") -> PowerChange:
    """Propose a new part (``kind`` role) or new second factors (reset) for somebody.

    A person nobody knows yet is made. Raises PermissionDenied for anyone but an administrator, and
    for oneself; ValidationError, by field, for what cannot be: a part played already, a reset for
    somebody without factors, the same proposal twice, a reason not of 10 to 1,000 signs.
    """
    require_administrator(by)
    at, subject = clock.now(), _subject(email, kind)
    if subject == by:
        raise PermissionDenied(_("Not for yourself: another administrator proposes it."))
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValidationError({"reason": _("Write why, in 10 to 1,000 signs.")})
    _require_sense(subject, kind, role, at)
    change = PowerChange.objects.create(
        kind=kind, subject=subject, role=role, proposed_by=by, proposed_at=at
    )
    _record(change, "power_proposed", at, by, note=reason)
    about = {"at": at, "actor": by, "change": str(change.uid), "role": role}
    alerts.raise_alert(_ALERTS[kind], f"person:{subject.uid}", **about)
    _tell(change, "proposed", at, [subject])
    return change


def _subject(email: str, kind: str) -> User:
    user = User.objects.by_email(email)
    if user is None and kind == PowerChange.Kind.ROLE:
        return User.objects.create_user(email)
    if user is None or not user.is_active:
        raise ValidationError({"email": _("Nobody with this address is on record, or active.")})
    return user


def _require_sense(subject: User, kind: str, role: str, at: datetime) -> None:
    if kind == PowerChange.Kind.ROLE:
        if role not in Role.values:
            raise ValidationError({"role": _("Choose the part.")})
        if roles.has_role(subject, role, at):
            raise ValidationError({"role": _("They play this part already.")})
    elif not factors.of(subject).exists():
        raise ValidationError({"email": _("They have no second factor that could be lost.")})
    same = {"subject": subject, "kind": kind, "role": role}
    if PowerChange.objects.filter(**same, done_at=None, cancelled_at=None).exists():
        raise ValidationError({"email": _("The same is proposed already.")})


@transaction.atomic
def agree(*, uid: str, by: User) -> PowerChange:
    """Say the second yes; it takes effect a day later unless somebody cancels it.

    Raises PermissionDenied for anyone but an administrator who neither proposed it nor gains by
    it, TransitionNotAllowed when it is agreed to, done or cancelled.
    """
    require_administrator(by)
    change = _lock(uid)
    if by.pk in (change.proposed_by_id, change.subject_id):
        raise PermissionDenied(_("Another administrator agrees: not who proposed it or gets it."))
    if change.agreed_at or not is_open(change):
        raise TransitionNotAllowed(_("It is not waiting for a second yes."))
    at = clock.now()
    change.agreed_by, change.agreed_at, change.due_at = by, at, at + WAIT
    change.save(update_fields=["agreed_by", "agreed_at", "due_at"])
    _record(change, "power_agreed", at, by)
    key = f"power:{change.uid}"
    outbox.put("power_change", key, at=at, due_at=change.due_at, change_uid=change.uid)
    _tell(change, "agreed", at, [change.subject, *roles.holders(Role.ADMINISTRATOR, at)])
    return change


@transaction.atomic
def cancel(*, uid: str, by: User) -> PowerChange:
    """Stop a change before it takes effect: any administrator, or whom it is about."""
    change = _lock(uid)
    if by.pk != change.subject_id:
        require_administrator(by)
    if not is_open(change):
        raise TransitionNotAllowed(_("It is done or cancelled already."))
    at = clock.now()
    change.cancelled_by, change.cancelled_at = by, at
    change.save(update_fields=["cancelled_by", "cancelled_at"])
    _record(change, "power_cancelled", at, by)
    _tell(change, "cancelled", at, {change.subject, change.proposed_by} - {by})
    return change


@transaction.atomic
def apply_from_outbox(*, key: str, change_uid: str) -> None:
    """Outbox handler: the day is over. One cancelled or done meanwhile is left alone."""
    change, at = _lock(change_uid), clock.now()
    if not is_open(change) or change.due_at is None:
        return
    if change.due_at > at:
        raise TransitionNotAllowed(f"{change} is not due yet")
    if change.kind == PowerChange.Kind.ROLE:
        roles.begin(user=change.subject, role=change.role, at=at, change=change)
    else:
        factors.reset(user=change.subject)
    change.done_at = at
    change.save(update_fields=["done_at"])
    _record(change, "power_changed", at)
    _tell(change, "done", at, [change.subject])


@transaction.atomic
def end(*, user_uid: str, role: str, by: User) -> bool:
    """End somebody's part at once: taking power away needs one administrator and no waiting.

    Raises TransitionNotAllowed when too few administrators would be left to agree on anything.
    """
    require_administrator(by)
    user, at = User.objects.get(uid=user_uid), clock.now()
    others = roles.holders(Role.ADMINISTRATOR, at).exclude(pk=user.pk)
    if role == Role.ADMINISTRATOR and others.count() < 2:
        raise TransitionNotAllowed(_("Two administrators have to be left: name another first."))
    ended = roles.end(user=user, role=role, at=at)
    if ended:
        events.record(f"person:{user.uid}", "role_ended", at=at, actor=by, role=role)
    return ended


def is_open(change: PowerChange) -> bool:
    """Say whether a change can still be stopped."""
    return change.done_at is None and change.cancelled_at is None


def changes() -> QuerySet[PowerChange]:
    """Return the changes that are open, the newest first."""
    people = ("subject", "proposed_by", "agreed_by")
    rows = PowerChange.objects.filter(done_at=None, cancelled_at=None)
    return rows.select_related(*people).order_by("-proposed_at")


def require_administrator(by: User) -> None:
    if not permissions.plays(by, Role.ADMINISTRATOR):
        raise PermissionDenied(_("People and their parts are an administrator's."))


def _lock(uid: str) -> PowerChange:
    rows = PowerChange.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("subject", "proposed_by").get(uid=uid)


def _record(
    change: PowerChange, kind: str, at: datetime, by: User | None = None, note: str = ""
) -> None:
    about = {"change": change.uid, "what": change.kind, "role": change.role}
    by_what = "person" if by else "clock"
    stream = f"person:{change.subject.uid}"
    events.record(stream, kind, at=at, actor=by, by_what=by_what, note=note, **about)


def _tell(change: PowerChange, step: str, at: datetime, people) -> None:
    """Mail each of them once, whatever parts they play."""
    for person in {person.pk: person for person in people}.values():
        if person.email:
            notify("power_change", at=at, person=person, change=change.uid, step=step)
