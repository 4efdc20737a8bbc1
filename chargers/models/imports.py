"""One run of an import, and the rows that it did not take."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chargers.models.registry import Charger


class ImportBatch(models.Model):
    """One file, read whole or refused whole."""

    class State(models.TextChoices):
        STAGED = "staged", _("staged")
        APPLIED = "applied", _("applied")
        WAITING = "waiting", _("waiting for a second administrator")
        REFUSED = "refused", _("refused")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=20, help_text=_("maker's JSON or our CSV"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.STAGED)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """A row that was not taken, or taken with a warning: where, why, and what to do."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    field = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300)
    cure = models.CharField(max_length=300)
    refused = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number} {self.field}"


class AwaitedPlace(models.Model):
    """The maker puts a charger at an installation that no file has described yet.

    It waits here for its description, so that files may come in any order.
    """

    charger = models.ForeignKey(Charger, models.CASCADE, related_name="awaited_places")
    vendor = models.CharField(max_length=40)
    external_id = models.CharField(max_length=100, help_text=_("the maker's installation id"))

    class Meta:
        indexes = [models.Index(fields=["vendor", "external_id"], name="awaited_by_external_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "external_id"], name="awaited_once_per_charger"
            )
        ]

    def __str__(self) -> str:
        return f"{self.charger_id} awaits {self.external_id}"


class VendorCountry(models.Model):
    """Which country a maker's country id means, as its constants file says."""

    vendor = models.CharField(max_length=40)
    external_id = models.CharField(max_length=100)
    code = models.CharField(max_length=2, help_text=_("ISO 3166-1, upper case"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "external_id"], name="one_code_per_country")
        ]

    def __str__(self) -> str:
        return self.code
