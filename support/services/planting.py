"""Planting a training ticket: a forgery of nobody, about a charger that is none, drawn like others.

It takes the way of any request (claim, files, opening, review) with no notice, clock or routing.
Some have an owner on record, who is nobody: as many as real ones (pretended.py shows the rest).
"""

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import User
from chargers import serials
from chargers.models import Charger
from chargers.services import registry
from records import clock, events
from support import training_papers
from support.machine import State
from support.models import Approval, Decision, Notice, Policy, Ticket, TrainingCase
from support.rules import EvidenceKind
from support.services import deadlines, taking, tickets
from support.services.progress import advance
from support.services.saving import save_and_record
from support.words import new_request_code

Trap = TrainingCase.Trap
# Reserved names (RFC 2606): no mail to them is ever delivered, and none of them is anybody's.
_MAIL = ("gmail", "outlook", "hotmail", "online", "icloud")
_FIRST = "Anna Bjørn Camilla David Elin Fredrik Grete Håkon Ida Jonas Karin Lars Maria Nils".split()
_LAST = "Berg Dahl Eriksen Falk Hagen Iversen Krogh Lindgren Moen Nygård Olsen Ravn Solberg".split()
_STREETS = {
    "NO": ("Skogveien", "Fjellgata", "Elvebakken", "Parkveien", "Granlia"),
    "SE": ("Skogsvägen", "Björkgatan", "Ängsvägen", "Parkgatan", "Sjövägen"),
    "DK": ("Skovvej", "Birkevej", "Engvej", "Parkvej", "Søvej"),
    "DE": ("Waldstraße", "Birkenweg", "Wiesenweg", "Parkstraße", "Seestraße"),
}
_TOWNS = {
    "NO": (("0580", "Oslo"), ("5052", "Bergen"), ("7030", "Trondheim")),
    "SE": (("113 30", "Stockholm"), ("412 60", "Göteborg"), ("214 36", "Malmö")),
    "DK": (("2100", "København"), ("8000", "Aarhus"), ("5000", "Odense")),
    "DE": (("10115", "Berlin"), ("20357", "Hamburg"), ("50674", "Köln")),
}
_ZONES = {
    "NO": "Europe/Oslo",
    "SE": "Europe/Stockholm",
    "DK": "Europe/Copenhagen",
    "DE": "Europe/Berlin",
}
_LANGUAGES = {"NO": "nb", "SE": "sv", "DK": "da", "DE": "de"}
_MODELS = {"ZAP": "Zaptec Go", "GPN": "Zaptec Go 2", "ZPR": "Zaptec Pro"}


@dataclass(frozen=True)
class Story:
    """Who asks, for what, where: all of it made up, and the same in claim, registry and papers."""

    country: str
    name: str
    seller: str
    serial: str
    model: str
    street: str
    number: int
    postal_code: str
    city: str
    day: date
    # Since when the seller is on record as the owner; None: nobody is.
    owner_since: datetime | None = None

    @property
    def line(self) -> str:
        return f"{self.street} {self.number}"

    @property
    def address(self) -> str:
        return f"{self.line}, {self.postal_code} {self.city}"


def plant_due(*, at: datetime) -> Ticket | None:
    """Plant a training ticket when enough was decided since the last one; None when it was not."""
    one_in = Policy.objects.current().data.get("training_one_in", 0)
    last = TrainingCase.objects.order_by("-planted_at").first()
    if not one_in or (last and last.decided_at is None):
        return None
    since = last.planted_at if last else at - timedelta(days=30)
    made = sum(
        model.objects.filter(at__gt=since).values("pk")[:one_in].count()
        for model in (Approval, Decision)
    )
    return plant(trap=secrets.choice(list(Trap)), at=at) if made >= one_in else None


def plant(*, trap: str, at: datetime) -> Ticket:
    """Plant one forgery with a trap: it comes up for review when its files have been opened."""
    story = _story(at)
    about = {"name": story.name, "language": _LANGUAGES[story.country], "proved_at": at}
    person = User.objects.create_user(email=_mail(story.name), **about)
    ticket = _draft(story, person, at)
    for kind, name, content in _papers(story, trap, ticket.request_code):
        upload = SimpleUploadedFile(name, content)
        taking.add_file(ticket_id=ticket.pk, by=person, kind=kind, upload=upload)
    return _send(ticket.pk, story, trap, person)


@transaction.atomic
def _draft(story: Story, person: User, at: datetime) -> Ticket:
    return tickets.make_draft(
        claimant=person,
        at=at,
        is_training=True,
        claimant_name=story.name,
        serial_typed=story.serial,
        serial=story.serial,
        lookup_key=serials.lookup_key(story.serial),
        address_line=story.line,
        postal_code=story.postal_code,
        city=story.city,
        country=story.country,
        situation="bought",
        bought_recently=True,
    )


