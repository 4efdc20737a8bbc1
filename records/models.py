"""What happened and what must follow. Knows no product noun."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One command that happened. Chained per stream; never changed, never deleted.

    ``data`` holds ids, codes and numbers only: free text lives in a Note, whose hash is here, so
    that erasing the note keeps the chain.
    """

    stream = models.CharField(max_length=80, help_text=_("what it happened to, e.g. ticket:<uid>"))
    number = models.PositiveIntegerField(help_text=_("1, 2, 3 ... within the stream"))
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by_what = models.CharField(
        max_length=20, help_text=_("person, party (by link), clock, import or system")
    )
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="one_event_per_number")
        ]
        indexes = [models.Index(fields=["at"]), models.Index(fields=["kind", "at"])]

    def __str__(self) -> str:
        return f"{self.stream} {self.number} {self.kind}"

    def save(self, *args, **kwargs):
        """Insert only: a recorded event is never changed (PostgreSQL refuses it as well)."""
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)


class Note(models.Model):
    """Free text that an event points at. Erasing empties the body; the event keeps the hash."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    body = models.TextField()
    salt = models.CharField(max_length=32)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.uid)


class Access(models.Model):
    """One read by staff or through a link. Partitioned by month in the database, unchained."""

    pk = models.CompositePrimaryKey("at", "uid")
    at = models.DateTimeField()
    uid = models.UUIDField(default=uuid.uuid4)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    by_link = models.CharField(max_length=40, blank=True)
    what = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text=_("e.g. ticket:<uid>"))

    class Meta:
        managed = False
        db_table = "records_access"

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"


class OutboxRow(models.Model):
    """One effect outside the database, written in the transaction that wants it.

    Leased by one conditional UPDATE; delivered at least once; parked, visibly, after the last
    attempt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True, help_text=_("goes along as Message-ID"))
    payload = models.JSONField(default=dict, help_text=_("ids only"))
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    parked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at=None, parked_at=None),
                name="outbox_open_by_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class ClockOffset(models.Model):
    """How far the clock of the deadlines is ahead: one row, zero in production."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    offset = models.DurationField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_clock")]

    def __str__(self) -> str:
        return str(self.offset)


class ChainHead(models.Model):
    """A day's signed head over all streams that changed."""

    day = models.DateField(unique=True)
    streams = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"


class Alert(models.Model):
    """Something that administrators and auditors must look into; what repeats counts up.

    One open alert per kind and subject: ``times`` and ``last_at`` tell how often and when last.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, help_text=_("e.g. charger:<uid> or person:<uid>"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    data = models.JSONField(default=dict, help_text=_("ids, codes and numbers only"))
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.ForeignKey(Note, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-last_at", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(acknowledged_at=None),
                name="one_open_alert_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None, note=None)
                | Q(
                    acknowledged_at__isnull=False,
                    acknowledged_by__isnull=False,
                    note__isnull=False,
                ),
                name="alert_acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def stream(self) -> str:
        """The name of its events' stream."""
        return f"alert:{self.uid}"
