"""Training: a planted forgery among the tickets, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class TrainingCase(models.Model):
    """A forgery that we planted: what is wrong with it, and whether it was caught."""

    class Trap(models.TextChoices):
        OTHER_SERIAL = "other_serial", _("The label in the photo has another serial number.")
        OTHER_CODE = "other_code", _("The code beside the label is another request's.")
        OTHER_BUYER = "other_buyer", _("The agreement names another buyer.")
        OTHER_ADDRESS = "other_address", _("The agreement is about another address.")
        UNSIGNED = "unsigned", _("The agreement is not signed.")

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="training")
    trap = models.CharField(max_length=20, choices=Trap.choices)
    planted_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    act = models.CharField(max_length=12, blank=True, help_text=_("what ended it"))
    caught = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, caught=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False, caught__isnull=False),
                name="training_decided_by_a_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["decided_at"],
                condition=Q(decided_at__isnull=False),
                name="training_by_decision",
            )
        ]

    def __str__(self) -> str:
        return f"training {self.ticket_id}"
