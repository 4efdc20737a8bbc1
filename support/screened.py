"""Who the sides of a charger are, and what would tell one of them who the others are."""

import re
from collections.abc import Collection
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

    def __ior__(self, other: "Facts") -> "Facts":
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            mine |= theirs - {""}
        return self


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
    """Return everybody's facts, in as many queries for a thousand requests as for one."""
    people, firms = _parts(tickets, charger)
    facts = _people(people) | _firms(firms)
    for ticket in tickets:
        facts |= _claim(ticket)
    if charger is None:
        return facts
    for share in charger.shares.all():
        facts |= Facts(names={share.to_name}, mails={normalise_email(share.to_email)})
    if place := charger.installation:
        facts |= Facts(streets={place.street}, mails={normalise_email(place.contact_email)})
    return facts


def _parts(tickets: list[Ticket], charger: Charger | None) -> tuple[set[int], set[int]]:
    """Return who ever had a part: people's ids and firms' ids."""
    pairs = [(ticket.claimant_id, None) for ticket in tickets]
    pairs += [(ticket.offered_by_id, None) for ticket in tickets]
    answers = InstallerFirm.objects.filter(answers__ticket__in=tickets)
    pairs += [(None, firm) for firm in answers.values_list("pk", flat=True)]
    if charger is not None:
        pairs += Tenure.objects.on(charger).values_list("person_id", "firm_id")
        if place := charger.installation:
            pairs += [(place.board_id, place.firm_id)]
    people, firms = zip(*pairs, strict=True) if pairs else ((), ())
    return set(people) - {None}, set(firms) - {None}


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
        own |= _firms({reader.pk})
    elif reader is not None:
        own |= _people({reader.pk})
    for ticket in tickets:
        if isinstance(reader, User) and reader.pk == ticket.claimant_id:
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


def _people(people: Collection[int]) -> Facts:
    facts = Facts()
    for name, email in User.objects.filter(pk__in=people).values_list("name", "email"):
        facts |= Facts(names={name}, mails={normalise_email(email)})
    for point in ContactPoint.objects.filter(user__in=people):
        if point.kind == ContactPoint.Kind.EMAIL:
            facts.mails.add(normalise_email(point.value))
        elif point.kind == ContactPoint.Kind.PHONE:
            facts.phones.add(point.value)
        else:
            facts.streets.add(_street(re.split(r"[,\n]", point.value)[0], ""))
    return facts


def _firms(firms: Collection[int]) -> Facts:
    facts = Facts()
    for firm in InstallerFirm.objects.filter(pk__in=firms):
        facts |= Facts({firm.name}, {normalise_email(firm.email)}, {firm.phone})
    return facts


def _claim(ticket: Ticket) -> Facts:
    streets = {_street(ticket.address_line, ticket.country)}
    return Facts(names={ticket.claimant_name}, streets=streets)


def _street(line: str, country: str) -> str:
    """Return the street's name of one line; the line itself where it cannot be read."""
    address = addresses.parse(line=line, postal_code="", city="", country=country)
    return address.street or line
