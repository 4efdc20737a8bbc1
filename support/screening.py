"""What may not be told: finding the other parties' names, mails, phones and streets in a text.

Every outgoing text passes here (I9). A wrong hit costs an agent a minute; a miss cannot be
called back.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import ContactPoint, InstallerFirm, User
from chargers import addresses
from chargers.models import Charger, Installation, Tenure
from support.models import Ticket

_PHONE = re.compile(r"\+?\d[\d ()./\u00a0-]{5,}\d")
# As many last digits of a phone number as tell one from another, with or without country code.
_TAIL = 7


@dataclass
class Facts:
    """What would tell somebody who a party is, or where they live."""

    names: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    streets: set[str] = field(default_factory=set)

    def __or__(self, other: "Facts") -> "Facts":
        pairs = zip(vars(self).items(), vars(other).values(), strict=True)
        return Facts(**{name: mine | theirs for (name, mine), theirs in pairs})


def find(
    text: str,
    *,
    ticket: Ticket | None = None,
    charger: Charger | None = None,
    reader: User | InstallerFirm | None = None,
    free: str | None = None,
) -> list[str]:
    """Return what of the other parties a text names that goes to ``reader``; empty: it may go.

    ``free`` is the part that people typed (default: all of it): there a surname alone, or a first
    name as it is written, is a hit too. The reader's own facts are none.
    """
    charger = charger or (ticket and ticket.charger)
    tickets = _tickets(ticket, charger)
    own = _own(reader, tickets, charger)
    others = _all(tickets, charger)
    folded = _fold(text)
    hits = {name for name in others.names - own.names if _says(folded, name)}
    hits |= _parts_said(text if free is None else free, others.names, own.names)
    hits |= {mail for mail in others.mails - own.mails if mail in folded}
    hits |= _phones_said(text, others.phones - own.phones)
    hits |= {street for street in others.streets - own.streets if _says(folded, street)}
    return sorted(hits)


def _tickets(ticket: Ticket | None, charger: Charger | None) -> list[Ticket]:
    """Return the ticket, and every other one that was sent in for the charger: rivals."""
    rows = Ticket.objects.filter(charger=charger).exclude(state="draft") if charger else []
    found = {row.pk: row for row in rows}
    if ticket:
        found[ticket.pk] = ticket
    return list(found.values())


def _all(tickets: list[Ticket], charger: Charger | None) -> Facts:
    """Return the facts of everybody who ever had a part in this charger."""
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
    if place:
        facts |= _place(place)
        facts |= _person(place.board) if place.board_id else Facts()
        facts |= _firm(place.firm) if place.firm_id else Facts()
        facts.mails.update({_fold(place.contact_email)} - {""})
    return facts


def _own(
    reader: User | InstallerFirm | None, tickets: list[Ticket], charger: Charger | None
) -> Facts:
    """Return what the reader knows of themselves, and what is our own."""
    own = Facts(mails={_fold(settings.SUPPORT_EMAIL)}, phones={_tail(settings.SUPPORT_PHONE)})
    if isinstance(reader, InstallerFirm):
        own |= _firm(reader)
    elif reader is not None:
        own |= _person(reader)
    for ticket in tickets:
        if reader == ticket.claimant:
            own |= _claim(ticket)
            # The installer's name is what the claimant told us.
            own.names.update({_fold(ticket.installer_name)} - {""})
    if charger and charger.installation_id and _lives_here(reader, charger):
        own |= _place(charger.installation)
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
    facts = Facts(names={_fold(person.name)} - {""}, mails={_fold(person.email)} - {""})
    for point in ContactPoint.objects.filter(user=person):
        if point.kind == ContactPoint.Kind.EMAIL:
            facts.mails.add(_fold(point.value))
        elif point.kind == ContactPoint.Kind.PHONE:
            facts.phones.add(_tail(point.value))
        else:
            facts.streets |= _streets(re.split(r"[,\n]", point.value)[0], "")
    return facts


def _firm(firm: InstallerFirm) -> Facts:
    mails = {_fold(firm.email)} - {""}
    return Facts(names={_fold(firm.name)} - {""}, mails=mails, phones={_tail(firm.phone)} - {""})


def _claim(ticket: Ticket) -> Facts:
    streets = _streets(ticket.address_line, ticket.country)
    return Facts(names={_fold(ticket.claimant_name)} - {""}, streets=streets)


def _place(place: Installation) -> Facts:
    return Facts(streets={_fold(place.street)} - {""})


def _streets(line: str, country: str) -> set[str]:
    """Return the street's name of one line; the line itself where it cannot be read."""
    street = addresses.parse(line=line, postal_code="", city="", country=country).street
    return {_fold(street or line)} - {""}


def _parts_said(free: str, names: set[str], own_names: set[str]) -> set[str]:
    """Return the single names that were typed: surnames in any case, the others as written."""
    own = {part for name in own_names for part in name.split()}
    folded, capitals = _fold(free), _fold_capitals(free)
    hits = set()
    for name in names:
        *first, last = name.split()
        if last not in own and len(last) > 1 and _is_typed(last, folded, capitals):
            hits.add(last)
        hits |= {part for part in first if part not in own and len(part) > 2 and part in capitals}
    return hits


def _is_typed(surname: str, folded: str, capitals: set[str]) -> bool:
    """A short surname is often a word as well: it counts where it has its capital."""
    return surname in capitals if len(surname) < 4 else _says(folded, surname)


def _fold_capitals(text: str) -> set[str]:
    words = re.findall(r"\w[\w'’-]*", unicodedata.normalize("NFKC", text))
    return {_fold(word) for word in words if word[0].isupper()}


def _phones_said(text: str, phones: set[str]) -> set[str]:
    said = {_tail(found) for found in _PHONE.findall(text)}
    return (said & phones) - {""}


def _tail(phone: str) -> str:
    """Return the last digits of a phone number, empty when it has too few to be one."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return digits[-_TAIL:] if len(digits) >= _TAIL else ""


def _says(folded: str, phrase: str) -> bool:
    """Tell whether a folded text has a phrase as whole words, of three letters or more."""
    if len(phrase) < 3:
        return False
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", folded) is not None


def _fold(text: str) -> str:
    """Return a text as it is compared: one case, no accents, no invisible signs, single spaces."""
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(plain.casefold().split())
