"""What must happen later: rows with a time, never a countdown. And the keys of forms."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from support.models.ticket import Ticket


class Deadline(models.Model):
    """One thing that comes due for a ticket, once."""

    class Kind(models.TextChoices):
        SILENCE = "silence", _("the owner has not answered")
        REMINDER = "reminder", _("remind the owner")
        RELEASE = "release", _("release")
        EXPIRY = "expiry", _("expire")
        NEXT_WORD = "next_word", _("our next word")
        LETTER = "letter", _("a letter counts as arrived")
        CHASE = "chase", _("remind the claimant")
        USE_SOON = "use_soon", _("tell that the use ends soon")
        USE_OVER = "use_over", _("the use is over")
        PROOF = "proof", _("the maker's side is not proved")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "number"], name="one_deadline_of_a_kind_and_number"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="deadlines_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"


class FormKey(models.Model):
    """The key of a form that was carried out: the same form again gets the same answer."""

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    fingerprint = models.CharField(max_length=64)
    location = models.CharField(max_length=300)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key[:8]