@transaction.atomic
def _send(ticket_id: int, story: Story, trap: str, person: User) -> Ticket:
    place = {
        "street": story.street,
        "house_number": str(story.number),
        "postal_code": story.postal_code,
        "city": story.city,
        "country": story.country,
        "time_zone": _ZONES[story.country],
    }
    now = clock.now()
    about = {"serial": story.serial, "model": story.model, "place": place, "at": now}
    if story.owner_since:
        about |= {"owner": _owner(story), "since": story.owner_since}
    charger = registry.make_training(**about)
    ticket = Ticket.objects.lock(ticket_id)
    ticket.submit(at=now)
    ticket.next_word_at = tickets.next_word(ticket, now)
    save_and_record(ticket, "submitted", at=now, by=person)
    ticket.charger = charger
    if story.owner_since:
        ticket.kind = Ticket.Kind.TRANSFER
    ticket.route(to=State.AWAITING_OWNER if story.owner_since else State.COLLECTING, at=now)
    save_and_record(ticket, "routed", at=now, route=ticket.kind)
    deadlines.cancel(ticket, at=now)
    TrainingCase.objects.create(ticket=ticket, trap=trap, planted_at=now)
    # Apart from the ticket, whose own record must not give it away.
    events.record("training", "training_planted", at=now, by_what="system", ticket=ticket.uid)
    return advance(ticket, at=now)


def _story(at: datetime) -> Story:
    country = _country()
    prefix = secrets.choice(list(_MODELS))
    postal_code, city = secrets.choice(_TOWNS[country])
    name, seller = _name(), _name()
    while seller.split()[-1] == name.split()[-1]:
        seller = _name()
    return Story(
        country=country,
        name=name,
        seller=seller,
        serial=_serial(prefix),
        model=_MODELS[prefix],
        street=secrets.choice(_STREETS[country]),
        number=2 + secrets.randbelow(90),
        postal_code=postal_code,
        city=city,
        day=(at - timedelta(days=5 + secrets.randbelow(60))).date(),
        owner_since=at - timedelta(days=200 + secrets.randbelow(1500)) if _has_owner() else None,
    )


def _has_owner() -> bool:
    """Tell whether this one has an owner on record: as often as requests have just now."""
    recent = Ticket.objects.filter(is_training=False).exclude(routed_at=None)
    newest = list(recent.order_by("-submitted_at").values_list("pk", flat=True)[:50])
    asked = Notice.objects.filter(kind="owner_asked", ticket__in=newest)
    with_owner = asked.values("ticket").distinct().count()
    return secrets.randbelow(len(newest)) < with_owner if newest else bool(secrets.randbelow(2))


def _owner(story: Story) -> User:
    """Return the seller as somebody on record, at an address that is nobody's."""
    language = _LANGUAGES[story.country]
    return User.objects.create_user(email=_mail(story.seller), name=story.seller, language=language)


def _country() -> str:
    """Return where requests come from just now, as far as we can tell a story from there."""
    recent = Ticket.objects.exclude(submitted_at=None).order_by("-submitted_at")
    found = [c for c in recent.values_list("country", flat=True)[:50] if c in _STREETS]
    return secrets.choice(found or list(_STREETS))


def _name() -> str:
    return f"{secrets.choice(_FIRST)} {secrets.choice(_LAST)}"


def _mail(name: str) -> str:
    """Return an address that is nobody's, and looks like anybody's where contacts are masked."""
    local = name.split()[0].encode("ascii", "ignore").decode().lower()
    return f"{local}.{secrets.token_hex(6)}@{secrets.choice(_MAIL)}.example.com"


def _serial(prefix: str) -> str:
    """Return a serial number that no charger on record has."""
    while True:
        serial = f"{prefix}{secrets.randbelow(1_000_000):06d}"
        if not Charger.objects.filter(lookup_key=serials.lookup_key(serial)).exists():
            return serial


def _papers(story: Story, trap: str, request_code: str) -> list[tuple[str, str, bytes]]:
    """Return what is sent, with one thing wrong in it: kind, name and bytes of each file."""
    serial = _near(story.serial) if trap == Trap.OTHER_SERIAL else story.serial
    code = new_request_code() if trap == Trap.OTHER_CODE else request_code
    said = training_papers.Agreement(story.name, story.seller, story.address, story.day)
    if trap == Trap.OTHER_BUYER:
        first = secrets.choice([n for n in _FIRST if n != story.name.split()[0]])
        said = replace(said, buyer=f"{first} {story.name.split()[-1]}")
    if trap == Trap.OTHER_ADDRESS:
        away = replace(story, number=story.number + 2 + 2 * secrets.randbelow(4))
        said = replace(said, address=away.address)
    if trap == Trap.UNSIGNED:
        said = replace(said, signed=False)
    photo = training_papers.label_photo(serial=serial, request_code=code)
    paper = training_papers.agreement(said, language=_LANGUAGES[story.country])
    return [
        (EvidenceKind.LABEL, "photo.jpg", photo),
        (EvidenceKind.PURCHASE_AGREEMENT, "agreement.pdf", paper),
    ]


def _near(serial: str) -> str:
    """Return a serial number that differs in one digit."""
    at = len(serial) - 1 - secrets.randbelow(4)
    digit = str((int(serial[at]) + 1 + secrets.randbelow(8)) % 10)
    return serial[:at] + digit + serial[at + 1 :]
