"""The passwords of staff: checked with equal work for everybody, set with a fresh proof."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import factors, tries
from accounts.models import User


@sensitive_variables()
def check(*, email: str, password: str, network: str, vouched_by: str = "") -> User:
    """Return whose address and password these are.

    Raises ValidationError, alike and after the same work, for an unknown address, a person without
    a password, a closed account and a wrong password; and when there were too many of late.
    """
    tries.spend(email=email, network=network, vouched_by=vouched_by)
    known = User.objects.by_email(email)
    is_right = (known or _nobody()).check_password(password)
    if known is None or not is_right or not known.is_active:
        raise ValidationError(
            _("Address and password do not belong together. Check both, and try again."),
            code="wrong",
        )
    return known


def _nobody() -> User:
    """Return somebody whose password is never right, and takes as long to be found wrong."""
    nobody = User()
    nobody.set_unusable_password()
    return nobody


@transaction.atomic
@sensitive_variables()
def change(*, user: User, password: str) -> None:
    """Set a new password: every session of this person ends, save the one that the door renews.

    The caller has checked the proof and the form the password.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    factors.told(user, "password_changed")


@transaction.atomic
def end_sessions(*, user: User) -> None:
    """End every session of a person, in whichever browser."""
    user.epoch += 1
    user.save(update_fields=["epoch"])
    factors.told(user, "sessions_ended")
