"""Alerts: something that administrators and auditors must look into, told once, kept until seen."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import User
from records import clock, events, outbox
from records.models import Alert

SHORTEST_NOTE, LONGEST_NOTE = 3, 1_000


@transaction.atomic
def raise_alert(
    kind: str, subject: str, *, at: datetime | None = None, actor: User | None = None, **data
) -> Alert:
    """Raise an alert, or count up the open one of this kind and subject; return it.

    ``subject`` names what it is about, e.g. ``charger:<uid>`` or ``person:<uid>``; ``actor`` is
    whose doing it is, where that is known; ``data`` takes ids, codes and numbers. ``at`` (default:
    now) is the moment of the cause. Administrators and auditors get one mail when it is new, none
    for repeats. Words for the page are in support/alert_words.py: a kind needs a line there.

    It is part of the caller's transaction: raise it outside one that will be rolled back. While a
    GET is answered it raises ChangedBySafeMethod; what reads cause is found later, in the records
    of reads (support/services/watch.py).
    """
    at = at or clock.now()
    if found := _count_up(kind, subject, at, data):
        return found
    fresh = Alert(kind=kind, subject=subject, actor=actor, data=data, raised_at=at, last_at=at)
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError:  # somebody else raised it at the same moment
        again = {"at": at, "actor": actor, **data}
        return _count_up(kind, subject, at, data) or raise_alert(kind, subject, **again)
    events.record(fresh.stream, "alert_raised", at=at, actor=actor, alert=kind, about=subject)
    outbox.put("alert", fresh.stream, at=clock.now(), alert_uid=fresh.uid)
    return fresh


@transaction.atomic
def acknowledge(*, uid: str, by: User, note: str) -> Alert:
    """Close an alert with a note (3 to 1,000 signs) of what was found; the next cause is a new one.

    Who may do so is the caller's to ask, but nobody closes an alert about their own doing. Raises
    PermissionDenied for that, TransitionNotAllowed when it is closed, ValidationError for the note.
    """
    note = note.strip()
    if not SHORTEST_NOTE <= len(note) <= LONGEST_NOTE:
        raise ValidationError({"note": _("Write what you found, in 3 to 1,000 signs.")})
    alert = Alert.objects.select_for_update(no_key=True).get(uid=uid)
    if by.pk == alert.actor_id:
        raise PermissionDenied(_("It is about what you did: somebody else looks into it."))
    if alert.acknowledged_at:
        raise TransitionNotAllowed(_("Somebody has looked into it already."))
    at = clock.now()
    event = events.record(alert.stream, "alert_acknowledged", at=at, actor=by, note=note)
    alert.acknowledged_at, alert.acknowledged_by = at, by
    alert.note = events.note_of(event)
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    return alert


def last_of(kind: str, subject: str) -> Alert | None:
    """Return the newest alert of a kind about a subject, open or not."""
    return Alert.objects.filter(kind=kind, subject=subject).order_by("-pk").first()


def _count_up(kind: str, subject: str, at: datetime, data: dict) -> Alert | None:
    """Add one to the open alert, if there is one."""
    alike = Alert.objects.filter(kind=kind, subject=subject, acknowledged_at=None)
    if not alike.update(times=F("times") + 1, last_at=Greatest("last_at", at), data=data):
        return None
    return alike.first()
