"""What stops a charger: a dispute (someone with standing says no), a freeze (danger)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm
from chargers.models import Charger
from support.models.ticket import Ticket


class Dispute(models.Model):
    """A charger's one open dispute. The verdict is ticket by ticket; it closes with the last."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="disputes")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    tickets = models.ManyToManyField(Ticket, related_name="disputes")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger"], condition=Q(closed_at=None), name="one_open_dispute"
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.uid}"


class Freeze(models.Model):
    """Someone may be in danger. Of the charger; of one ticket where a bare claimant asked."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(
        Charger, models.PROTECT, null=True, blank=True, related_name="freezes"
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="freezes"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    firm = models.ForeignKey(InstallerFirm, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    # A second freeze by the same party is a task until a safety officer confirms it.
    needs_confirmation = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True, help_text=_("why it was lifted"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(charger=None) ^ Q(ticket=None), name="freeze_of_charger_or_ticket"
            ),
            models.UniqueConstraint(
                fields=["charger"],
                condition=Q(lifted_at=None, needs_confirmation=False),
                name="one_open_freeze_per_charger",
            ),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(lifted_at=None, needs_confirmation=False),
                name="one_open_freeze_per_ticket",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(reason="")),
                name="freeze_lifted_by_a_person_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at"], condition=Q(lifted_at=None), name="freezes_open")
        ]

    def __str__(self) -> str:
        return f"freeze {self.uid}"
