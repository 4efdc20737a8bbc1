"""What only the desk has: who looks at what, replies kept ready, mentions, ten seconds to undo."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.models.notice import Message
from support.models.ticket import Ticket


class Presence(models.Model):
    """A member of the desk has a ticket's page open. Written by reading: no event, no version."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    is_writing = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="one_presence_per_person")
        ]
        indexes = [models.Index(fields=["seen_at"])]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.ticket_id}"


class Reply(models.Model):
    """A text kept ready for a form of the desk, with placeholders; a macro chooses codes as well.

    ``states`` are the ticket's states in which it is suggested first.
    """

    class Use(models.TextChoices):
        WRITE = "write", _("message to the claimant")
        NOTE = "note", _("internal note")
        ASK = "ask", _("ask for more")
        REJECT = "reject", _("reject")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=80)
    language = models.CharField(_("language"), max_length=10)
    use = models.CharField(_("used for"), max_length=10, choices=Use.choices)
    states = models.JSONField(default=list, blank=True)
    body = models.TextField(_("text"), max_length=2000)
    # A macro's codes: what is asked for and why, or why it is rejected.
    kind = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["title", "language"],
                condition=Q(retired_at=None),
                name="one_reply_per_title_and_language",
            ),
            models.CheckConstraint(
                condition=~Q(use__in=["ask", "reject"]) | ~Q(reason=""),
                name="macro_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Mention(models.Model):
    """Somebody at the desk is named in an internal note, until they say that they have read it."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="mentions")
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mentions")
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "person"], name="one_mention_per_person")
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(read_at=None), name="unread_mentions")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.message_id}"


class Undo(models.Model):
    """One act that can still be taken back by who did it: nothing of it has left the house yet."""

    class Act(models.TextChoices):
        ACCEPTED = "accepted", _("item accepted")
        RETURNED = "returned", _("item returned")
        ASKED = "asked", _("question")
        WROTE = "wrote", _("message")
        NOTED = "noted", _("note")
        SNOOZED = "snoozed", _("snooze")
        ASSIGNED = "assigned", _("assignment")

    TIME = timedelta(seconds=10)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="undos")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    at = models.DateTimeField()
    until_at = models.DateTimeField()
    # The ticket as the act left it: what came after must not be undone with it.
    version = models.PositiveIntegerField()
    before = models.JSONField(default=dict, help_text=_("ids, codes and dates to put back"))
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ticket", "by"], name="undo_of_a_person")]
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("at")), name="undo_takes_a_while")
        ]

    def __str__(self) -> str:
        return f"undo {self.act} {self.uid}"


class DeskSettings(models.Model):
    """How a member of the desk likes their keys: on or off, and which key does what."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="desk_settings"
    )
    keys_on = models.BooleanField(_("single keys do something"), default=True)
    keys = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"desk settings of {self.user_id}"


class TicketWords(models.Model):
    """What a ticket can be found by, as a stored vector. Made anew by services/search.py."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="found_by")
    vector = SearchVectorField()
    # Words of its documents, PINs covered, given by the checking of evidence; erased with them.
    documents = models.TextField(blank=True)

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="ticket_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"words of {self.ticket_id}"
