"""What we told whom, and how it can be answered: notices, letters, links, messages."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import InstallerFirm
from chargers.models import Charger, Proposal, Tenure
from support.models.question import Question
from support.models.ticket import Ticket


class Link(models.Model):
    """A way in for one party about one charger, without an account. Signed, revocable, dated."""

    class Purpose(models.TextChoices):
        OWNER = "owner", _("owner's answer")
        FIRM = "firm", _("installer's answer")
        OFFER = "offer", _("accept a hand-over")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="links")
    party = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="links"
    )
    as_board = models.BooleanField(default=False)
    firm = models.ForeignKey(
        InstallerFirm, models.PROTECT, null=True, blank=True, related_name="links"
    )
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="links")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(party=None) ^ Q(firm=None), name="link_of_one_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} link {self.uid}"


class Notice(models.Model):
    """One mail to one party: made with the change, accepted by a mail server, or visibly failed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40, help_text=_("a line of notifications.EMAILS"))
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    charger = models.ForeignKey(
        Charger, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    firm = models.ForeignKey(
        InstallerFirm, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    email = models.EmailField()
    language = models.CharField(max_length=10, blank=True)
    link = models.ForeignKey(Link, models.PROTECT, null=True, blank=True, related_name="notices")
    starts_clock = models.BooleanField(default=False)
    data = models.JSONField(default=dict, help_text=_("ids and codes for the template"))
    made_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "kind"]),
            models.Index(fields=["email"]),
            models.Index(
                fields=["made_at"],
                condition=Q(failed_at__isnull=False) | Q(bounced_at__isnull=False),
                name="notices_lost",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that mail clients collapse a duplicate."""
        return f"<{self.uid}@handover>"


class Letter(models.Model):
    """A letter to the registry's address: a code for who lives there, a stop code for who objects.

    About a request, an owner's tenure, or a proposed contact of an owner who has no mail address.

    Both codes are derived from ``uid`` (support/codes.py) and are in no table.
    """

    class To(models.TextChoices):
        HOUSEHOLD = "household", _("to the household")
        OWNER = "owner", _("to the owner's own address")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = models.CharField(max_length=10, choices=To.choices)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="letters"
    )
    tenure = models.ForeignKey(
        Tenure, models.PROTECT, null=True, blank=True, related_name="letters"
    )
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="letters"
    )
    # What the owner is asked in a dispute: then it starts no clock, and its code opens their page.
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="letters"
    )
    charger = models.ForeignKey(Charger, models.PROTECT, related_name="letters")
    language = models.CharField(max_length=10, blank=True)
    made_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True, blank=True)
    # Print + working days of the place: when it counts as having arrived.
    arrives_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    entered_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    # It would have named another party: it waits for the address on record to be mended.
    held_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=5), name="letter_at_most_five_tries"),
            models.CheckConstraint(
                condition=Q(ticket__isnull=False, tenure=None, proposal=None)
                | Q(ticket=None, tenure__isnull=False, proposal=None)
                | Q(ticket=None, tenure=None, proposal__isnull=False),
                name="letter_for_one_matter",
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.uid}"


class Message(models.Model):
    """A word between the claimant and the desk on a ticket."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    from_desk = models.BooleanField()
    internal = models.BooleanField(default=False, help_text=_("for the desk's eyes only"))
    body = models.TextField(max_length=4000)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    # A question to the claimant: until it is answered, it is their turn.
    waits = models.BooleanField(default=False, db_default=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(internal=False) | Q(from_desk=True), name="internal_is_from_the_desk"
            ),
            models.CheckConstraint(
                condition=Q(waits=False, answered_at=None) | Q(from_desk=True, internal=False),
                name="only_the_desk_waits_for_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.uid}"

    @property
    def is_waiting(self) -> bool:
        return self.waits and self.answered_at is None
