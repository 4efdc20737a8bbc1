"""Whom a firm named as its customer, before anybody has asked for the charger."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import InstallerFirm
from chargers.models import Charger


class NamedCustomer(models.Model):
    """A firm's word in advance: for whom it put a station up that nobody has owned yet.

    It counts for requests of this very person until ``ends_at``. Of the name that the firm typed
    only a keyed hash of the surname is kept, to be compared.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    firm = models.ForeignKey(InstallerFirm, models.PROTECT, related_name="customers")
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="named_customers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    surname_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("made_at")), name="customer_named_for_a_time"
            ),
            models.UniqueConstraint(
                fields=["firm", "charger"],
                condition=Q(cancelled_at=None),
                name="one_named_customer_per_firm_and_charger",
            ),
        ]

    def __str__(self) -> str:
        return f"customer {self.uid}"
