"""The claimant's verbs: start, submit, withdraw, appeal."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import throttles
from accounts.models import User
from accounts.throttles import Throttled
from records import clock
from records.models import Event
from support import calendars
from support.machine import State
from support.models import Deadline, Freeze, Policy, Ticket
from support.notifications import notify
from support.permissions import require
from support.services import deadlines, helping, waiting
from support.services.claims import claim_problems
from support.services.facts import is_frozen, policy_of
from support.services.progress import (
    advance_others,
    close_if_judged,
    put_routing,
    reroute,
    void_approvals,
)
from support.services.saving import save_and_record
from support.words import new_request_code

# So many requests of one person may be open at a time.
MOST_OPEN = 3


@transaction.atomic
def start(*, by: User) -> Ticket:
    """Return the person's open draft, or a new one with its request code."""
    _take_turn(by)
    drafts = Ticket.objects.filter(claimant=by, state=State.DRAFT, offered_by=None)
    draft = drafts.order_by("pk").first()
    return draft or make_draft(claimant=by, at=clock.now(), claimant_name=by.name)


def make_draft(*, claimant: User, at: datetime, **fields) -> Ticket:
    """Insert a draft under today's policy, with a request code that nobody else has."""
    policy = Policy.objects.current()
    for _try in range(20):
        try:
            with transaction.atomic():
                ticket = Ticket.objects.create(
                    request_code=new_request_code(),
                    claimant=claimant,
                    policy=policy,
                    made_at=at,
                    **fields,
                )
            break
        except IntegrityError:
            continue
    else:
        raise RuntimeError("no free request code in 20 tries")
    ticket = Ticket.objects.get(pk=ticket.pk)
    expires = at + timedelta(days=policy.data["draft_days"])
    deadlines.schedule(ticket, Deadline.Kind.EXPIRY, expires, at=at)
    return ticket


