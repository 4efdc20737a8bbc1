"""A request taken by phone: the desk types it, the claimant looks it through and sends it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from accounts.roles import is_staff
from records import clock
from support.machine import State
from support.models import Ticket
from support.notifications import notify
from support.permissions import decides
from support.rules import Outcome
from support.services import claims, tickets
from support.services.saving import save_and_record


@transaction.atomic
def type_for(*, by: User, email: str, **claim) -> Ticket:
    """Type a claim for somebody on the phone and mail them that it is ready to send.

    It is a draft of theirs like any other: only they send it, after a code proved their address,
    and every gate after that is the same. Who typed it never approves it. Nothing is looked up:
    the answer is the same for every serial. Raises PermissionDenied for who takes no tickets,
    ValidationError by field for what is wrong, a colleague's address, or a draft of their own.
    """
    if not decides(by):
        raise PermissionDenied(_("Agents and seniors take requests by phone."))
    if set(claim) - claims.CLAIM_FIELDS:
        raise TypeError("not claim fields")
    now = clock.now()
    claimant = User.objects.by_email(email) or User.objects.create_user(normalise_email(email))
    if is_staff(claimant, now):
        raise ValidationError({"email": _("A colleague's own request is not typed by another.")})
    if Ticket.objects.filter(claimant=claimant, state=State.DRAFT, offered_by=None).exists():
        raise ValidationError(
            {"email": _("They have begun a request already: they can go on with it by signing in.")}
        )
    ticket = tickets.make_draft(claimant=claimant, at=now, typed_by=by, **claim)
    if ticket.renting:
        ticket.outcome = Outcome.USE
    claims.read_serial(ticket)
    if problems := claims.claim_problems(ticket):
        raise ValidationError(problems)
    save_and_record(ticket, "typed_for", at=now, by=by)
    notify("typed_for_you", at=now, ticket=ticket, person=claimant)
    return ticket
