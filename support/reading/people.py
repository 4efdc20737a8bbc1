"""Who has a say in a ticket, how they can be reached, what they were told and what they said.

Contacts are masked: the desk sees that there is one, and enough to recognise it when it is read
out by the person themselves.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import InstallerFirm
from chargers.models import Tenure
from support.models import Letter, Notice, Ticket
from support.services.dossiers import Dossier


@dataclass(frozen=True)
class Party:
    """Somebody with a say: ``role`` in words, the masked contacts, and what is special."""

    role: str
    name: str
    contacts: list[str]
    words: str = ""


@dataclass(frozen=True)
class Delivery:
    """A notice or letter: to whom (as a part, not an address), and whether it arrived."""

    what: str
    to: str
    made_at: datetime
    mark: str  # go, wait or stop
    words: str


def mask_email(email: str) -> str:
    """Return ``k•••@e•••.com`` for ``kari@example.com``: enough to recognise, not to use."""
    name, at, domain = email.partition("@")
    if not at:
        return ""
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{(host or domain)[:1]}•••{dot}{ending if dot else ''}"


def mask_phone(phone: str) -> str:
    """Return the last two digits of a phone number."""
    digits = "".join(filter(str.isdigit, phone))
    return f"••• {digits[-2:]}" if len(digits) > 4 else ""


def parties(dossier: Dossier) -> list[Party]:
    """Return everyone with something to gain or lose, the claimant first."""
    ticket, owner = dossier.ticket, dossier.tenure
    found = [_claimant(dossier)]
    if ticket.offered_by_id and ticket.offered_by_id != ticket.claimant_id:
        found.append(Party(_("Offered by"), *_person(dossier, ticket.offered_by_id)))
    if owner:
        said = _person(dossier, owner.person_id)
        found.append(Party(_("Owner on record"), *said, _standing(owner)))
    place = ticket.charger.installation if ticket.charger_id else None
    if place and place.board_id:
        found.append(Party(_("Board of the garage"), *_person(dossier, place.board_id)))
    if place and place.contact_email:
        words = _("told, never asked: not an owner")
        found.append(Party(_("Contact on record"), "", [mask_email(place.contact_email)], words))
    return found + [_firm(firm) for firm in _firms(dossier)]


def _claimant(dossier: Dossier) -> Party:
    ticket = dossier.ticket
    name, contacts = _person(dossier, ticket.claimant_id)
    words = _("fears the registered person: no notice goes out") if ticket.fears_owner else ""
    return Party(_("Claimant"), ticket.claimant_name or name, contacts, words)


def _person(dossier: Dossier, person_id: int) -> tuple[str, list[str]]:
    user = dossier.people[person_id]
    points = (p for p in dossier.points.get(person_id, []) if p.valid_to is None)
    phones = (mask_phone(point.value) for point in points if point.kind == "phone")
    masked = [mask_email(user.email), *phones]
    return user.name or _("name unknown"), [contact for contact in masked if contact]


def _standing(owner: Tenure) -> str:
    if owner.established:
        return _("established")
    return _("known from an import only, not established")


def _firms(dossier: Dossier) -> list[InstallerFirm]:
    """Return the firms with service access now, and the place's own."""
    place = dossier.charger.installation if dossier.charger else None
    service = (t for t in dossier.tenures if t.role == Tenure.Role.SERVICE_ACCESS)
    wanted = {t.firm_id for t in service if t.ends_at is None or t.ends_at > dossier.at}
    wanted.add(place.firm_id if place else None)
    return [firm for key, firm in dossier.firms.items() if key in wanted]


def _firm(firm: InstallerFirm) -> Party:
    words = _("registered") if firm.registered_at else _("not registered: its word does not count")
    contacts = [mask_email(firm.email), mask_phone(firm.phone)]
    return Party(_("Installer"), firm.name, [contact for contact in contacts if contact], words)


def deliveries(dossier: Dossier) -> list[Delivery]:
    """Return the notices and letters of a ticket, newest first, and whether they arrived."""
    found = [_notice(notice, dossier.ticket) for notice in dossier.notices]
    found += [_letter(letter, dossier.at) for letter in dossier.letters]
    return sorted(found, key=lambda d: d.made_at, reverse=True)


def _notice(notice: Notice, ticket: Ticket) -> Delivery:
    mark, words = "wait", _("on its way")
    if notice.bounced_at:
        mark, words = "stop", _("came back")
    elif notice.accepted_at:
        mark, words = "go", _("accepted by the mail server")
    elif notice.failed_at:
        mark, words = "stop", _("failed: %(why)s") % {"why": notice.error or _("no reason given")}
    what = notice.kind.replace("_", " ")
    if notice.starts_clock:
        what = _("%(what)s (starts the clock)") % {"what": what}
    return Delivery(what, _to(notice, ticket), notice.made_at, mark, words)


def _to(notice: Notice, ticket: Ticket) -> str:
    if notice.firm_id:
        return _("installer")
    if notice.person_id == ticket.claimant_id:
        return _("claimant")
    if notice.person_id:
        return _("owner or board")
    return _("contact on record")


def _letter(letter: Letter, at: datetime) -> Delivery:
    what = _("letter %(to)s") % {"to": letter.get_to_display()}
    mark, words = "wait", _("waits for the next print file")
    if letter.stopped_at:
        mark, words = "stop", _("its stop code was entered")
    elif letter.entered_at:
        mark, words = "go", _("its code was entered")
    elif letter.arrives_at and letter.arrives_at <= at:
        mark, words = "go", _("counts as arrived")
    elif letter.printed_at:
        words = _("printed, on its way")
    return Delivery(what, _("the address on record"), letter.made_at, mark, words)


def related(dossier: Dossier) -> list[tuple[Ticket, str]]:
    """Return rivals and earlier tickets: of this charger, or by this person, newest first."""
    both = [*dossier.rows["same_charger"], *dossier.rows["same_person"]]
    others = {other.pk: other for other in both}
    newest = sorted(others.values(), key=lambda other: other.pk, reverse=True)
    return [(other, _how(other, dossier.ticket)) for other in newest]


def _how(other: Ticket, ticket: Ticket) -> str:
    same_person = other.claimant_id == ticket.claimant_id
    same_charger = other.charger_id == ticket.charger_id or other.lookup_key == ticket.lookup_key
    if same_person and same_charger:
        return _("same person, same charger")
    if same_person:
        return _("same person")
    return _("rival: same charger, open") if other.is_open else _("same charger")
