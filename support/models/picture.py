"""What people see of a file: pictures made by us, and what was read on them. All of it sealed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.models.evidence import EvidenceItem
from support.models.ticket import Ticket


class EvidenceKey(models.Model):
    """A ticket's data key, wrapped (support/sealing.py). Without this row its files are noise."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="evidence_key")
    wrapped = models.BinaryField()
    key_id = models.BigIntegerField(db_index=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"data key of {self.ticket_id}, wrapped"


class LooseFile(models.Model):
    """A file that goes to the store before the row that will name it: swept when none does."""

    key = models.CharField(max_length=200, unique=True)
    made_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Opening(models.Model):
    """How a file was opened, and what was found in it: flags and facts, sealed."""

    item = models.OneToOneField(EvidenceItem, models.PROTECT, related_name="opening")
    opened_at = models.DateTimeField()
    antivirus = models.CharField(max_length=20)
    protections = models.JSONField(default=dict, blank=True)
    seconds = models.FloatField(default=0)
    peak_bytes = models.BigIntegerField(default=0)
    findings = models.BinaryField(default=b"", help_text=_("flags and facts, sealed"))

    def __str__(self) -> str:
        return f"opening of {self.item_id}"


class Picture(models.Model):
    """One page as people see it. ``veiled_key`` is the same with all but its codes blurred.

    ``phash`` is the perceptual hash (64 bits, signed here); its four bands of 16 bits are indexed:
    two hashes that differ in at most three bits share a band.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(EvidenceItem, models.PROTECT, related_name="pictures")
    number = models.PositiveSmallIntegerField()
    file_key = models.CharField(max_length=200, blank=True)
    veiled_key = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    phash = models.BigIntegerField(null=True, blank=True)
    band_1 = models.IntegerField(null=True, blank=True)
    band_2 = models.IntegerField(null=True, blank=True)
    band_3 = models.IntegerField(null=True, blank=True)
    band_4 = models.IntegerField(null=True, blank=True)
    # Of a page with text: which words stand on it, as 64 bits. Two deals on one form look alike.
    text_hash = models.BigIntegerField(null=True, blank=True)
    # Optical reading: what was covered where (left, top, width, height as parts of one, and why).
    read_at = models.DateTimeField(null=True, blank=True)
    read_for = models.BigIntegerField(null=True, blank=True, help_text=_("charger whose PIN"))
    covers = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="one_picture_per_page")
        ]
        indexes = [
            models.Index(fields=[band], condition=Q(phash__isnull=False), name=f"picture_{band}")
            for band in ("band_1", "band_2", "band_3", "band_4")
        ]

    def __str__(self) -> str:
        return f"page {self.number} of {self.item_id}"

    @property
    def is_veiled(self) -> bool:
        """It may show a PIN: staff see it blurred until it was read or they say why not."""
        return bool(self.veiled_key)


class Uncovering(models.Model):
    """A person of staff looked at a blurred picture as it is; the reason is the event's note."""

    picture = models.ForeignKey(Picture, models.PROTECT, related_name="uncoverings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture", "by"], name="one_uncovering_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.picture_id} uncovered by {self.by_id}"


class Reuse(models.Model):
    """The same file, or nearly the same picture, on the tickets of two people."""

    class How(models.TextChoices):
        SAME_FILE = "same_file", _("the same file")
        NEAR = "near", _("nearly the same picture")

    one = models.ForeignKey(EvidenceItem, models.PROTECT, related_name="+")
    other = models.ForeignKey(EvidenceItem, models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="one_reuse_per_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="reuse_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id}: {self.how}"