def _take_turn(person: User) -> None:
    """Let one person's starts and submits wait for each other: one draft, one open request each."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


@transaction.atomic
def submit(*, ticket_id: int, by: User) -> Ticket:
    """Send a draft. Touches the claimant's own rows only: the same for every serial.

    Returns the first open request when this person has one for the same charger already, and the
    ticket itself when it was sent before. Raises ValidationError by field for what is missing,
    Throttled for somebody's fourth open request.
    """
    _take_turn(by)
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.submit, by)
    if ticket.state != State.DRAFT:
        return ticket
    problems = claim_problems(ticket)
    if problems:
        raise ValidationError(problems)
    first = (
        Ticket.objects.open()
        .filter(claimant=by, lookup_key=ticket.lookup_key)
        .exclude(pk=ticket.pk)
        .first()
    )
    if first:
        return first
    _require_room(by)
    now = clock.now()
    ticket.submit(at=now)
    ticket.next_word_at = next_word(ticket, now)
    _set_clocks(ticket, now)
    _learn_name(by, ticket.claimant_name)
    save_and_record(ticket, "submitted", at=now, by=by)
    notify("request_received", at=now, ticket=ticket, person=by)
    put_routing(ticket, at=now)
    return ticket


def _require_room(by: User) -> None:
    open_ = Ticket.objects.open().filter(claimant=by, offered_by=None)
    if open_.count() >= MOST_OPEN:
        raise Throttled(
            _("Three requests of yours are open. Withdraw one, or wait until one is decided."),
            timedelta(days=1),
        )
    throttles.spend(throttles.REQUESTS_IN_ALL, throttles.EVERYBODY)


def _set_clocks(ticket: Ticket, now: datetime) -> None:
    """Set the clocks that run for every request alike, whatever becomes of it."""
    deadlines.schedule(ticket, Deadline.Kind.NEXT_WORD, ticket.next_word_at, at=now)
    bare = now + timedelta(days=policy_of(ticket)["bare_days"])
    deadlines.schedule(ticket, Deadline.Kind.EXPIRY, bare, at=now)


def next_word(ticket: Ticket, now: datetime) -> datetime:
    """Return our next word: 7 working days by the claim's own country, within the desk's hours,
    alike for all.
    """
    zone = calendars.zone(ticket.country)
    days = policy_of(ticket)["next_word_working_days"]
    return calendars.promise(now, days, country=ticket.country, zone=zone)


def _learn_name(user: User, name: str) -> None:
    if not user.name:
        User.objects.filter(pk=user.pk, name="").update(name=name)


@transaction.atomic
def withdraw(*, ticket_id: int, by: User, told: bool = True, helped: str = "") -> Ticket:
    """Take a request (or an offer) back. Nothing is granted; nobody is told anything but that.

    Whoever made an offer hears that its receiver does not want it, unless the caller tells them
    of several (``told`` False). ``helped`` is how somebody got what they needed without us: it is
    counted, and who they were is not kept with it.
    """
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.withdraw, by)
    now = clock.now()
    was_disputed = ticket.state == State.DISPUTED
    void_approvals(ticket, at=now, why="withdrawn")
    ticket.withdraw(at=now)
    deadlines.cancel(ticket, at=now)
    save_and_record(ticket, "withdrawn", at=now, by=by)
    if helped:
        helping.count(way=helped)
    if was_disputed:
        close_if_judged(ticket.charger, at=now)
    if was_disputed and ticket.charger:
        advance_others(ticket.charger, at=now, but=ticket)
    tenure = ticket.charger.owner_tenure(now) if ticket.charger_id else None
    asked = tenure and ticket.notices.filter(kind="owner_asked", person=tenure.person_id).exists()
    if asked:
        notify("withdrawn_owner", at=now, ticket=ticket, person=tenure.person)
    if told and ticket.offered_by_id and by.pk == ticket.claimant_id:
        over = {"offers": [ticket.uid], "why": "declined"}
        notify("offers_over", at=now, ticket=ticket, person=ticket.offered_by, **over)
    return ticket


@transaction.atomic
def appeal(*, ticket_id: int, by: User, words: str) -> Ticket:
    """Appeal a rejection once, within 30 days: someone who has not decided looks at it.

    Raises ValidationError without words, TransitionNotAllowed when it is too late or the second.
    """
    if not words.strip():
        raise ValidationError({"words": _("Write what we should look at again.")})
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.appeal, by)
    now = clock.now()
    if ticket.appealed_at:
        raise TransitionNotAllowed(_("A request can be appealed once, and this one was."))
    if ticket.decided_at and now > ticket.decided_at + timedelta(
        days=policy_of(ticket)["appeal_days"]
    ):
        raise TransitionNotAllowed(_("The time for an appeal has passed. You can ask again."))
    if not ticket.charger_id:
        raise TransitionNotAllowed(_("This request never reached the desk. You can ask again."))
    if Ticket.objects.open().filter(claimant=by, lookup_key=ticket.lookup_key).exists():
        raise TransitionNotAllowed(_("You have asked again since: we decide that request."))
    ticket.appeal(at=now)
    ticket.assigned_to = None
    ticket.next_word_at = next_word(ticket, now)
    waiting.answered(ticket, at=now)  # their words are an answer to whatever was still open
    _set_clocks(ticket, now)
    save_and_record(ticket, "appealed", at=now, by=by, note=words)
    if ticket.fears_owner and not is_frozen(ticket):
        Freeze.objects.create(ticket=ticket, by=by, opened_at=now)
    if _changed_since(ticket):
        reroute(ticket, at=now, why="owner_changed")
    return ticket


def _changed_since(ticket: Ticket) -> bool:
    """Tell whether the charger's owner changed, or was registered, since the ticket was routed."""
    charger, routed_at = ticket.charger, ticket.routed_at
    if routed_at is None or (charger.registered_at and charger.registered_at > routed_at):
        return True
    changes = Event.objects.filter(stream=charger.stream, kind="owner_changed")
    return changes.filter(at__gt=routed_at).exists()
