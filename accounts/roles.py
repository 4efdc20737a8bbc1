"""Which parts a member of staff plays, at a given moment of the clock of the deadlines."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import PowerChange, Role, StaffRole, User

# In SQL, as ``_open`` says it: asked with every page and act of the desk.
_ROLES = """
    SELECT role FROM accounts_staffrole r JOIN accounts_user u ON u.id = r.user_id
    WHERE r.user_id = %(user)s AND u.is_active
        AND r.starts_at <= %(at)s AND (r.ends_at IS NULL OR r.ends_at > %(at)s)
"""


def _open(at: datetime) -> QuerySet[StaffRole]:
    begun = StaffRole.objects.filter(starts_at__lte=at, user__is_active=True)
    return begun.filter(Q(ends_at=None) | Q(ends_at__gt=at))


def has_role(user: User, role: str, at: datetime) -> bool:
    """Say whether a person plays this part at ``at``; someone disabled plays none."""
    return role in roles_of(user, at)


def is_staff(user: User, at: datetime) -> bool:
    """Say whether a person plays any part at ``at``."""
    return bool(roles_of(user, at))


def roles_of(user: User, at: datetime) -> set[str]:
    """Return all the parts a person plays at ``at``.

    Kept with this very object for this very moment: a page is read at one, a command never twice
    at the same.
    """
    if not user.pk:
        return set()
    known = getattr(user, "roles_at", None)
    if known is None or known[0] != at:
        with connection.cursor() as cursor:
            cursor.execute(_ROLES, {"user": user.pk, "at": at})
            known = (at, {role for (role,) in cursor.fetchall()})
        user.roles_at = known
    return set(known[1])


def holders(role: str, at: datetime) -> QuerySet[User]:
    """Return the people who play this part at ``at``, the longest-known first."""
    return User.objects.filter(pk__in=_open(at).filter(role=role).values("user")).order_by("pk")


def begin(
    *,
    user: User,
    role: str,
    at: datetime,
    change: PowerChange | None = None,
    using: str = "default",
) -> StaffRole:
    """Give a person a part from ``at`` on; one they play already stays as it is.

    Only an agreed ``change`` that is due lets the application do so (support/services/power.py);
    without one it takes the connection of the role that owns the tables.
    """
    with transaction.atomic(using=using):
        row, _made = StaffRole.objects.using(using).get_or_create(
            user_id=user.pk,
            role=Role(role),
            ends_at=None,
            defaults={"starts_at": at, "change": change},
        )
    user.roles_at = None
    return row


@transaction.atomic
def end(*, user: User, role: str, at: datetime) -> bool:
    """End a part at ``at``: from the next request on it gives no right. False if not played."""
    user.roles_at = None
    return bool(StaffRole.objects.filter(user=user, role=role, ends_at=None).update(ends_at=at))
