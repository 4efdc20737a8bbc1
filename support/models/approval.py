"""One agent's yes; and the two seniors' votes on a contested hand-over."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class Approval(models.Model):
    """One agent's yes. Void when the facts change; kept on record."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals")
    at = models.DateTimeField()
    facts_version = models.PositiveIntegerField()
    note = models.TextField(blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "by"],
                condition=Q(voided_at=None),
                name="one_standing_approval_per_person",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None) ^ ~Q(void_reason=""), name="void_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"approval {self.uid}"


class Contest(models.Model):
    """A former owner, or staff, says that a completed hand-over was wrong."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="contests")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="contests")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    restored = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(closed_at=None), name="one_open_contest_per_ticket"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, restored=None)
                | Q(closed_at__isnull=False, restored__isnull=False),
                name="contest_closes_with_a_verdict",
            ),
        ]

    def __str__(self) -> str:
        return f"contest {self.uid}"


class ContestVote(models.Model):
    """One senior's view of a contest; two that agree decide it."""

    contest = models.ForeignKey(Contest, models.PROTECT, related_name="votes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    restore = models.BooleanField(help_text=_("give it back to the former owner"))
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "by"], name="one_vote_per_senior")
        ]

    def __str__(self) -> str:
        return f"vote {self.pk}"


class Decision(models.Model):
    """A decision other than an approval: who rejected, upheld or dismissed, and when."""

    class Kind(models.TextChoices):
        REJECTED = "rejected", _("rejected")
        UPHELD = "upheld", _("objection upheld")
        DISMISSED = "dismissed", _("objection dismissed")
        SENT_BACK = "sent_back", _("sent back")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True, help_text=_("to the claimant"))
    words_to_objector = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text=_("for the desk"))

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
