"""One run of an import, and the rows that it did not take."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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
