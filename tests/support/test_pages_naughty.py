"""Strings that break software, in every field of every public form: never a 500, always escaped.

The suite sends every form there is once (tests/matrix/test_spoilt.py).
"""

import json
import random

import pytest
from django.test import Client

from accounts.models import InstallerFirm, Throttle
from support.machine import State
from support.models import Link
from tests.chargers.registry_files import SAMPLES
from tests.factories import asked, make_ticket, own, place_charger
from tests.support.public_world import (
    PLACE,
    SITUATION,
    at_browser,
    begin,
    link_to,
    opened,
    resident,
    text,
    url,
)

pytestmark = [pytest.mark.django_db, pytest.mark.security]
OWN = [
    "",
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "\r\nBcc: a@example.com",
    "\u202eexe.gpj",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "0" * 10_000,
    "ß" * 300,
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% debug %}",
    "' OR 1=1 --",
    "٣٤٥",
    "ﷺ" * 100,
    "9999-99-99",
    "-1",
    "NaN",
    "../../etc/passwd",
    "%s%s%n",
    "｛",
]
FILE = SAMPLES / "text" / "blns.json"


def strings() -> list[str]:
    listed = json.loads(FILE.read_text()) if FILE.exists() else []
    return OWN + random.Random(7).sample(listed, min(len(listed), 40))


STRINGS = strings()


def send(client: Client, address: str, good: dict, statuses: set[int]) -> None:
    """Put every string in every field in turn; the other fields are right."""
    for number, naughty in enumerate(STRINGS):
        field = list(good)[number % len(good)]
        Throttle.objects.all().delete()  # a day between them: limits have tests of their own
        response = client.post(address, good | {field: naughty})
        assert response.status_code in statuses, (address, field, naughty)
        if response.status_code == 422 and "<script>alert" in naughty:
            assert naughty not in text(response)


FINE = {302, 422}


def test_in_every_field_of_a_request():
    client = resident()
    ticket = begin(client)
    code = ticket.request_code
    send(client, url("claim-serial", code), {"serial_typed": "ZAP123456"}, FINE)
    send(client, url("claim-place", code), PLACE, FINE)
    lease = {"use_until_date": "2031-05-31", "installer_name": "Volt"}
    send(client, url("claim-situation", code), SITUATION | lease, FINE)
    for name in ("claim-check", "claim-evidence", "claim-place"):
        assert client.get(url(name, code)).status_code == 200
    send(client, url("claim-check", code), {"claimant_name": "Nina"}, FINE)


def test_in_what_is_sent_later():
    ticket = make_ticket(State.COLLECTING)
    client, code = at_browser(ticket.claimant, proved=False), ticket.request_code
    send(client, url("message", code), {"body": "Hello"}, FINE)
    send(client, url("letter-code", code), {"code": "ABCD-2345"}, FINE)
    send(client, url("upload", code), {"kind": "label", "files": "x"}, FINE)
    send(client, url("correct", code, "address"), PLACE, {409, 422})
    assert client.get(ticket.get_absolute_url()).status_code == 200
    refused = make_ticket(State.REJECTED, claimant=ticket.claimant)
    send(client, url("appeal", refused.request_code), {"words": "Why?"}, {302, 409, 422})


def test_in_an_owners_answer():
    charger = place_charger()
    link = link_to(charger, own(charger))
    client = opened(link)
    good = {"answer": "no_longer", "request_code": "amber-otter-4821", "surname": "Berg"}
    send(client, url("answer", link.uid), good, FINE)
    send(client, url("answer-code", link.uid), {"digits": "123456"}, FINE)


def test_in_a_firms_answer_an_offer_and_a_stop():
    ticket = asked(place_charger())
    firm = InstallerFirm.objects.create(
        name="Volt", lookup_key="v", email="v@example.com", registered_at=ticket.made_at
    )
    link = link_to(ticket.charger, firm=firm, ticket=ticket, purpose=Link.Purpose.FIRM)
    good = {"installed_here": "yes", "customer_name": "Nina"}
    send(opened(link), url("firm-answer", link.uid), good, FINE)

    charger = place_charger()
    owner = at_browser(own(charger), proved=False)
    to = {"to_name": "N", "to_email": "n@example.com", "when": "date", "take_over_date": "x"}
    send(owner, url("offer-new", charger.uid), to, {302, 422})
    send(Client(), url("stop"), {"stop_code": "ABCDE-23456"}, FINE)


def test_in_addresses():
    client = resident()
    tried = [s for s in STRINGS if 0 < len(s) < 200]
    for naughty in tried:
        piece = naughty.replace("#", "").replace("?", "")
        for address in ("/requests/{}/", "/l/{}/", "/requests/a-b-1/upload/?kind={}", "/offer/{}/"):
            response = client.get(address.format(piece))
            assert response.status_code in (200, 301, 302, 400, 404), address.format(piece)
