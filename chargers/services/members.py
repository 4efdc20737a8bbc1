"""Who speaks for a firm: begun by an agreed proposal only, ended by one person at once."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import FirmMember, InstallerFirm, Role, User, normalise_email
from accounts.roles import has_role
from records import clock, events


def begin(*, firm: InstallerFirm, at: datetime, email: str, name: str = "") -> FirmMember:
    """Let a person speak for a firm from ``at`` on; one nobody knows yet is made, unproved.

    PostgreSQL lets the application do so only by an agreed proposal that is due (guards.py).
    Raises ValidationError for a bad address or somebody who was disabled.
    """
    email = normalise_email(email)
    validate_email(email)
    person = User.objects.by_email(email) or User.objects.create_user(email, name=name)
    if not person.is_active:
        raise ValidationError(_("This person's account is disabled."))
    row, _made = FirmMember.objects.get_or_create(
        firm=firm, user=person, ends_at=None, defaults={"starts_at": at}
    )
    return row


@transaction.atomic
def end(*, firm_uid: str, person_uid: str, by: User) -> bool:
    """End a membership at once: taking power away needs one person and no waiting.

    Returns False when it had ended before. Raises PermissionDenied for anyone but an
    administrator or a senior.
    """
    at = clock.now()
    if not (has_role(by, Role.ADMINISTRATOR, at) or has_role(by, Role.SENIOR, at)):
        raise PermissionDenied(_("Memberships are ended by administrators and seniors."))
    mine = current().filter(firm__uid=firm_uid, user__uid=person_uid)
    if not mine.update(ends_at=at):
        return False
    events.record(f"firm:{firm_uid}", "member_ended", at=at, actor=by, person=str(person_uid))
    return True


def current() -> QuerySet[FirmMember]:
    """Return the memberships that have not ended, firm by firm."""
    return FirmMember.objects.filter(ends_at=None).order_by("firm__name", "firm", "user__name")
