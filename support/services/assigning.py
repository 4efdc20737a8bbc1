"""Whose a ticket is, and when it comes up again: assign, put aside, give back."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts.models import Role, User
from records import clock
from support.machine import LIVE
from support.models import Ticket, Undo
from support.permissions import decides, is_party, may_work, plays
from support.services import undo
from support.services.saving import save_and_record

LONGEST_SNOOZE = timedelta(days=60)
FOR_AN_ANSWER = timedelta(days=14)


def why_not_assign(ticket: Ticket, *, to: User, by: User) -> str:
    """Say why a ticket cannot be given to somebody by somebody; empty when it can."""
    if not plays(by, Role.SENIOR):
        return _("A senior gives tickets out. You can pick one by hand: that is flagged.")
    if to.pk == by.pk:
        return _("Taking one yourself is picking by hand: do that on its page.")
    if not decides(to):
        return _("%(who)s takes no tickets.") % {"who": to}
    if is_party(ticket, to) or is_party(ticket, by):
        return _("A party to this request works nowhere on it.")
    if ticket.state not in LIVE:
        return _("This request is over.")
    if ticket.assigned_to_id == to.pk:
        return _("It is theirs already.")
    return ""


@transaction.atomic
def assign(*, ticket_id: int, to: User, by: User) -> Ticket:
    """A senior gives a ticket to somebody: no flag, for nobody chose it for themselves.

    Raises PermissionDenied with the reason when it cannot be.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if why := why_not_assign(ticket, to=to, by=by):
        raise PermissionDenied(why)
    now, before = clock.now(), ticket.assigned_to_id
    ticket.assigned_to, ticket.reserved_until = to, None
    save_and_record(ticket, "assigned", at=now, by=by, facts=False, to_person=str(to.uid))
    undo.offer(ticket, by=by, act=Undo.Act.ASSIGNED, at=now, assigned_to=before)
    return ticket


@transaction.atomic
def snooze(*, ticket_id: int, by: User, until_at: datetime | None) -> Ticket:
    """Put a ticket aside until a moment; None: until an answer comes, two weeks at the longest.

    Any news of a party or of the background brings it back before. Our next word to the claimant
    stays due. Raises ValidationError for a moment that is past or over 60 days away.
    """
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if ticket.state not in LIVE:
        raise TransitionNotAllowed(_("This request is over."))
    now = clock.now()
    until_at = until_at or now + FOR_AN_ANSWER
    if not now < until_at <= now + LONGEST_SNOOZE:
        raise ValidationError({"until": _("Choose a day within the next 60 days.")})
    before = ticket.snoozed_until and ticket.snoozed_until.isoformat()
    ticket.snoozed_until = until_at
    save_and_record(ticket, "snoozed", at=now, by=by, facts=False)
    undo.offer(ticket, by=by, act=Undo.Act.SNOOZED, at=now, snoozed_until=before)
    return ticket


@transaction.atomic
def wake(*, ticket_id: int, by: User) -> Ticket:
    """Take a ticket back from where it was put aside."""
    ticket = Ticket.objects.lock(ticket_id)
    if not may_work(ticket, by):
        raise PermissionDenied(_("This step is not yours to take."))
    if ticket.snoozed_until is None:
        return ticket
    ticket.snoozed_until = None
    return save_and_record(ticket, "woken", at=clock.now(), by=by, facts=False)


def end_lapsed(*, at: datetime) -> int:
    """Give back what was drawn and left alone: the reservation is over. Returns how many."""
    lapsed = Ticket.objects.filter(reserved_until__lte=at).values_list("pk", flat=True)
    return sum(_end(pk, at) for pk in list(lapsed[:200]))


@transaction.atomic
def _end(pk: int, at: datetime) -> int:
    ticket = Ticket.objects.lock(pk)
    if ticket.reserved_until is None or ticket.reserved_until > at:
        return 0
    ticket.assigned_to = ticket.reserved_until = None
    save_and_record(ticket, "reservation_ended", at=at, facts=False)
    return 1
