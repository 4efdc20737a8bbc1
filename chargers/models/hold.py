"""What stops a charger from changing hands, told without knowing why."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chargers.models.registry import Charger


class Hold(models.Model):
    """A dispute, freeze or contest that is open on a charger: while one is, nothing begins.

    The reasons and the people live in support; this row is what chargers and PostgreSQL need to
    know (no grant, share or service access begins while one is open: a trigger).
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", _("dispute")
        FREEZE = "freeze", _("freeze")
        CONTEST = "contest", _("contest")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "kind"],
                condition=Q(lifted_at=None),
                name="one_open_hold_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"
