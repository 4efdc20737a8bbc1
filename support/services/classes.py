"""What counts for a ticket: accepted items, the registry, the letter, the parties' words."""

from datetime import date, datetime

from chargers import addresses
from chargers.models import Charger, Installation, Tenure
from chargers.services.standing import CONTACT_REST, contact_changed
from support.models import Answer, EvidenceItem, Ticket
from support.rules import Class, EvidenceKind
from support.services import clocks

# What must be ticked for an accepted item to count as its class.
COUNTS_WHEN = {
    EvidenceKind.LABEL: (Class.PRESENCE, {"serial_shown", "code_shown"}),
    EvidenceKind.PURCHASE_AGREEMENT: (
        Class.PROPERTY,
        {"buyer_is_claimant", "address_matches", "signed"},
    ),
    EvidenceKind.REGISTER_EXTRACT: (Class.REGISTER, {"names_claimant", "address_matches"}),
}
LEASE_TICKS = {"tenant_is_claimant", "address_matches", "signed"}


def classes_of(ticket, tenure, items, now, policy) -> frozenset[str]:
    """Return the classes that count for this ticket."""
    classes = {_class_of(item, tenure, today_of(ticket, now)) for item in items}
    if record_agrees(ticket, now):
        classes.add(Class.RECORD)
    if ticket.letters.filter(charger=ticket.charger_id).exclude(entered_at=None).exists():
        classes.add(Class.LETTER)
    if tenure and not contact_changed(tenure.person, now):
        classes |= _owner_classes(ticket, tenure)
    classes |= _firm_classes(ticket, now)
    return frozenset(classes - {None})


def today_of(ticket: Ticket, now: datetime) -> date:
    """Return the date at the place."""
    return now.astimezone(clocks.place_of(ticket).zone).date()


def _class_of(item: EvidenceItem, tenure: Tenure | None, today: date) -> str | None:
    """Return what an accepted item counts for; an agreement, from its take-over date on."""
    if item.state != EvidenceItem.State.ACCEPTED or item.kind not in COUNTS_WHEN:
        return None
    class_, needed = COUNTS_WHEN[item.kind]
    if not needed <= set(item.ticks):
        return None
    if class_ == Class.PROPERTY:
        began = tenure.starts_at.date() if tenure else None
        taken_over = item.take_over_date and item.take_over_date <= today
        if not taken_over or (began and item.take_over_date < began):
            return None
    return class_


def leased_until(ticket: Ticket, items: list[EvidenceItem]) -> date | None:
    """Return the last day of the use: the lease's, or an earlier one that was asked for.

    None without an accepted lease.
    """
    for item in items:
        accepted = item.state == EvidenceItem.State.ACCEPTED and item.kind == EvidenceKind.LEASE
        if accepted and LEASE_TICKS <= set(item.ticks):
            ends = [day for day in (item.ends_date, ticket.use_until_date) if day]
            return min(ends, default=None)
    return None


def has_lease(ticket: Ticket, items: list[EvidenceItem], now: datetime) -> bool:
    """Tell whether an accepted lease still runs."""
    until = leased_until(ticket, items)
    return until is not None and until >= today_of(ticket, now)


def record_agrees(ticket: Ticket, now: datetime) -> bool:
    """Tell whether an import older than the ticket agrees with the claim, part by part.

    An offer has no address: its owner's word about the place counts while they are the owner.
    """
    charger = ticket.charger
    if not charger.registered_at or charger.registered_at > ticket.made_at:
        return False
    place = charger.installation
    if place is None or ticket.lookup_key != charger.lookup_key:
        return False
    if ticket.offered_by_id:
        return ticket.offered_by == charger.owner(now)
    shared = place.kind == Installation.Kind.SHARED
    return addresses.compare(
        claimed_address(ticket), recorded_address(charger), shared=shared
    ).agrees


def claimed_address(ticket: Ticket) -> addresses.Address:
    """Return the claim's address in parts."""
    return addresses.parse(
        line=ticket.address_line,
        postal_code=ticket.postal_code,
        city=ticket.city,
        country=ticket.country,
        unit=ticket.unit,
    )


def recorded_address(charger: Charger) -> addresses.Address:
    """Return the registry's address in parts; the flat or bay is the charger's own, if known."""
    place = charger.installation
    return addresses.Address(
        street=place.street,
        house_number=place.house_number,
        house_letter=place.house_letter,
        unit=charger.unit or place.unit,
        postal_code=place.postal_code,
        city=place.city,
        country=place.country,
    )


def _owner_classes(ticket: Ticket, tenure: Tenure) -> set[str]:
    standing = Answer.objects.filter(
        charger=ticket.charger_id, party=tenure.person_id, as_board=False, void_at=None
    )
    classes = set()
    if standing.filter(kind=Answer.Kind.NAMED, ticket=ticket).exists():
        classes.add(Class.NAMED_CONSENT)
    if standing.filter(kind=Answer.Kind.VACATED).exists():
        classes.add(Class.VACATED)
    if ticket.offered_by_id == tenure.person_id:
        # An offer is a named consent until its owner says something else.
        since = standing.filter(at__gt=ticket.made_at)
        if not since.exclude(kind=Answer.Kind.NAMED, ticket=ticket).exists():
            classes.add(Class.NAMED_CONSENT)
    return classes


def _firm_classes(ticket: Ticket, now: datetime) -> set[str]:
    """The installer's word: registered firms only; the first customer where nobody ever owned.

    A firm whose contact was changed in the last 30 days may be somebody else.
    """
    classes = set()
    answers = ticket.firm_answers.filter(void_at=None, firm__registered_at__isnull=False)
    answers = answers.exclude(firm__contact_changed_at__gt=now - CONTACT_REST)
    for answer in answers.filter(installed_here=True):
        classes.add(Class.INSTALLER)
        if answer.names_claimant and never_owned(ticket) and serves(answer.firm_id, ticket):
            classes.add(Class.FIRST_CUSTOMER)
    return classes


def never_owned(ticket: Ticket) -> bool:
    return not ticket.charger.tenures.owners().exists()


def serves(firm_id: int, ticket: Ticket) -> bool:
    """Tell whether the firm has service access to this charger at this moment."""
    access = Tenure.objects.on(ticket.charger).service()
    return access.filter(firm=firm_id, ends_at=None).exists()
