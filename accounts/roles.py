"""Which part a person plays, and who plays it."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User


def has_role(user: User, role: str, at: datetime) -> bool:
    """Tell whether the person holds the staff role at ``at`` (aware). Superusers hold none."""
    return user.pk is not None and holders(role, at).filter(pk=user.pk).exists()


def holders(role: str, at: datetime) -> QuerySet[User]:
    """Return the active people who hold the staff role at ``at`` (aware)."""
    ends_later = Q(staff_roles__ends_at=None) | Q(staff_roles__ends_at__gt=at)
    return User.objects.filter(
        ends_later, staff_roles__role=role, staff_roles__starts_at__lte=at, is_active=True
    ).distinct()
