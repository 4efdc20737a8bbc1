"""A question of the desk to the owner or the board in a dispute, and what they wrote back."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class Question(models.Model):
    """Words between the desk and a party other than a claimant; never on a claimant's page.

    It belongs to a ticket of the dispute: read, kept and forgotten with it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="questions")
    party = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions")
    as_board = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    body = models.TextField(max_length=4000)
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("by the party's link"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer="") | models.Q(answered_at__isnull=False),
                name="answer_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return f"question {self.uid}"
