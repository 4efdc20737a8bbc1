"""One item of evidence: what was asked for, what came, what it was found to show.

The file that came is sealed and shown to nobody; people see the pictures made of it (picture.py).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket
from support.rules import EvidenceKind


class Evidence(models.Manager):
    """What speaks for a claim. A file of an internal note does not, and is found nowhere here."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(note=None)


class EvidenceItem(models.Model):
    """An item, from requested to accepted or returned. A better one is a new item."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("asked for")
        UPLOADED = "uploaded", _("received")
        CHECKING = "checking", _("being checked")
        READY = "ready", _("ready to look at")
        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("returned")
        QUARANTINED = "quarantined", _("set aside")
        UNOPENED = "unopened", _("could not be opened")

    # What the machine may say without a person: asks for the item again, decides nothing.
    SET_ASIDE = (State.QUARANTINED, State.UNOPENED)
    # A file sent for one of these takes its place.
    WAITS = (State.REQUESTED, State.RETURNED, *SET_ASIDE)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="items")
    # A file of an internal note: for the desk's eyes only, and no evidence of anything.
    note = models.ForeignKey(
        "support.Message", models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=EvidenceKind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    made_at = models.DateTimeField()
    # What came, sealed, in the private store; or the text that corrects a field.
    file_key = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=300, blank=True)
    uploaded_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("at opening it"))
    erased_at = models.DateTimeField(null=True, blank=True)
    # What a machine read on it, by code (support/signs.py): advice, but for the tier "at once".
    signs = models.JSONField(default=list, blank=True)
    # What the agent found. ``ticks`` names what was ticked, e.g. buyer_is_claimant.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=500, blank=True)
    ticks = models.JSONField(default=list, blank=True)
    take_over_date = models.DateField(null=True, blank=True)
    ends_date = models.DateField(null=True, blank=True, help_text=_("a lease's end"))
    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces"
    )

    # Files of notes are only in ``every``: what asks for evidence, by a ticket too, misses them.
    objects = Evidence()
    every = models.Manager()  # noqa: DJ012 - a manager, no field

    class Meta:
        constraints = [
            # Nobody judges a note's file, and nothing of it counts.
            models.CheckConstraint(
                condition=Q(note=None)
                | Q(kind="other", replaced_by=None, decided_by=None, ticks=[], signs=[]),
                name="file_of_a_note_is_no_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "returned"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="item_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "quarantined", "unopened"]) | ~Q(reason=""),
                name="item_returned_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(file_key=""), name="erased_item_has_no_file"
            ),
            # The same bytes sent twice are one item.
            models.UniqueConstraint(
                fields=["ticket", "kind", "sha256"],
                condition=~Q(sha256="") & Q(replaced_by=None, note=None),
                name="same_bytes_are_one_item",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def stands(self) -> bool:
        """It has not been replaced by a better one."""
        return self.replaced_by_id is None
