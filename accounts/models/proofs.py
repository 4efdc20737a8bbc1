"""What staff prove themselves with besides their password, and how often that failed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Factor(models.Model):
    """A second factor: an authenticator app (TOTP) or a passkey. One removed is kept, ended."""

    class Kind(models.TextChoices):
        APP = "app", _("authenticator app")
        PASSKEY = "passkey", _("passkey")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="factors")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    sealed = models.BinaryField(null=True, help_text=_("the app's secret, sealed (sealing.py)"))
    last_step = models.BigIntegerField(
        null=True, blank=True, help_text=_("the newest time step used: none is good twice")
    )
    credential_id = models.BinaryField(null=True, unique=True, max_length=1023)
    public_key = models.BinaryField(null=True)
    sign_count = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="app", sealed__isnull=False, public_key=None)
                | Q(kind="passkey", credential_id__isnull=False, public_key__isnull=False),
                name="factor_has_what_it_is_checked_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class RecoveryCode(models.Model):
    """One of ten codes that stand in for a lost factor, once each; only a keyed hash is here."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="recovery_codes"
    )
    hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("newer ones were made"))

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d}"


class FailedProof(models.Model):
    """A wrong password or second factor, by the hash of the address or network it was tried for."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "at"])]

    def __str__(self) -> str:
        return f"{self.subject[:12]} {self.at:%H:%M}"
