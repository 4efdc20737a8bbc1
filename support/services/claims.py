"""What a claimant says: kept as typed, checked without looking at the registry."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import throttles
from accounts.models import User
from chargers import addresses, serials
from records import clock
from support.machine import State
from support.models import Ticket
from support.permissions import require
from support.rules import Outcome
from support.services.saving import save_and_record

CLAIM_FIELDS = frozenset(
    {
        "serial_typed",
        "address_line",
        "unit",
        "postal_code",
        "city",
        "country",
        "situation",
        "can_ask_owner",
        "claimant_name",
        "installer_name",
        "outcome",
        "bought_recently",
        "renting",
        "only_installer",
        "shared_garage",
        "fears_owner",
        "use_until_date",
    }
)


@transaction.atomic
def save_claim(*, ticket_id: int, by: User, **claim) -> Ticket:
    """Keep what the claimant typed in a draft, as typed; what is wrong with it is said at the end.

    Raises PermissionDenied for anybody else, TransitionNotAllowed when it is no draft any more,
    TypeError for a field that is not the claimant's to set.
    """
    unknown = set(claim) - CLAIM_FIELDS
    if unknown:
        raise TypeError(f"not claim fields: {', '.join(sorted(unknown))}")
    ticket = Ticket.objects.lock(ticket_id)
    require(ticket.submit, by)
    if ticket.state != State.DRAFT:
        raise TransitionNotAllowed(_("This request has been sent already."))
    for name, value in claim.items():
        setattr(ticket, name, value)
    if "serial_typed" in claim:
        read_serial(ticket)
        count_serial(ticket, by)
    if ticket.renting:
        ticket.outcome = Outcome.USE
    return save_and_record(ticket, "claim_saved", at=clock.now(), by=by)


def count_serial(ticket: Ticket, by: User) -> None:
    """Count one more serial number that a person asked about today; raises Throttled at the 11th.

    Nothing is looked up for it: it is the same for every serial.
    """
    what = ticket.serial or ticket.serial_typed
    throttles.spend(throttles.SERIALS_BY_PERSON, str(by.uid), what=what)


def read_serial(ticket: Ticket) -> None:
    """Normalise the typed serial; one that cannot be read leaves the fields empty."""
    try:
        ticket.serial = serials.normalise(ticket.serial_typed)
    except ValidationError:
        ticket.serial = ""
    ticket.lookup_key = serials.lookup_key(ticket.serial) if ticket.serial else ""


def claim_problems(ticket: Ticket, *, but: Collection[str] = ()) -> dict[str, str]:
    """Return what is missing or wrong before the request can be sent, by field; empty when fine.

    ``but`` names fields that are asked for on the same page.

    Looks at the claim alone, never at the registry: the answer tells nothing about the charger.
    """
    problems = serial_problems(ticket.serial_typed)
    problems |= addresses.problems(
        addresses.parse(
            line=ticket.address_line,
            postal_code=ticket.postal_code,
            city=ticket.city,
            country=ticket.country,
            unit=ticket.unit,
        )
    )
    if not ticket.claimant_name.strip():
        problems["claimant_name"] = _("Enter your name, as it stands in your documents.")
    if ticket.only_installer and not ticket.installer_name.strip():
        problems["installer_name"] = _("Enter the installer's name: they are asked to confirm.")
    if ticket.outcome == Outcome.USE and not ticket.use_until_date:
        problems["use_until_date"] = _("Enter the day on which your lease ends.")
    elif ticket.use_until_date and ticket.use_until_date < clock.now().date():
        problems["use_until_date"] = _("Enter a day in the future: this lease has ended.")
    return {field: words for field, words in problems.items() if field not in but}


def serial_problems(text: str) -> dict[str, str]:
    """Return what is wrong with a typed serial, without looking it up."""
    try:
        serial = serials.normalise(text)
    except ValidationError as error:
        return {"serial_typed": " ".join(error.messages)}
    if serials.recognise(serial).is_meter:
        return {
            "serial_typed": _(
                "This is the number of an energy meter, not of a charger. "
                "The charger's number is on the label of the station itself."
            )
        }
    return {}
