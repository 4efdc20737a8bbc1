"""The claim, the registry and the documents beside each other, with what disagrees in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from chargers import addresses
from chargers.models import Installation, Tenure
from records import dates
from support.documents import FactKind
from support.models import EvidenceItem, FirmAnswer, Ticket
from support.reading.found import Found
from support.rules import EvidenceKind
from support.services import classes, kinds
from support.services.dossiers import Dossier

ADDRESS_PARTS = {
    "street": lambda a: a.street,
    "house_number": lambda a: a.house_number,
    "house_letter": lambda a: a.house_letter,
    "unit": lambda a: a.unit,
    "postal_code": lambda a: a.postal_code,
    "country": lambda a: a.country,
}
# Which tick of an accepted document speaks about which line of the comparison.
TICK_LINES = {
    "serial_shown": "serial",
    "code_shown": "serial",
    "address_matches": "street",
    "buyer_is_claimant": "person",
    "tenant_is_claimant": "person",
    "names_claimant": "person",
    "seller_is_owner": "owner",
}


@dataclass
class Line:
    """One line: ``agrees`` is None where nothing can be compared, False where anything differs."""

    name: str
    label: str
    claim: str
    registry: str
    agrees: bool | None = None
    words: str = ""
    documents: list[str] = field(default_factory=list)


def compare(dossier: Dossier) -> list[Line]:
    """Return the lines that an agent reads from the top: serial, place, people."""
    ticket, items = dossier.ticket, dossier.items
    said = _documents(items)
    lines = [_serial(ticket, said), *_places(ticket, said), _person(ticket, said)]
    owner = dossier.tenure
    lines += [_owner(owner, said), _take_over(ticket, owner, items)]
    return [*lines, _installer(ticket, dossier.firm_answers)]


# Which line a fact that a machine has read belongs to.
FACT_LINES = {
    FactKind.SERIAL: "serial",
    FactKind.ADDRESS: "street",
    FactKind.BUYER: "person",
    FactKind.TENANT: "person",
    FactKind.SELLER: "owner",
    FactKind.TAKE_OVER_DATE: "take_over",
}


def lay_beside(lines: list[Line], read: Iterable[Found]) -> None:
    """Put what a machine has read on the documents beside claim and registry, marked as that.

    A line whose document says something else differs, and says in words what.
    """
    by_name = {line.name: line for line in lines}
    for found in read:
        for each in found.all:
            line = by_name.get(FACT_LINES.get(each.fact.kind, ""))
            if not line or not each.shown:
                continue
            line.documents.append(_("read by machine: %(what)s") % {"what": each.shown})
            if each.agrees is False:
                already = line.words if line.agrees is False else ""
                said = _("the document: %(words)s") % {"words": each.words}
                line.agrees, line.words = False, "; ".join(filter(None, [already, said]))


def _documents(items: list[EvidenceItem]) -> dict[str, list[str]]:
    """What the accepted items were seen to show, by line."""
    said: dict[str, list[str]] = {}
    for item in items:
        if item.state != EvidenceItem.State.ACCEPTED:
            continue
        for tick, words in kinds.TICKS.get(item.kind, {}).items():
            line = TICK_LINES.get(tick)
            if line:
                mark = words if tick in item.ticks else _("Not seen: %(what)s") % {"what": words}
                what = "" if item.kind == EvidenceKind.LABEL else f"{item.get_kind_display()}: "
                said.setdefault(line, []).append(f"{what}{mark}")
    return said


def _serial(ticket: Ticket, said: dict) -> Line:
    charger = ticket.charger
    label = _("Serial number")
    documents = said.get("serial", [])
    typed = ticket.serial_typed or ticket.serial
    if charger is None:
        words = _("not looked up yet")
        return Line("serial", label, typed, "", None, words, documents)
    if charger.registered_at is None:
        words = _("the registry does not know this serial")
        return Line("serial", label, typed, "", False, words, documents)
    same = charger.serial == ticket.serial
    words = "" if same else _("read as %(serial)s") % {"serial": charger.serial}
    name = " ".join(part for part in (charger.serial, charger.model) if part)
    return Line("serial", label, typed, name, same or None, words, documents)


def _places(ticket: Ticket, said: dict) -> list[Line]:
    claimed = classes.claimed_address(ticket)
    place = ticket.charger.installation if ticket.charger_id else None
    if place is None:
        return [
            Line(
                "street",
                _("Address"),
                ", ".join(filter(None, [ticket.address_line, ticket.unit, _town(claimed)])),
                "",
                None,
                _("no address on record"),
                said.get("street", []),
            )
        ]
    recorded = classes.recorded_address(ticket.charger)
    shared = place.kind == Installation.Kind.SHARED
    found = addresses.compare(claimed, recorded, shared=shared)
    return _address_lines(claimed, recorded, found, said)


def _address_lines(claimed, recorded, found: addresses.Comparison, said: dict) -> list[Line]:
    labels = {
        "street": _("Street"),
        "house_number": _("House number"),
        "house_letter": _("House letter"),
        "unit": _("Flat or bay"),
        "postal_code": _("Postcode"),
        "country": _("Country"),
    }
    lines = []
    for name, part in ADDRESS_PARTS.items():
        agrees, ours, theirs = found.parts.get(name), part(claimed), part(recorded)
        if not ours and not theirs:
            continue
        lines.append(
            Line(
                name,
                labels[name],
                ours,
                theirs,
                agrees,
                _words(agrees, ours, theirs),
                said.get(name, []),
            )
        )
    town = Line("city", _("Town"), claimed.city, recorded.city, None, _("not compared"))
    return [*lines, town]


def _words(agrees: bool | None, claimed: str, recorded: str) -> str:
    if agrees is None:
        return _("not compared: not a shared garage")
    if agrees:
        return "" if claimed == recorded else _("close enough")
    if not claimed:
        return _("the claim names none")
    if not recorded:
        return _("the registry names none")
    return _("these differ")


def _town(address: addresses.Address) -> str:
    return " ".join(filter(None, [address.postal_code, address.city, address.country]))


def _person(ticket: Ticket, said: dict) -> Line:
    words = _("a name on the claim is compared with the documents")
    return Line(
        "person", _("Who asks"), ticket.claimant_name, "", None, words, said.get("person", [])
    )


def _owner(owner: Tenure | None, said: dict) -> Line:
    """The owner on record, beside the seller of the agreement."""
    documents = said.get("owner", [])
    name = (owner.person.name or _("name unknown")) if owner else _("nobody")
    return Line("owner", _("Owner on record"), "", name, None, "", documents)


def _take_over(ticket: Ticket, owner: Tenure | None, items: list[EvidenceItem]) -> Line:
    """When it was taken over, by the agreement; beside the day since which the owner is one."""
    agrees, words, documents = None, "", []
    for item in items:
        if item.kind != EvidenceKind.PURCHASE_AGREEMENT or not item.take_over_date:
            continue
        documents.append(_("%(day)s, as accepted") % {"day": _day(item.take_over_date)})
        if owner and item.take_over_date < owner.starts_at.date():
            agrees, words = False, _("take-over before the owner on record began")
    claimed = _day(ticket.take_over_date) if ticket.take_over_date else ""
    since = _("owner since %(day)s") % {"day": _day(owner.starts_at)} if owner else ""
    return Line("take_over", _("Take-over"), claimed, since, agrees, words, documents)


def _day(date) -> str:
    return dates.day(date)


def _installer(ticket: Ticket, firm_answers: list[FirmAnswer]) -> Line:
    place = ticket.charger.installation if ticket.charger_id else None
    recorded = place.firm.name if place and place.firm_id else ""
    said = [_firm_words(answer) for answer in firm_answers]
    return Line("installer", _("Installer"), ticket.installer_name, recorded, None, "", said)


def _firm_words(answer: FirmAnswer) -> str:
    if not answer.installed_here:
        return _("%(firm)s: did not put it up here") % {"firm": answer.firm.name}
    if answer.names_claimant:
        return _("%(firm)s: put it up here, for this person") % {"firm": answer.firm.name}
    return _("%(firm)s: put it up here") % {"firm": answer.firm.name}
