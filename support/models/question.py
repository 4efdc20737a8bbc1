"""A question of the desk to another side of a dispute than its claimants, and their answer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm
from support.models.ticket import Ticket


class Question(models.Model):
    """Words between the desk and the owner, the board or a firm; never on a claimant's page.

    It belongs to a ticket of the dispute: read, kept and forgotten with it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="questions")
    party = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="questions"
    )
    as_board = models.BooleanField(default=False)
    firm = models.ForeignKey(
        InstallerFirm, models.PROTECT, null=True, blank=True, related_name="questions"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    body = models.TextField(max_length=4000)
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("by the party's link"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_at__isnull=False),
                name="answer_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(party__isnull=False, firm=None)
                | Q(party=None, firm__isnull=False, as_board=False),
                name="question_to_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.uid}"
