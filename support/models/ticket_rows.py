"""How tickets are found, locked and kept true: queryset, indexes and constraints of their table."""

from django.db import models
from django.db.models import Q

from chargers.models import Charger
from records import bundle, moment
from records.put_together import part
from support import machine, permissions
from support.machine import State

_OPEN = [str(state) for state in machine.OPEN]
_LIVE = [str(state) for state in machine.LIVE]
_OURS = [str(state) for state in machine.OURS]
_WAITING = [str(state) for state in machine.WAITING]


def _view(name: str, condition: Q, *first: str) -> models.Index:
    """Return the index of one view of the queue, in the order of its pages."""
    return models.Index(fields=[*first, "id"], condition=condition or None, name=name)


INDEXES = [
    models.Index(fields=["charger", "state"]),
    models.Index(fields=["claimant", "state"]),
    models.Index(fields=["lookup_key"], name="tickets_by_serial"),
    # One for each saved view of the queue (saved_views.py): a page of it is read, not sought.
    _view("tickets_by_next_word", Q(), "next_word_at"),
    _view("live_by_state", Q(state__in=_LIVE), "state", "due_at"),
    _view("live_by_person", Q(state__in=_LIVE), "assigned_to", "due_at"),
    _view("waiting_tickets", Q(state__in=_WAITING), "next_word_at"),
    _view("unassigned_tickets", Q(state__in=_OURS, assigned_to=None), "due_at"),
    _view("appealed_tickets", Q(state__in=_OPEN, appealed_at__isnull=False), "due_at"),
    _view("unread_tickets", Q(unread_reply_at__isnull=False), "due_at"),
    _view("drawn_for_a_look", Q(state="approved", second_look="wanted"), "due_at"),
    _view("approved_tickets", Q(state="approved"), "release_at"),
    _view("not_reached", Q(state__in=_LIVE, lost_notice_at__isnull=False), "next_word_at"),
    _view("sent_back_tickets", Q(state__in=_LIVE, returned_at__isnull=False), "due_at"),
    _view("unproved_tickets", Q(proof_until_at__isnull=False), "proof_until_at"),
    _view("snoozed", Q(state__in=_LIVE, snoozed_until__isnull=False), "snoozed_until"),
    models.Index(
        fields=["reserved_until"],
        condition=Q(reserved_until__isnull=False),
        name="reservations",
    ),
    models.Index(
        fields=["due_at", "id"],
        condition=Q(due_at__isnull=False),
        name="tickets_due_at_the_desk",
    ),
    models.Index(
        fields=["decided_at"],
        condition=Q(decided_at__isnull=False),
        name="tickets_by_decision",
    ),
]

# What no ticket may ever be, whoever writes it.
CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["claimant", "lookup_key"],
        condition=Q(state__in=[str(s) for s in machine.OPEN]),
        name="one_open_ticket_per_person_and_charger",
    ),
    models.CheckConstraint(
        condition=Q(outcome="ownership") | Q(use_until_date__isnull=False) | Q(state="draft"),
        name="use_has_an_end",
    ),
    models.CheckConstraint(
        condition=Q(is_training=False)
        | Q(state__in=machine.TRAINING, tenure=None, offered_by=None),
        name="training_is_never_approved",
    ),
    models.CheckConstraint(
        condition=Q(second_look="passed") ^ Q(second_look_by=None),
        name="second_look_has_its_person",
    ),
]


class Stale(Exception):
    """The facts have changed since the page was drawn (409): ``changes`` says what."""

    http_status = 409
    template = "409.html"

    def __init__(self, changes=()):
        super().__init__("the facts have changed")
        self.changes = list(changes)


def _charger_of(tickets: type[models.Model], ticket: int) -> models.QuerySet:
    """The ticket's charger, to be locked, with its place."""
    here = tickets.objects.filter(pk=ticket).values("charger")
    chargers = Charger.objects.select_for_update(of=("self",), no_key=True)
    return chargers.filter(pk__in=here).select_related("installation")


def _with_policy(tickets: type[models.Model], ticket: int) -> models.QuerySet:
    rows = tickets.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=ticket).select_related("policy", "claimant")


class TicketQuerySet(models.QuerySet):
    def open(self) -> "TicketQuerySet":
        return self.filter(state__in=machine.OPEN)

    def lock(self, ticket_id: int) -> models.Model:
        """Return the ticket, locked behind its charger's lock (FOR NO KEY UPDATE, charger first).

        A routing that moves the ticket to another charger in between is seen, and tried again.
        """
        while True:
            chargers = bundle.rows(part(_charger_of, self.model, ticket=ticket_id))
            tickets = bundle.rows(part(_with_policy, self.model, ticket=ticket_id))
            moment.renew()
            if not tickets:
                raise self.model.DoesNotExist(f"no ticket {ticket_id}")
            ticket, charger = tickets[0], next(iter(chargers), None)
            if ticket.charger_id == (charger and charger.pk):
                if charger:
                    ticket.charger = charger
                return ticket

    def at_the_desk(self) -> "TicketQuerySet":
        """All that were ever sent."""
        return self.exclude(state=State.DRAFT)

    def visible_to(self, user) -> "TicketQuerySet":
        """The claimant's own, what an owner offered, and everything for the desk."""
        if not user.is_authenticated:
            return self.none()
        if permissions.is_desk(user):
            return self.at_the_desk()
        return self.with_a_side(user.pk)

    def with_a_side(self, user_id: int) -> "TicketQuerySet":
        """The tickets that a person sent, or that begin with an offer of theirs."""
        return self.filter(Q(claimant=user_id) | Q(offered_by=user_id))
