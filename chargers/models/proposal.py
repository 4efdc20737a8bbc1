"""A change to what is on record that has no authority yet."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm, User
from chargers.models.imports import ImportBatch
from chargers.models.registry import Charger, Installation


class Proposal(models.Model):
    """A change of owner, contact, service firm, its members or installation of what exists.

    Takes effect only after a notice to the old contact, 7 days without objection, and the yes of a
    second person who neither made nor imported it, or by a completed ticket that explains it.
    """

    class Kind(models.TextChoices):
        OWNER = "owner", _("owner")
        OWNER_CONTACT = "owner_contact", _("owner's contact")
        FIRM_CONTACT = "firm_contact", _("firm's contact")
        FIRM_MEMBER = "firm_member", _("a person who speaks for a firm")
        SERVICE_FIRM = "service_firm", _("service firm")
        INSTALLATION = "installation", _("installation")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        OBJECTED = "objected", _("objected to")
        APPLIED = "applied", _("applied")
        DROPPED = "dropped", _("dropped")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    charger = models.ForeignKey(
        Charger, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    installation = models.ForeignKey(
        Installation, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    firm = models.ForeignKey(InstallerFirm, models.PROTECT, null=True, blank=True, related_name="+")
    old = models.JSONField(default=dict)
    new = models.JSONField(default=dict)
    fingerprint = models.CharField(
        max_length=64, help_text=_("the same change proposed twice is one proposal")
    )
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    note_uid = models.UUIDField(null=True, blank=True, help_text=_("why, where a person made it"))
    senior_task = models.BooleanField(default=False, help_text=_("names a third person"))
    awaiting_proof = models.BooleanField(default=False)
    notice_at = models.DateTimeField(null=True, blank=True, help_text=_("the old contact had it"))
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(state="open"), name="one_open_proposal_each"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | Q(made_by=None) | ~Q(agreed_by=F("made_by")),
                name="proposal_agreed_by_someone_else",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False),
                name="proposal_closed_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"
