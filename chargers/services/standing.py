"""May this person see this PIN just now, and if not, why not: reads only."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ContactPoint, User
from chargers.models import Charger, Hold, Pin, Reveal, Tenure
from chargers.permissions import Right, right_of
from chargers.refusals import (
    ContactChanged,
    NoPin,
    NotFresh,
    Paused,
    TooMany,
    Unestablished,
)

FRESH = timedelta(minutes=5)
DAY = timedelta(hours=24)
ESTABLISHING = timedelta(hours=72)
CONTACT_REST = timedelta(days=30)
LOOKS_A_DAY = 5
SERVICE_CHARGERS_A_DAY = 10


def why_not(charger: Charger, user: User, at: datetime) -> str | None:
    """Return in plain words why this person does not see the PIN at ``at``; None when they do."""
    right = right_of(charger, user, at)
    if right is None:
        return _("Only the registered owner sees this PIN, and an installer with a job here.")
    try:
        require_open(charger=charger, user=user, right=right, at=at)
        pin_of(charger)
        require_looks_left(charger=charger, user=user, right=right, at=at)
    except (Paused, ContactChanged, Unestablished, NoPin, TooMany) as refusal:
        return str(refusal)
    return None


def why_not_share(charger: Charger, user: User, at: datetime) -> str | None:
    """Return in plain words why this person cannot share the PIN at ``at``; None when they can."""
    right = right_of(charger, user, at)
    if right is None or not right.is_owner:
        return _("Only the registered owner can share this PIN.")
    try:
        if charger.open_holds().exists():
            raise Paused
        require_open(charger=charger, user=user, right=right, at=at)
        pin_of(charger)
    except (Paused, ContactChanged, Unestablished, NoPin) as refusal:
        return str(refusal)
    return None


def require_fresh(authenticated_at: datetime | None) -> None:
    """Raise NotFresh unless the sign-in is at most 5 minutes old, by the sessions' real clock."""
    if authenticated_at is None or timezone.now() - authenticated_at > FRESH:
        raise NotFresh


def require_open(*, charger: Charger, user: User, right: Right, at: datetime) -> None:
    """Raise Paused, ContactChanged or Unestablished when one of them stands in the way."""
    holds = set(charger.open_holds().values_list("kind", flat=True))
    unestablished = right.is_owner and not right.tenure.established
    if holds and (not right.is_owner or unestablished or Hold.Kind.CONTEST in holds):
        raise Paused
    if contact_changed(user, at) or (not right.is_owner and firm_changed(right.tenure, at)):
        raise ContactChanged
    if unestablished:
        ready = ready_at(charger, right.tenure)
        if ready is None or ready > at:
            raise Unestablished(ready)


def contact_changed(user: User, at: datetime) -> bool:
    """Tell whether a mail or post address of the person was changed in the last 30 days.

    The first that a source names is no change; whatever a proposal brought is one.
    """
    return points_changed(list(ContactPoint.objects.filter(user=user).order_by("-valid_from")), at)


def points_changed(points: list[ContactPoint], at: datetime) -> bool:
    """Tell the same of all the contact points of one person, the newest first."""
    return any(
        _is_new([point for point in points if point.kind == kind], at)
        for kind in (ContactPoint.Kind.EMAIL, ContactPoint.Kind.POST)
    )


def _is_new(points: list[ContactPoint], at: datetime) -> bool:
    """Tell whether the first, newest one replaced another one in the last 30 days."""
    if not points or points[0].valid_from <= at - CONTACT_REST:
        return False
    proposed = points[0].source.startswith("proposal:")
    return proposed or any(point.value != points[0].value for point in points)


def firm_changed(tenure: Tenure, at: datetime) -> bool:
    """Tell whether the contact of a tenure's firm was changed in the last 30 days."""
    changed_at = tenure.firm_id and tenure.firm.contact_changed_at
    return bool(changed_at) and changed_at > at - CONTACT_REST


def ready_at(charger: Charger, tenure: Tenure) -> datetime | None:
    """Return when an owner known only from an import is established; None: nothing has begun.

    72 hours from the notice, and again from the end of every hold that came in between.
    """
    if tenure.established:
        return tenure.established_at
    since = tenure.establishing_since
    if since is None:
        return None
    lifted_at = charger.holds.aggregate(last=Max("lifted_at"))["last"]
    return max(since, lifted_at or since) + ESTABLISHING


def pin_of(charger: Charger) -> Pin:
    """Return the sealed PIN. Raises NoPin when we hold none."""
    pin = Pin.objects.filter(charger=charger).first()
    if pin is None:
        raise NoPin
    return pin


def require_looks_left(*, charger: Charger, user: User, right: Right, at: datetime) -> None:
    """Raise TooMany after 5 looks at a charger in 24 h, or 10 chargers of a service person."""
    looks = Reveal.objects.filter(person=user, at__gt=at - DAY)
    if looks.filter(charger=charger).count() >= LOOKS_A_DAY:
        raise TooMany(_("You have looked at this PIN five times in 24 hours. Try again tomorrow."))
    if right.is_owner:
        return
    others = looks.filter(tenure__role=Tenure.Role.SERVICE_ACCESS).exclude(charger=charger)
    if others.values("charger").distinct().count() >= SERVICE_CHARGERS_A_DAY:
        raise TooMany(_("Ten chargers in 24 hours is the most a service person may look at."))
