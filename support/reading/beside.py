"""One fact read from a document beside the claim and the registry, in words. It decides nothing."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargers import addresses, postcodes, serials
from chargers.models import Installation, Tenure
from records import dates
from support.documents import Fact, FactKind
from support.models import EvidenceItem, Ticket
from support.rules import DAYS_A_MONTH, EvidenceKind
from support.services import classes

LABELS = {
    FactKind.SERIAL: gettext_lazy("Serial number"),
    FactKind.REQUEST_CODE: gettext_lazy("Request code"),
    FactKind.OTHER_REQUEST_CODE: gettext_lazy("Another request code"),
    FactKind.ADDRESS: gettext_lazy("Address"),
    FactKind.BUYER: gettext_lazy("Buyer"),
    FactKind.SELLER: gettext_lazy("Seller"),
    FactKind.TENANT: gettext_lazy("Tenant"),
    FactKind.LANDLORD: gettext_lazy("Landlord"),
    FactKind.TAKE_OVER_DATE: gettext_lazy("Take-over"),
    FactKind.LEASE_START_DATE: gettext_lazy("Lease from"),
    FactKind.LEASE_END_DATE: gettext_lazy("Lease until"),
    FactKind.SIGNED_DATE: gettext_lazy("Signed on"),
    FactKind.SIGNATURE: gettext_lazy("Signature"),
    FactKind.DOCUMENT_KIND: gettext_lazy("Kind of document"),
    FactKind.PIN: gettext_lazy("Covered: a PIN"),
    FactKind.NATIONAL_ID: gettext_lazy("Covered: an identity number"),
}
KINDS = {
    "purchase_agreement": EvidenceKind.PURCHASE_AGREEMENT,
    "lease": EvidenceKind.LEASE,
}
ADDRESS_PARTS = {
    "street": gettext_lazy("street"),
    "house_number": gettext_lazy("house number"),
    "house_letter": gettext_lazy("house letter"),
    "unit": gettext_lazy("flat or bay"),
    "postal_code": gettext_lazy("postcode"),
    "country": gettext_lazy("country"),
}


@dataclass(frozen=True)
class Known:
    """What a fact is compared with: the claim, and what is on record."""

    ticket: Ticket
    owner_name: str
    owner_since: date | None
    recorded: addresses.Address | None
    is_shared: bool
    oldest: date

    @classmethod
    def of(cls, ticket: Ticket, *, owner: Tenure | None, policy: Mapping[str, int]) -> "Known":
        """Gather it; ``owner`` is the tenure of the owner on record."""
        place = ticket.charger.installation if ticket.charger_id else None
        sent = (ticket.submitted_at or ticket.made_at).date()
        return cls(
            ticket=ticket,
            owner_name=owner.person.name if owner else "",
            owner_since=owner.starts_at.date() if owner else None,
            recorded=classes.recorded_address(ticket.charger) if place else None,
            is_shared=bool(place and place.kind == Installation.Kind.SHARED),
            oldest=sent - timedelta(days=round(DAYS_A_MONTH * policy["agreement_months"])),
        )


@dataclass(frozen=True)
class Beside:
    """A fact, its number on the page, and how it stands to claim and registry.

    ``agrees`` is None where there is nothing to compare it with; ``words`` say what it was
    compared with and what differs.
    """

    fact: Fact
    number: int
    label: str
    shown: str
    agrees: bool | None
    words: str

    def mark(self, width: int, height: int) -> dict:
        """Return its place on a picture of this size, a little wider, with its words."""
        left, top, across, down = self.fact.box
        edge = max(4, round(0.004 * max(width, height)))
        return {
            "x": max(0, round(left * width) - edge),
            "y": max(0, round(top * height) - edge),
            "width": round(across * width) + 2 * edge,
            "height": round(down * height) + 2 * edge,
            "round": edge,
            "label": self.label,
            "shown": self.shown,
            "words": self.words,
            "agrees": self.agrees,
        }


def beside(fact: Fact, number: int, item: EvidenceItem, known: Known) -> Beside:
    """Lay a fact beside claim and registry."""
    agrees, words = _COMPARE.get(fact.kind, _nothing)(fact, item, known)
    return Beside(fact, number, str(LABELS[fact.kind]), _shown(fact), agrees, words)


def _shown(fact: Fact) -> str:
    if fact.kind in (FactKind.PIN, FactKind.NATIONAL_ID):
        return ""
    if fact.kind == FactKind.DOCUMENT_KIND:
        kind = KINDS.get(fact.value)
        return str(kind.label) if kind else _("neither agreement nor lease")
    day = parse_date(fact.value) if str(fact.kind).endswith("_date") else None
    return dates.day(day) if day else fact.value


Verdict = tuple[bool | None, str]


def _nothing(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    return None, ""


def _serial(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    same = serials.lookup_key(fact.value) == known.ticket.lookup_key
    return same, _("the claim's") if same else _("the claim says %(serial)s") % {
        "serial": known.ticket.serial or known.ticket.serial_typed
    }


def _code(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    if fact.value != known.ticket.request_code:
        return False, _("not the code of this request")
    return True, _("the code of this request")


def _address(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    read = _read_address(fact)
    sides = [(_("claim"), classes.claimed_address(known.ticket), True)]
    if known.recorded:
        sides.append((_("registry"), known.recorded, known.is_shared))
    lines, agrees = [], True
    for side, address, shared in sides:
        parts = _parts_that_differ(read, address, shared and bool(read.unit and address.unit))
        agrees = agrees and not parts
        if parts:
            said = {"side": side, "parts": ", ".join(parts)}
            lines.append(_("differs from the %(side)s: %(parts)s") % said)
        else:
            lines.append(_("as in the %(side)s") % {"side": side})
    if read.postal_code and not postcodes.is_valid(read.postal_code, read.country):
        lines.append(_("no postcode of that country"))
    return agrees, "; ".join(lines)


def _read_address(fact: Fact) -> addresses.Address:
    names = ("street", "house_number", "house_letter", "unit", "postal_code", "city", "country")
    return addresses.Address(**{name: fact.detail.get(name, "") for name in names})


def _parts_that_differ(
    read: addresses.Address, known: addresses.Address, shared: bool
) -> list[str]:
    """Return the parts that differ; a part that the document does not name is no difference, but
    house number and letter.
    """
    found = addresses.compare(read, known, shared=shared)
    wrong = []
    for name, same in found.parts.items():
        named = getattr(read, name) or name in ("house_number", "house_letter")
        if not same and named:
            theirs = getattr(read, name) or _("none")
            wrong.append(f"{ADDRESS_PARTS[name]} ({theirs})")
    return wrong


def _buyer(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    return _name(fact.value, known.ticket.claimant_name, _("the person who asks"))


def _seller(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    if not known.owner_name:
        return None, _("no owner on record to compare with")
    return _name(fact.value, known.owner_name, _("the owner on record"))


def _name(read: str, known: str, who: str) -> Verdict:
    """Compare two names: all the same words, or the surname and one given name or initial."""
    if not known:
        return None, ""
    ours, theirs = _name_words(read), _name_words(known)
    if not ours or not theirs:
        return None, ""
    if set(ours) == set(theirs):
        return True, who
    if theirs[-1] in ours and _given_fits(ours, theirs):
        return True, _("%(who)s, written another way") % {"who": who}
    return False, _("not %(who)s: %(name)s") % {"who": who, "name": known}


def _given_fits(ours: list[str], theirs: list[str]) -> bool:
    given = [word for word in ours if word != theirs[-1]]
    first = theirs[0]
    return any(word == first or (len(word) == 1 and first[:1] == word) for word in given)


def _name_words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ø", "o").replace("æ", "ae"))
    kept = "".join(s if s.isalpha() or s.isspace() else " " for s in plain if not _is_mark(s))
    return kept.split()


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn" or sign in "\u2019'"


def _take_over(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    day = parse_date(fact.value)
    if day is None:
        return None, ""
    if known.owner_since and day < known.owner_since:
        since = dates.day(known.owner_since)
        return False, _("before the owner on record began (%(day)s)") % {"day": since}
    if day < known.oldest:
        return False, _("older than the rules take without a flag")
    return True, _("after the owner on record began") if known.owner_since else ""


def _document(fact: Fact, item: EvidenceItem, known: Known) -> Verdict:
    kind = KINDS.get(fact.value)
    if item.kind not in KINDS.values():
        return None, ""
    return kind == item.kind, _("sent as: %(kind)s") % {"kind": item.get_kind_display()}


_COMPARE: dict[str, Callable[[Fact, EvidenceItem, Known], Verdict]] = {
    FactKind.SERIAL: _serial,
    FactKind.REQUEST_CODE: _code,
    FactKind.OTHER_REQUEST_CODE: _code,
    FactKind.ADDRESS: _address,
    FactKind.BUYER: _buyer,
    FactKind.TENANT: _buyer,
    FactKind.SELLER: _seller,
    FactKind.LANDLORD: _seller,
    FactKind.TAKE_OVER_DATE: _take_over,
    FactKind.DOCUMENT_KIND: _document,
}
