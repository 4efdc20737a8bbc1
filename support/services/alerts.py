"""Who is told of an alert, and who may look into it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.roles import holders
from records import alerts, clock
from records.models import Alert
from support import permissions
from support.models import Notice
from support.notifications import notify

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


def require_reader(user: User) -> None:
    """Raise PermissionDenied for anyone but administrators and auditors."""
    if not permissions.plays(user, *READERS):
        raise PermissionDenied(_("Alerts are for administrators and auditors."))


def acknowledge(*, uid: str, by: User, note: str) -> Alert:
    """Close an alert as administrator or auditor, with a note of what was found.

    Raises PermissionDenied for anyone else and for one's own doing, TransitionNotAllowed when it
    is closed already, ValidationError for a note too short or too long.
    """
    require_reader(by)
    return alerts.acknowledge(uid=uid, by=by, note=note)


def rows(*, closed: bool) -> QuerySet[Alert]:
    """Return the open alerts, or those that somebody has looked into, the latest first."""
    found = Alert.objects.filter(acknowledged_at__isnull=not closed)
    return found.select_related("actor", "acknowledged_by", "note").order_by("-last_at", "-pk")


@transaction.atomic
def send_from_outbox(*, key: str, alert_uid: str) -> None:
    """Outbox handler: mail every administrator and auditor of the moment, once."""
    now = clock.now()
    for person in _readers(now):
        told = Notice.objects.filter(kind="alert_raised", person=person, data__alert=alert_uid)
        if not told.exists():
            notify("alert_raised", at=now, person=person, alert=alert_uid)


def _readers(at: datetime) -> list[User]:
    """Return whom to tell; each once, whatever parts they play."""
    found = {person.pk: person for role in READERS for person in holders(role, at)}
    return list(found.values())
