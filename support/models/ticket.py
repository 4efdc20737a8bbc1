"""A claimant's request about one charger: its fields and its legal moves."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from accounts.models import User
from chargers.models import Charger, Tenure
from support import machine, permissions
from support.machine import State
from support.models.policy import Policy
from support.models.ticket_rows import CONSTRAINTS, INDEXES, TicketQuerySet
from support.rules import Claim, Outcome, Tier


class Ticket(models.Model):
    """A request about one charger, from draft to completed."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer", _("transfer")
        VERIFICATION = "verification", _("verification")

    class SecondLook(models.TextChoices):
        NONE = "", _("not drawn")
        WANTED = "wanted", _("wanted")
        PASSED = "passed", _("passed")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request_code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.VERIFICATION)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OWNERSHIP)
    state = FSMField(choices=State.choices, default=State.DRAFT, protected=True)
    # Raised by every event of this ticket, and by what the facts are made of.
    version = models.PositiveIntegerField(default=0)
    facts_version = models.PositiveIntegerField(default=0)

    claimant = models.ForeignKey(User, models.PROTECT, related_name="tickets")
    charger = models.ForeignKey(
        Charger, models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+")

    # The claim: what the claimant typed and chose.
    serial_typed = models.CharField(_("serial number"), max_length=100, blank=True)
    serial = models.CharField(max_length=40, blank=True)
    lookup_key = models.CharField(max_length=40, blank=True)
    address_line = models.CharField(_("street and number"), max_length=200, blank=True)
    unit = models.CharField(_("flat or parking bay"), max_length=50, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    situation = models.CharField(max_length=20, blank=True, default="", db_default="")
    can_ask_owner = models.BooleanField(default=False, db_default=False)
    claimant_name = models.CharField(_("your name"), max_length=200, blank=True)
    installer_name = models.CharField(_("installer's name"), max_length=200, blank=True)
    bought_recently = models.BooleanField(default=False)
    renting = models.BooleanField(default=False)
    only_installer = models.BooleanField(default=False)
    shared_garage = models.BooleanField(default=False)
    fears_owner = models.BooleanField(default=False)
    use_until_date = models.DateField(null=True, blank=True)

    # The owner starts it.
    offered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="offers"
    )
    take_over_date = models.DateField(null=True, blank=True)

    # Where it stands.
    made_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    routed_at = models.DateTimeField(null=True, blank=True)
    next_word_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_("the desk's turn, until then; empty while others act")
    )
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, null=True, blank=True)
    by_owner = models.BooleanField(default=False, help_text=_("approved by the owner's yes"))
    basis = models.JSONField(null=True, blank=True, help_text=_("what it was decided on"))
    approved_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    # What the claimant said of themself was taken out: the decision alone is on record.
    forgotten_at = models.DateTimeField(null=True, blank=True)
    reject_reason = models.CharField(max_length=40, blank=True)
    second_look = models.CharField(
        max_length=10, choices=SecondLook.choices, default=SecondLook.NONE, blank=True
    )
    second_look_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    unread_reply_at = models.DateTimeField(
        null=True, blank=True, help_text=_("a person wrote: release waits until it is read")
    )

    # The desk.
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="assigned_tickets"
    )
    # A forgery that we planted: it tells nobody anything and is never approved.
    is_training = models.BooleanField(default=False, db_default=False)
    picked_by_hand = models.BooleanField(default=False)
    reserved_until = models.DateTimeField(
        null=True, blank=True, help_text=_("drawn, and nothing done yet: it goes back by itself")
    )
    snoozed_until = models.DateTimeField(
        null=True, blank=True, help_text=_("out of the way until then, or until news comes")
    )
    # For the queue alone: kept by the services, decided on by nobody.
    queue_tier = models.PositiveSmallIntegerField(choices=Tier.choices, null=True, blank=True)
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text=_("the background sent it back to the desk")
    )
    lost_notice_at = models.DateTimeField(
        null=True, blank=True, help_text=_("a notice failed or came back")
    )
    typed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("who at the desk typed it for the claimant: never approves it"),
    )

    # The maker's side: empty once everything there is proved, or has no point any more.
    proof_until_at = models.DateTimeField(
        null=True, blank=True, help_text=_("until then the maker's side has to be proved")
    )
    proof_missing_at = models.DateTimeField(
        null=True, blank=True, help_text=_("it was not, and the ticket woke up")
    )

    # What it made.
    tenure = models.ForeignKey(Tenure, models.PROTECT, null=True, blank=True, related_name="+")
    former_tenure = models.ForeignKey(
        Tenure, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return self.request_code

    def get_absolute_url(self) -> str:
        return reverse("support:ticket", args=[self.request_code])

    @classmethod
    def from_db(cls, db, field_names, values):
        """Remember the state that is on record: an event tells from where a ticket moved."""
        ticket = super().from_db(db, field_names, values)
        ticket.state_on_record = ticket.__dict__.get("state")
        return ticket

    @property
    def stream(self) -> str:
        return f"ticket:{self.uid}"

    @property
    def reference(self) -> str:
        """Its name to others (h-3f9a27c1): the request code is the claimant's to give."""
        return f"h-{self.uid.hex[:8]}"

    @property
    def is_open(self) -> bool:
        return self.state in machine.OPEN

    @property
    def claim(self) -> Claim:
        return Claim(
            outcome=self.outcome,
            bought_recently=self.bought_recently,
            only_installer=self.only_installer,
            renting=self.renting,
        )

    def standing_approvals(self):
        return self.approvals.filter(voided_at=None)

    # Transitions: legal moves only. They set fields of this row and nothing else.

    @machine.move(state, "submit", permissions.may_submit)
    def submit(self, *, at):
        self.submitted_at = at

    @machine.move(state, "route", permissions.nobody)
    def route(self, *, to, at):
        self.routed_at = at
        return to

    @machine.move(state, "fall_silent", permissions.nobody)
    def fall_silent(self):
        self.kind = self.Kind.VERIFICATION

    @machine.move(state, "disclaim", permissions.may_answer)
    def disclaim(self):
        self.kind = self.Kind.VERIFICATION

    @machine.move(state, "complete_evidence", permissions.nobody)
    def complete_evidence(self):
        """Every required item can be looked at: the desk's turn."""

    @machine.move(state, "consent", permissions.may_answer)
    def consent(self, *, tier, at):
        self.by_owner, self.tier, self.approved_at = True, tier, at

    @machine.move(state, "ask", permissions.may_ask)
    def ask(self):
        """The claimant's turn: items were returned or asked for."""

    @machine.move(state, "approve", permissions.may_approve)
    def approve(self, *, tier, standing, needed, at):
        """One approval more: on to a second person, or approved when the tier has enough."""
        self.tier = tier
        if standing < needed:
            return State.SECOND_REVIEW
        self.by_owner, self.approved_at = False, at
        return State.APPROVED

    @machine.move(state, "send_back", permissions.may_send_back)
    def send_back(self):
        """The second person sees it otherwise: back to review, the first approval void."""

    @machine.move(state, "reopen", permissions.nobody)
    def reopen(self):
        self._clear_decision()

    @machine.move(state, "reject", permissions.may_reject)
    def reject(self, *, reason, at):
        self._clear_decision()
        self.reject_reason, self.decided_at = reason, at

    @machine.move(state, "object", permissions.may_object)
    def object(self):
        self._clear_decision()

    @machine.move(state, "dismiss", permissions.may_decide_dispute)
    def dismiss(self):
        """Back to where it can be decided; never routed: to the start."""
        return State.IN_REVIEW if self.routed_at else State.SUBMITTED

    @machine.move(state, "uphold", permissions.may_decide_dispute)
    def uphold(self, *, reason, at):
        self.reject_reason, self.decided_at = reason, at

    @machine.move(state, "reroute", permissions.nobody)
    def reroute(self):
        self._clear_decision()
        self.routed_at = None

    @machine.move(state, "release", permissions.nobody)
    def release(self, *, at):
        self.decided_at, self.release_at = at, self.release_at or at

    @machine.move(state, "contest", permissions.may_contest)
    def contest(self):
        """The new owner's looks at the PIN are suspended until two seniors agree."""

    @machine.move(state, "confirm", permissions.may_decide_contest)
    def confirm(self):
        """Two seniors find that the hand-over was right."""

    @machine.move(state, "restore", permissions.may_decide_contest)
    def restore(self):
        """Two seniors give the charger back to the former owner."""

    @machine.move(state, "expire", permissions.nobody)
    def expire(self, *, at):
        self.decided_at = at

    @machine.move(state, "withdraw", permissions.may_withdraw)
    def withdraw(self, *, at):
        self._clear_decision()
        self.decided_at = at

    @machine.move(state, "appeal", permissions.may_appeal)
    def appeal(self, *, at):
        self.appealed_at, self.decided_at, self.reject_reason = at, None, ""

    @machine.move(state, "offer", permissions.may_offer)
    def offer(self):
        """The owner names who gets the charger: a named consent from the start."""

    @machine.move(state, "accept", permissions.may_accept)
    def accept(self, *, at):
        self.submitted_at = self.routed_at = at

    def _clear_decision(self):
        self.approved_at = self.release_at = self.tier = None
        self.by_owner = False
        self.second_look, self.second_look_by = self.SecondLook.NONE, None
