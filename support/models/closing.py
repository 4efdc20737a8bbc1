"""What must still happen at the maker's side after a release, and the certificate that ends it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class ClosingStep(models.Model):
    """One thing to be done in the maker's portal; proved by an import, or by a person's picture."""

    class Kind(models.TextChoices):
        OWNER_ADDED = "owner_added", _("the new owner is added")
        OWNER_REMOVED = "owner_removed", _("the former owner is removed")
        USER_ADDED = "user_added", _("the user is added")
        INSTALLER = "installer", _("the installer group is the new owner's choice, or none")
        OPERATOR = "operator", _("no operator of the former owner is left")
        SUBSCRIPTIONS = "subscriptions", _("no subscription of the former owner is left")
        WEB_HOOKS = "web_hooks", _("no web hook or key of the former owner is left")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="closing_steps")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    # By whom: an import (its batch), or a person with a picture of what they saw there.
    batch_uid = models.UUIDField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The picture that we made of what was sent, sealed; the file itself is not kept.
    file_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind"], name="one_step_of_a_kind"),
            models.CheckConstraint(
                condition=Q(done_at=None, batch_uid=None, done_by=None)
                | Q(done_at__isnull=False, batch_uid__isnull=False, done_by=None)
                | Q(done_at__isnull=False, batch_uid=None, done_by__isnull=False),
                name="step_done_by_an_import_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(done_by=None)
                | (~Q(sha256="") & (~Q(file_key="") ^ Q(erased_at__isnull=False))),
                name="step_of_a_person_has_its_picture",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class Certificate(models.Model):
    """A hand-over that is closed, as it is printed: what stands here is what the paper shows."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="certificate")
    # Whoever holds the paper has it: 100 bits, in letters and digits that are not mixed up.
    code = models.CharField(max_length=20, unique=True)
    made_at = models.DateTimeField()
    handed_over_date = models.DateField()
    proved_date = models.DateField()
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300, blank=True)
    serial = models.CharField(max_length=40)
    model = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"certificate of {self.ticket_id}"

    @property
    def reference(self) -> str:
        return self.ticket.reference
