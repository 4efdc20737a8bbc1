"""A person's rights over what we keep about them: a copy of it, and its erasure."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Copy(models.Model):
    """What we keep about one person, put together once for them, to be fetched for some days."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="copies_of_data"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Progress: how many of how many parts are in the store.
    parts_done = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField()
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    # The wrapped data key that the parts are sealed with; without it nobody can read them.
    sealed_key = models.BinaryField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ready_at=None, removed_at=None),
                name="one_copy_in_the_making_per_person",
            ),
            models.CheckConstraint(
                condition=Q(parts_done__lte=models.F("parts")), name="copy_parts_done_of_parts"
            ),
        ]

    def __str__(self) -> str:
        return f"copy {self.uid}"


class Erasure(models.Model):
    """The erasure of one person: asked for, waiting for what stands against it, done.

    It names nobody: the person's row is a pseudonym once it is done.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="erasures")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="empty: the retention schedule",
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(done_at=None, cancelled_at=None),
                name="one_erasure_under_way_per_person",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(cancelled_at=None), name="erasure_done_or_cancelled"
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.uid}"
