"""Who the sides of a charger are, and what would tell one of them who the others are."""

import re
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import ContactPoint, InstallerFirm, User, normalise_email
from chargers import addresses
from chargers.models import Charger, Installation, Share, Tenure
from records.bundle import at_once
from records.put_together import part
from support.models import FirmAnswer, Ticket


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
    """Gather both for a text to ``reader`` about a ticket, or about a charger.

    Two statements, for a thousand requests as for one.
    """
    charger = charger or (ticket and ticket.charger)
    place = charger.installation if charger else None
    keys = {"ticket": ticket and ticket.pk, "charger": charger and charger.pk}
    rows = at_once(part(_rows, place=place and place.pk, **keys))
    tickets = {row.pk: row for row in rows["tickets"]} | ({ticket.pk: ticket} if ticket else {})
    here = _Here(list(tickets.values()), rows["tenures"], rows["answers"], rows["shares"], place)
    people, firms = here.people | _key_of(reader, User), here.firms | _key_of(reader, InstallerFirm)
    known = at_once(part(_known, people=sorted(people), firms=sorted(firms)))
    others = _people(known, here.people) | _firms(known, here.firms) | here.facts
    return Sides(others, _own(reader, here, known))


_READ = ("claimant", "offered_by", "claimant_name", "installer_name", "address_line", "country")


def _rows(ticket: int | None, charger: int | None, place: int | None) -> dict[str, QuerySet]:
    """The ticket and its rivals, whoever ever had a role, who answered, who was shared with."""
    sent = Ticket.objects.at_the_desk().filter(charger=charger)
    itself = Ticket.objects.filter(pk=ticket).values("pk")
    here = sent.values("pk").union(itself, all=True) if charger else itself
    return {
        "tickets": sent.only(*_READ) if charger else Ticket.objects.none(),
        "tenures": Tenure.objects.at(charger, place) if charger else Tenure.objects.none(),
        "answers": FirmAnswer.objects.filter(ticket__in=here),
        "shares": Share.objects.filter(charger=charger) if charger else Share.objects.none(),
    }


def _known(people: list[int], firms: list[int]) -> dict[str, QuerySet]:
    return {
        "people": User.objects.filter(pk__any_of=people),
        "points": ContactPoint.objects.filter(user__pk__any_of=people),
        "firms": InstallerFirm.objects.filter(pk__any_of=firms),
    }


@dataclass(frozen=True)
class _Here:
    """Who and what there ever was at a charger."""

    tickets: list[Ticket]
    tenures: list[Tenure]
    answers: list[FirmAnswer]
    shares: list[Share]
    place: Installation | None

    @property
    def people(self) -> set[int]:
        sides = {key for each in self.tickets for key in (each.claimant_id, each.offered_by_id)}
        board = self.place.board_id if self.place else None
        return (sides | {each.person_id for each in self.tenures} | {board}) - {None}

    @property
    def firms(self) -> set[int]:
        own = self.place.firm_id if self.place else None
        return ({each.firm_id for each in (*self.tenures, *self.answers)} | {own}) - {None}

    @property
    def facts(self) -> Facts:
        """What is written here itself, not with a person."""
        facts = Facts()
        for ticket in self.tickets:
            facts |= _claim(ticket)
        for share in self.shares:
            facts |= Facts(names={share.to_name}, mails={normalise_email(share.to_email)})
        if place := self.place:
            facts |= Facts(streets={place.street}, mails={normalise_email(place.contact_email)})
        return facts

    def is_home_of(self, reader: User | InstallerFirm | None) -> bool:
        """Tell whether the registry's address is the reader's own: who has or had a role there."""
        if reader is None or self.place is None:
            return False
        held = {each.person_id for each in self.tenures} | {self.place.board_id}
        return isinstance(reader, InstallerFirm) or reader.pk in held


def _key_of(reader: User | InstallerFirm | None, kind: type) -> set[int]:
    return {reader.pk} if isinstance(reader, kind) else set()


def _own(reader: User | InstallerFirm | None, here: _Here, known: dict[str, list]) -> Facts:
    """Return what the reader knows of themselves, and what is our own."""
    own = Facts(
        names={settings.BRAND},
        mails={normalise_email(settings.SUPPORT_EMAIL)},
        phones={settings.SUPPORT_PHONE},
    )
    own |= _people(known, _key_of(reader, User)) | _firms(known, _key_of(reader, InstallerFirm))
    for ticket in here.tickets:
        if isinstance(reader, User) and reader.pk == ticket.claimant_id:
            # The installer's name is what the claimant told us.
            own |= _claim(ticket) | Facts(names={ticket.installer_name})
    if here.is_home_of(reader):
        own |= Facts(streets={here.place.street})
    return own


def _people(known: dict[str, list], whose: set[int]) -> Facts:
    facts = Facts()
    for person in known["people"]:
        if person.pk in whose:
            facts |= Facts(names={person.name}, mails={normalise_email(person.email)})
    for point in known["points"]:
        if point.user_id not in whose:
            continue
        if point.kind == ContactPoint.Kind.EMAIL:
            facts.mails.add(normalise_email(point.value))
        elif point.kind == ContactPoint.Kind.PHONE:
            facts.phones.add(point.value)
        else:
            facts.streets.add(_street(re.split(r"[,\n]", point.value)[0], ""))
    return facts


def _firms(known: dict[str, list], which: set[int]) -> Facts:
    facts = Facts()
    for firm in known["firms"]:
        if firm.pk in which:
            facts |= Facts({firm.name}, {normalise_email(firm.email)}, {firm.phone})
    return facts


def _claim(ticket: Ticket) -> Facts:
    streets = {_street(ticket.address_line, ticket.country)}
    return Facts(names={ticket.claimant_name}, streets=streets)


def _street(line: str, country: str) -> str:
    """Return the street's name of one line; the line itself where it cannot be read."""
    address = addresses.parse(line=line, postal_code="", city="", country=country)
    return address.street or line
