"""Who held which role, and when."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm
from chargers.models.registry import Charger, Installation


class Period(Func):
    """The half-open range from ``starts_at`` up to, not including, ``ends_at``."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class TenureQuerySet(models.QuerySet):
    def current(self, at) -> "TenureQuerySet":
        """Tenures that hold at ``at``: started, and not yet ended."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)

    def owners(self) -> "TenureQuerySet":
        return self.filter(role=Tenure.Role.OWNER)

    def service(self) -> "TenureQuerySet":
        return self.filter(role=Tenure.Role.SERVICE_ACCESS)

    def on(self, charger: Charger) -> "TenureQuerySet":
        """Tenures on this charger, or on the installation that it belongs to."""
        return self.at(charger.pk, charger.installation_id)

    def at(self, charger_id: int, installation_id: int | None) -> "TenureQuerySet":
        """The same by their keys."""
        here = Q(charger=charger_id)
        if installation_id:
            here |= Q(installation=installation_id)
        return self.filter(here)


class Tenure(models.Model):
    """A role that somebody held from ``starts_at`` up to, not including, ``ends_at``."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        SERVICE_ACCESS = "service_access", _("service access")
        CHARGING_USER = "charging_user", _("charging user")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    charger = models.ForeignKey(
        Charger, models.PROTECT, null=True, blank=True, related_name="tenures"
    )
    installation = models.ForeignKey(
        Installation, models.PROTECT, null=True, blank=True, related_name="tenures"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tenures"
    )
    firm = models.ForeignKey(
        InstallerFirm, models.PROTECT, null=True, blank=True, related_name="tenures"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=80, help_text=_("import, proposal or ticket it came from"))
    # An owner known only from an import is unestablished: first look, share or hand-over waits
    # 72 h after a notice to every channel on record (design.md, "Who sees a PIN").
    establishing_since = models.DateTimeField(null=True, blank=True)
    established_at = models.DateTimeField(null=True, blank=True)
    # Proof that the maker's side has followed is awaited after a hand-over here.
    proof_awaited = models.BooleanField(default=False)

    objects = TenureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="tenure_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(charger=None) ^ Q(installation=None),
                name="tenure_on_charger_or_installation",
            ),
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(firm=None), name="tenure_of_person_or_firm"
            ),
            models.CheckConstraint(
                condition=~Q(role="owner") | Q(charger__isnull=False, person__isnull=False),
                name="owner_tenure_is_a_persons_on_a_charger",
            ),
            ExclusionConstraint(
                name="one_owner_at_a_time",
                expressions=[
                    ("charger", RangeOperators.EQUAL),
                    (
                        Period("starts_at", "ends_at", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(role="owner"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.uid}"

    @property
    def last_moment(self) -> datetime | None:
        """The last second inside the period: its day, at the place, is the last day."""
        return self.ends_at - timedelta(seconds=1) if self.ends_at else None

    @property
    def established(self) -> bool:
        return self.established_at is not None
