"""A day at the desk: tickets of which the right answer is known, and the papers they came with."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from chargers.models import Charger, OwnerState
from records import clock
from support import training_papers
from support.models import Ticket
from support.rules import EvidenceKind
from support.services import checking, claims, routing, taking, tickets
from tests.factories import claim_of, make_person, place_charger, reload

NAMES = ("Nina Nordby", "Olav Haugen", "Siri Lunde", "Tor Vik", "Unni Strand", "Viggo Aas")


@dataclass(frozen=True)
class Paper:
    """What the papers of one ticket say, where it is not what the claim says."""

    buyer: str = ""
    line: str = ""
    serial: str = ""


# What can be wrong, and which kind of evidence it is asked for again by.
RIGHT = "approve"
WRONGS: dict[str, tuple[Paper, str]] = {
    "other buyer": (Paper(buyer="Wenche Ruud"), EvidenceKind.PURCHASE_AGREEMENT),
    "other address": (Paper(line="Bakkegata 9"), EvidenceKind.PURCHASE_AGREEMENT),
    "other serial": (Paper(serial="ZAP990099"), EvidenceKind.LABEL),
}


@dataclass(frozen=True)
class Case:
    """One ticket: its code, and the right answer: ``approve``, or the kind to ask for again."""

    request_code: str
    story: str
    right: str


def make_day(number: int) -> list[Case]:
    """Make so many tickets, a third of them with something wrong, in an order nobody knows."""
    wrongs = list(WRONGS)
    stories = [wrongs[n // 3 % len(wrongs)] if n % 3 == 2 else "" for n in range(number)]
    secrets.SystemRandom().shuffle(stories)
    return [make_case(n, story) for n, story in enumerate(stories)]


def make_case(number: int, story: str) -> Case:
    """Make one ticket that waits for a decision: nobody is on record, and two things were sent."""
    paper, right = WRONGS.get(story, (Paper(), RIGHT))
    charger = place_charger()
    Charger.objects.filter(pk=charger.pk).update(owner_state=OwnerState.NONE)
    charger.owner_state = OwnerState.NONE
    name = NAMES[number % len(NAMES)]
    person = make_person(name=name)
    ticket = tickets.start(by=person)
    claim = claim_of(charger, claimant_name=name, bought_recently=True)
    claims.save_claim(ticket_id=ticket.pk, by=person, **claim)
    for kind, upload in _uploads(ticket, charger, name, paper):
        item = taking.add_file(ticket_id=ticket.pk, by=person, kind=kind, upload=upload)
        checking.check_from_outbox(key="", item_uid=str(item.uid))
    tickets.submit(ticket_id=ticket.pk, by=person)
    routing.route(ticket_id=ticket.pk)
    return Case(reload(ticket).request_code, story or "all in order", right)


def _uploads(ticket: Ticket, charger: Charger, name: str, paper: Paper):
    photo = training_papers.label_photo(
        serial=paper.serial or charger.serial, request_code=ticket.request_code
    )
    place, line = charger.installation, paper.line or claim_of(charger)["address_line"]
    said = training_papers.Agreement(
        buyer=paper.buyer or name,
        seller="Kari Eier",
        address=f"{line}, {place.postal_code} {place.city}",
        day=(clock.now() - timedelta(days=20)).date(),
    )
    agreement = training_papers.agreement(said, language="en")
    yield EvidenceKind.LABEL, SimpleUploadedFile("photo.jpg", photo)
    yield EvidenceKind.PURCHASE_AGREEMENT, SimpleUploadedFile("agreement.pdf", agreement)
