"""What counts for a ticket: accepted items, the registry, the letter, the parties' words."""

from datetime import date, datetime

from accounts.models import InstallerFirm
from chargers import addresses
from chargers.models import Charger, Installation, Tenure
from chargers.services.standing import CONTACT_REST
from support.models import Answer, EvidenceItem, Ticket
from support.rules import Class, EvidenceKind
from support.services import clocks
from support.services.dossiers import Dossier

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


def classes_of(dossier: Dossier) -> frozenset[str]:
    """Return the classes that count for this ticket."""
    ticket, tenure = dossier.ticket, dossier.tenure
    today = today_of(ticket, dossier.at)
    classes = {_class_of(item, tenure, today) for item in dossier.items}
    if record_agrees(ticket, tenure):
        classes.add(Class.RECORD)
    here = (letter for letter in dossier.letters if letter.charger_id == ticket.charger_id)
    if any(letter.entered_at for letter in here):
        classes.add(Class.LETTER)
    if tenure and not dossier.contact_changed(tenure.person_id):
        classes |= _owner_classes(dossier, tenure)
    classes |= _firm_classes(dossier)
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


def record_agrees(ticket: Ticket, tenure: Tenure | None) -> bool:
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
        return bool(tenure) and ticket.offered_by_id == tenure.person_id
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


def _owner_classes(dossier: Dossier, tenure: Tenure) -> set[str]:
    ticket = dossier.ticket
    said = [a for a in dossier.answers if a.party_id == tenure.person_id and not a.as_board]
    named = [a for a in said if a.kind == Answer.Kind.NAMED and a.ticket_id == ticket.pk]
    classes = set()
    if named:
        classes.add(Class.NAMED_CONSENT)
    if any(a.kind == Answer.Kind.VACATED for a in said):
        classes.add(Class.VACATED)
    if ticket.offered_by_id == tenure.person_id:
        # An offer is a named consent until its owner says something else.
        if not any(a.at > ticket.made_at for a in said if a not in named):
            classes.add(Class.NAMED_CONSENT)
    return classes


def _firm_classes(dossier: Dossier) -> set[str]:
    """The installer's word: registered firms only; the first customer where nobody ever owned.

    A firm whose contact was changed in the last 30 days may be somebody else.
    """
    classes = set()
    for answer in dossier.firm_answers:
        if not answer.installed_here or not _counts(dossier.firms[answer.firm_id], dossier.at):
            continue
        classes.add(Class.INSTALLER)
        if answer.names_claimant and not dossier.owners and _serves(answer.firm_id, dossier):
            classes.add(Class.FIRST_CUSTOMER)
    return classes


def _counts(firm: InstallerFirm, now: datetime) -> bool:
    changed_at = firm.contact_changed_at
    return bool(firm.registered_at) and not (changed_at and changed_at > now - CONTACT_REST)


def _serves(firm_id: int, dossier: Dossier) -> bool:
    """Tell whether the firm has service access to this charger at this moment."""
    service = (t for t in dossier.tenures if t.role == Tenure.Role.SERVICE_ACCESS)
    return any(t.firm_id == firm_id and t.ends_at is None for t in service)
