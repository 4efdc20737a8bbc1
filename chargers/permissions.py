"""Who may do what with a charger: plain functions of (charger, user, moment).

Staff and superusers have no right here: every right is a tenure.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

OWNER, SERVICE = "owner", "service"


@dataclass(frozen=True)
class Right:
    """A right to see the PIN: the owner's (through a grant, where there is one), or service."""

    kind: str
    tenure: Any
    grant: Any = None

    @property
    def is_owner(self) -> bool:
        return self.kind == OWNER


def right_of(charger, user, at: datetime) -> Right | None:
    """Return the right by which this person may see the PIN at ``at``, or None."""
    if not user.is_active:
        return None
    return _owner_right(charger, user, at) or _service_right(charger, user, at)


def is_owner(charger, user, at: datetime) -> bool:
    """The registered owner at ``at``."""
    return user.is_active and charger.owner(at) == user


def firm_ids(user, at: datetime) -> list[int]:
    """Return the firms that the person speaks for at ``at``."""
    return list(user.memberships.filter(_current(at)).values_list("firm_id", flat=True))


def _owner_right(charger, user, at: datetime) -> Right | None:
    tenure = charger.owner_tenure(at)
    if tenure is None or tenure.person_id != user.pk:
        return None
    grant = charger.grants.filter(_current(at), tenure=tenure, person=user).first()
    return Right(OWNER, tenure, grant)


def _service_right(charger, user, at: datetime) -> Right | None:
    """Service access on the charger or its installation.

    A hand-over made here ends what service had before it, and a file does not bring it back: the
    new owner may renew it, or an agreed proposal.
    """
    theirs = Q(person=user) | Q(firm__in=firm_ids(user, at))
    places = [charger.tenures]
    if charger.installation_id:
        places.append(charger.installation.tenures)
    for place in places:
        tenure = place.service().current(at).filter(theirs, since_hand_over(charger)).first()
        if tenure:
            return Right(SERVICE, tenure)
    return None


def since_hand_over(charger) -> Q:
    """Tell the service access that counts: all of it, until a hand-over was made here."""
    hand_over = charger.grants.order_by("-starts_at").first()
    if hand_over is None:
        return Q()
    return Q(starts_at__gte=hand_over.starts_at) & ~Q(source__startswith="import")


def _current(at: datetime) -> Q:
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))
