"""Who the sides of a charger are, and what would tell one of them who the others are."""

import re
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import ContactPoint, InstallerFirm, User, normalise_email
from chargers import addresses
from chargers.models import Charger, Tenure
from support.models import Ticket


@dataclass
class Facts:
    """What would tell somebody who a party is, or where they live; as it was written."""

    names: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    streets: set[str] = field(default_factory=set)

    def __or__(self, other: "Facts") -> "Facts":
        pairs = zip(vars(self).items(), vars(other).values(), strict=True)
        return Facts(**{name: (mine | theirs) - {""} for (name, mine), theirs in pairs})


@dataclass(frozen=True)
class Sides:
    """The facts of everybody who ever had a part in a charger, and those the reader knows."""

    others: Facts
    own: Facts


def sides(
    ticket: Ticket | None, charger: Charger | None, reader: User | InstallerFirm | None
) -> Sides:
    """Gather both for a text to ``reader`` about a ticket, or about a charger."""
    charger = charger or (ticket and ticket.charger)
    tickets = _tickets(ticket, charger)
    return Sides(_all(tickets, charger), _own(reader, tickets, charger))


def _tickets(ticket: Ticket | None, charger: Charger | None) -> list[Ticket]:
    """Return the ticket, and every other one that was sent in for the charger: rivals."""
    rows = Ticket.objects.filter(charger=charger).exclude(state="draft") if charger else []
    found = {row.pk: row for row in rows}
    if ticket:
        found[ticket.pk] = ticket
    return list(found.values())


def _all(tickets: list[Ticket], charger: Charger | None) -> Facts:
    facts = Facts()
    for ticket in tickets:
        facts |= _claim(ticket) | _person(ticket.claimant)
        facts |= _person(ticket.offered_by) if ticket.offered_by_id else Facts()
        for answer in ticket.firm_answers.select_related("firm"):
            facts |= _firm(answer.firm)
    if charger is None:
        return facts
    place = charger.installation
    for tenure in Tenure.objects.on(charger).select_related("person", "firm"):
        facts |= _person(tenure.person) if tenure.person_id else _firm(tenure.firm)
    for share in charger.shares.all():
        facts |= Facts(names={share.to_name}, mails={normalise_email(share.to_email)})
    if place:
        facts |= Facts(streets={place.street}, mails={normalise_email(place.contact_email)})
        facts |= _person(place.board) if place.board_id else Facts()
        facts |= _firm(place.firm) if place.firm_id else Facts()
    return facts


def _own(
    reader: User | InstallerFirm | None, tickets: list[Ticket], charger: Charger | None
) -> Facts:
    """Return what the reader knows of themselves, and what is our own."""
    own = Facts(
        names={settings.BRAND},
        mails={normalise_email(settings.SUPPORT_EMAIL)},
        phones={settings.SUPPORT_PHONE},
    )
    if isinstance(reader, InstallerFirm):
        own |= _firm(reader)
    elif reader is not None:
        own |= _person(reader)
    for ticket in tickets:
        if reader is not None and reader == ticket.claimant:
            # The installer's name is what the claimant told us.
            own |= _claim(ticket) | Facts(names={ticket.installer_name})
    if charger and charger.installation_id and _lives_here(reader, charger):
        own |= Facts(streets={charger.installation.street})
    return own


def _lives_here(reader: User | InstallerFirm | None, charger: Charger) -> bool:
    """Tell whether the registry's address is the reader's own: who has or had a role there."""
    place = charger.installation
    if isinstance(reader, InstallerFirm):
        return True
    if reader is None:
        return False
    return place.board_id == reader.pk or Tenure.objects.on(charger).filter(person=reader).exists()


def _person(person: User) -> Facts:
    facts = Facts(names={person.name}, mails={normalise_email(person.email)})
    for point in ContactPoint.objects.filter(user=person):
        if point.kind == ContactPoint.Kind.EMAIL:
            facts.mails.add(normalise_email(point.value))
        elif point.kind == ContactPoint.Kind.PHONE:
            facts.phones.add(point.value)
        else:
            facts.streets.add(_street(re.split(r"[,\n]", point.value)[0], ""))
    return facts


def _firm(firm: InstallerFirm) -> Facts:
    return Facts(names={firm.name}, mails={normalise_email(firm.email)}, phones={firm.phone})


def _claim(ticket: Ticket) -> Facts:
    streets = {_street(ticket.address_line, ticket.country)}
    return Facts(names={ticket.claimant_name}, streets=streets)


def _street(line: str, country: str) -> str:
    """Return the street's name of one line; the line itself where it cannot be read."""
    address = addresses.parse(line=line, postal_code="", city="", country=country)
    return address.street or line
