"""The sealed PIN, and every leave to see it and look at it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chargers.models.registry import Charger
from chargers.models.tenure import Tenure


class Pin(models.Model):
    """A charger's PIN, sealed with an AEAD bound to the charger's uid (chargers/pins.py)."""

    charger = models.OneToOneField(Charger, models.PROTECT, related_name="pin")
    ciphertext = models.BinaryField()
    key_id = models.BigIntegerField(db_index=True)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"PIN of {self.charger_id}, sealed"


class Grant(models.Model):
    """The new owner's leave to see the PIN, made by a completed ticket; ends with the tenure."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="grants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="grants")
    tenure = models.OneToOneField(Tenure, models.PROTECT, related_name="grant")
    origin = models.CharField(max_length=80, help_text=_("the ticket that made it"))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger"], condition=Q(ends_at=None), name="one_open_grant_per_charger"
            ),
            models.UniqueConstraint(fields=["origin"], name="one_grant_per_ticket"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                name="grant_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.uid}"


class Share(models.Model):
    """An owner's one-time showing of the PIN to a named person who has the code."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="shares")
    tenure = models.ForeignKey(Tenure, models.PROTECT, related_name="shares")
    to_name = models.CharField(max_length=200)
    to_email = models.EmailField()
    code_hash = models.CharField(max_length=128)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="share_at_most_five_tries"),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(cancelled_at=None),
                name="share_opened_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"share {self.uid}"


class Reveal(models.Model):
    """One look at a PIN by one person, with the right it used: exactly one of the three."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="reveals")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="reveals"
    )
    at = models.DateTimeField()
    tenure = models.ForeignKey(
        Tenure, models.PROTECT, null=True, blank=True, related_name="reveals"
    )
    grant = models.ForeignKey(Grant, models.PROTECT, null=True, blank=True, related_name="reveals")
    share = models.ForeignKey(Share, models.PROTECT, null=True, blank=True, related_name="reveals")
    job = models.CharField(max_length=200, blank=True, help_text=_("service: the named job"))

    class Meta:
        indexes = [models.Index(fields=["charger", "person", "at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(tenure__isnull=False, grant=None, share=None)
                | Q(tenure=None, grant__isnull=False, share=None)
                | Q(tenure=None, grant=None, share__isnull=False),
                name="reveal_uses_one_right",
            )
        ]

    def __str__(self) -> str:
        return f"reveal {self.uid}"


class Sighting(models.Model):
    """A person of staff may have seen the PIN outside of any right, e.g. on a photo."""

    charger = models.ForeignKey(Charger, models.PROTECT, related_name="sightings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    origin = models.CharField(max_length=80, help_text=_("on what, e.g. picture:<uid>"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "origin"], name="one_sighting_per_origin")
        ]

    def __str__(self) -> str:
        return f"sighting by {self.person_id} of {self.charger_id}"
