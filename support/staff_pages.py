"""Which pages a member of staff works on, for the menu and for where they start."""

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.roles import roles_of
from support.permissions import DESK
from support.services.alerts import READERS


class Page(NamedTuple):
    """An address and what the menu calls it."""

    url: str
    label: str


def pages_of(user: User, at: datetime) -> list[Page]:
    """Return the pages of this person's parts at ``at``, the one to start on first."""
    roles = roles_of(user, at)
    pages = []
    if roles & set(DESK):
        pages.append(Page(reverse("support:desk"), _("Queue")))
    if roles & {Role.ADMINISTRATOR, Role.SENIOR}:
        pages.append(Page(reverse("chargers:proposals"), _("Proposals")))
    elif Role.AGENT in roles:
        pages.append(Page(reverse("chargers:propose", args=["owner-contact"]), _("Propose")))
    if roles & {Role.AUDITOR, Role.PRIVACY_OFFICER}:
        pages.append(Page(reverse("chargers:find-exposure"), _("Exposure register")))
        pages.append(Page(reverse("support:audit"), _("Who saw what")))
    if roles & {Role.ADMINISTRATOR, Role.SENIOR}:
        pages.append(Page(reverse("support:policies"), _("Policies")))
    if Role.PRIVACY_OFFICER in roles:
        pages.append(Page(reverse("support:privacy-find"), _("A person's data")))
    if roles & set(READERS):
        pages.append(Page(reverse("support:alerts"), _("Alerts")))
    if roles & {Role.SENIOR, Role.AUDITOR, Role.ADMINISTRATOR}:
        pages.append(Page(reverse("support:reports"), _("Reports")))
    if Role.ADMINISTRATOR in roles:
        pages.append(Page(reverse("support:people"), _("People")))
    if roles and user.is_staff:
        pages.append(Page(reverse("admin:index"), _("Records")))
    return pages
