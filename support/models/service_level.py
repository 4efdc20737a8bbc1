"""What the desk owes a ticket, and by when: one row a duty."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class ServiceLevel(models.Model):
    """One act that the desk owes, measured in working time. It rests while others must act.

    An ended row is never changed again: what was promised then is what counts.
    """

    class Duty(models.TextChoices):
        REVIEW = "review", _("first decision")
        SECOND = "second", _("second approval")
        LOOK = "look", _("second look")
        DISPUTE = "dispute", _("verdict on a dispute")
        CONTEST = "contest", _("verdict on a contest")
        APPEAL = "appeal", _("decision on an appeal")
        REPLY = "reply", _("answer to a message")
        PROOF = "proof", _("proof of the maker's side")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="service_levels")
    duty = models.CharField(max_length=8, choices=Duty.choices)
    target_minutes = models.PositiveIntegerField(help_text=_("working time, fixed at the start"))
    began_at = models.DateTimeField()
    used_seconds = models.PositiveIntegerField(default=0, help_text=_("before the last rest"))
    running_since = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    met = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "duty"],
                condition=Q(ended_at=None),
                name="one_open_duty_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, met=None)
                | Q(ended_at__isnull=False, met__isnull=False, running_since=None, due_at=None),
                name="duty_ends_met_or_not",
            ),
            models.CheckConstraint(
                condition=Q(running_since=None, due_at=None)
                | Q(running_since__isnull=False, due_at__isnull=False),
                name="duty_is_due_while_it_runs",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(escalated_at=None, due_at__isnull=False),
                name="duties_to_escalate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.duty} {self.due_at or self.ended_at or 'rests'}"
