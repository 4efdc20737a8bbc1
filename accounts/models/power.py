"""What gives a person power, or takes a guard away from them: never one person's doing."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Role

_DAY = timedelta(hours=24)


class PowerChange(models.Model):
    """A new part at the desk, or a reset of someone's second factors.

    One administrator proposes, another agrees, a day passes, then it takes effect; anybody of them,
    and the person it is about, can cancel it until then. PostgreSQL holds it to that (guards.py).
    """

    class Kind(models.TextChoices):
        ROLE = "role", _("a new part")
        RESET = "reset", _("new second factors")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="role", role__in=Role.values) | Q(kind="reset", role=""),
                name="power_change_says_what",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by=F("subject"))
                & (
                    Q(agreed_by=None)
                    | (~Q(agreed_by=F("proposed_by")) & ~Q(agreed_by=F("subject")))
                ),
                name="power_is_given_by_two_others",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_at=None, due_at=None, done_at=None)
                | Q(
                    agreed_by__isnull=False,
                    agreed_at__isnull=False,
                    due_at__gte=F("agreed_at") + _DAY,
                ),
                name="power_waits_a_day",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(cancelled_at=None),
                name="power_change_done_or_cancelled",
            ),
            models.UniqueConstraint(
                fields=["subject", "kind", "role"],
                condition=Q(done_at=None, cancelled_at=None),
                name="one_open_power_change_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.role} {self.uid}"
