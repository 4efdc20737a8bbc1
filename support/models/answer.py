"""What the registered owner (or the board) said, and what an installer firm said."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm
from chargers.models import Charger
from support.models.dispute import Dispute
from support.models.ticket import Ticket


class Answer(models.Model):
    """One answer of the owner or the board about a charger. The latest counts until release."""

    class Kind(models.TextChoices):
        NAMED = "named", _("no longer mine: given to this person")
        VACATED = "vacated", _("no longer mine")
        TOOK_IT = "took_it", _("I took it with me")
        NEVER_MINE = "never_mine", _("it was never mine")
        ONLY_INSTALLER = "only_installer", _("I was only the installer")
        STILL_MINE = "still_mine", _("still mine, I object")
        SAFETY = "safety", _("this is a safety matter")
        # Ours alone, never chosen: a yes to a use that fits nobody (docs/decisions/0006).
        MISNAMED = "misnamed", _("meant for somebody of another surname: counts for nothing")

    YES = (Kind.NAMED, Kind.VACATED)
    OBJECTIONS = (Kind.TOOK_IT, Kind.STILL_MINE)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="answers")
    party = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    as_board = models.BooleanField(default=False)
    by_letter = models.BooleanField(default=False, help_text=_("the stop code of a letter"))
    kind = models.CharField(max_length=20, choices=Kind.choices)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    at = models.DateTimeField()
    code_proved = models.BooleanField(default=False)
    # It stays the owner's: the yes is to a tenant's use of it.
    for_use = models.BooleanField(default=False)
    # A request code and a surname were typed, whether or not they fit.
    names_somebody = models.BooleanField(default=False)
    # It counts until the next answer of the party, or until the parties change.
    void_at = models.DateTimeField(null=True, blank=True)
    # A second stop of the same kind is a task: it stops nothing until a senior confirms it.
    needs_confirmation = models.BooleanField(default=False)
    dispute = models.ForeignKey(
        Dispute, models.PROTECT, null=True, blank=True, related_name="objections"
    )

    class Meta:
        indexes = [
            models.Index(fields=["charger", "at"]),
            models.Index(
                fields=["charger"],
                condition=Q(needs_confirmation=True, void_at=None),
                name="stops_to_confirm",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["named", "vacated", "misnamed"]) | Q(code_proved=True),
                name="a_yes_needs_a_code",
            ),
            models.CheckConstraint(
                condition=~Q(kind="named") | Q(ticket__isnull=False), name="named_names_a_ticket"
            ),
            models.UniqueConstraint(
                fields=["charger", "party", "as_board"],
                condition=Q(void_at=None, party__isnull=False),
                name="one_standing_answer_per_party",
            ),
            models.CheckConstraint(
                condition=Q(by_letter=True) ^ Q(party__isnull=False), name="answer_has_a_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def said(self) -> str:
        """What the party said, in their own words: never whether the surname fitted."""
        if self.for_use:
            return _("it stays mine, and my tenant may use it")
        kind = self.Kind.NAMED if self.names_somebody else self.Kind(self.kind)
        return str(kind.label)


class FirmAnswer(models.Model):
    """What a registered firm said about a ticket: whether it put the station up, and for whom."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="firm_answers")
    firm = models.ForeignKey(InstallerFirm, models.PROTECT, related_name="answers")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    installed_here = models.BooleanField()
    # Compared silently with the claimant; neither side is told.
    names_claimant = models.BooleanField(default=False)
    void_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "firm"],
                condition=Q(void_at=None),
                name="one_standing_answer_per_firm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.firm_id} {self.uid}"
