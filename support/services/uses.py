"""Use without ownership: told before it ends, ended early by the owner, over on its last day."""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Charger, Tenure
from chargers.permissions import is_owner
from chargers.services import tenures
from records import clock
from support.machine import State
from support.models import Deadline, Ticket
from support.notifications import notify
from support.services import clocks, deadlines
from support.services.saving import save_and_record

# So long before its end a tenant is told that the use ends.
SOON = timedelta(days=14)


def begin(ticket: Ticket, *, at: datetime) -> None:
    """Tell tenant and owner that a use has begun, and put its end into the book of deadlines.

    The caller holds the locks and has given the use; ``ticket.tenure`` is the tenant's.
    """
    ends_at = ticket.tenure.ends_at
    if ends_at - SOON > at:
        deadlines.schedule(ticket, Deadline.Kind.USE_SOON, ends_at - SOON, at=at)
    deadlines.schedule(ticket, Deadline.Kind.USE_OVER, ends_at, at=at)
    about = {"at": at, "ticket": ticket, "charger": ticket.charger}
    notify("use_given", person=ticket.claimant, **about)
    if ticket.former_tenure and not ticket.fears_owner:
        notify("use_began", person=ticket.former_tenure.person, **about)


def ends_soon(ticket: Ticket, *, at: datetime) -> None:
    """Tell the tenant in good time that the use ends, and how to ask for a new one."""
    if _is_running(ticket, at):
        notify("use_ends_soon", at=at, ticket=ticket, person=ticket.claimant)


def over(ticket: Ticket, *, at: datetime) -> None:
    """The last day is over: the right has ended by itself; both sides are told."""
    if ticket.state == State.COMPLETED and ticket.tenure_id:
        save_and_record(ticket, "use_ended", at=at, facts=False, early=False)
        _tell(ticket, at)


@transaction.atomic
def end_early(*, tenure_uid: str, by: User) -> Tenure:
    """End a tenant's use before its day, as the owner of the charger wishes; the tenant is told.

    Ending is always allowed, also under a dispute or freeze. Ended already it stays as it is.
    Raises PermissionDenied for anybody but the owner.
    """
    found = Tenure.objects.filter(uid=tenure_uid, role=Tenure.Role.CHARGING_USER).first()
    if found is None or found.charger_id is None:
        raise PermissionDenied
    charger = Charger.objects.lock(found.charger_id)
    now = clock.now()
    if not is_owner(charger, by, now):
        raise PermissionDenied(_("Only the owner of the charger ends a use of it."))
    tenure = tenures.end_use(charger=charger, tenure_uid=tenure_uid, at=now)
    for pk in Ticket.objects.filter(tenure=tenure, state=State.COMPLETED).values_list("pk"):
        ticket = Ticket.objects.lock(pk[0])
        if deadlines.cancel(ticket, Deadline.Kind.USE_SOON, Deadline.Kind.USE_OVER, at=now):
            save_and_record(
                ticket, "use_ended", at=now, by=by, by_what="party", facts=False, early=True
            )
            notify("use_ended", at=now, ticket=ticket, person=ticket.claimant, early=True)
    return tenure


def last_day(ticket: Ticket) -> date | None:
    """Return the last day of the use that a ticket gave, at the place; before that, as claimed."""
    if not ticket.tenure_id:
        return ticket.use_until_date
    zone = clocks.place_of(ticket).zone
    return (ticket.tenure.ends_at - timedelta(seconds=1)).astimezone(zone).date()


def _is_running(ticket: Ticket, at: datetime) -> bool:
    return ticket.state == State.COMPLETED and bool(ticket.tenure) and ticket.tenure.ends_at > at


def _tell(ticket: Ticket, at: datetime) -> None:
    about = {"at": at, "ticket": ticket, "charger": ticket.charger}
    notify("use_ended", person=ticket.claimant, **about)
    owner = ticket.charger.owner(at)
    if owner and not ticket.fears_owner:
        notify("use_over", person=owner, **about)
