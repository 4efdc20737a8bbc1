"""A serial typed by a stranger reveals nothing: every page is the same, byte for byte."""

import re
from functools import partial

import pytest
from django.db import transaction

from support.models import Ticket
from support.services import answers, freezes, routing
from support.views import turns
from tests.factories import make_person, own, picture, place_charger, reload
from tests.support.public_world import (
    ask,
    at_browser,
    begin,
    fill,
    resident,
    send_off,
    tell,
    text,
    url,
)

pytestmark = pytest.mark.django_db
SERIAL = "ZAP555555"
PAGES = ("claim-sent", "ticket", "upload", "withdraw", "tickets")


def charger_here():
    charger = place_charger()
    type(charger).objects.filter(pk=charger.pk).update(serial=SERIAL, lookup_key=SERIAL)
    return type(charger).objects.get(pk=charger.pk)


def unknown():
    """No charger has this number."""


def free():
    charger = charger_here()
    type(charger).objects.filter(pk=charger.pk).update(owner_state="none")


def owned():
    own(charger_here())


def objected():
    charger = charger_here()
    person = own(charger)
    return partial(answers.answer, charger_id=charger.pk, party=person, kind="still_mine")


def given_up():
    charger = charger_here()
    yes = {"party": own(charger), "kind": "vacated", "code_proved": True}
    return partial(answers.answer, charger_id=charger.pk, **yes)


def rivalled():
    own(charger_here())
    other = ask(at_browser(make_person(name="Rival Rask"), proved=False), serial=SERIAL)
    routing.route(ticket_id=other.pk)


def frozen():
    charger = charger_here()
    return partial(freezes.freeze_charger, charger_id=charger.pk, by=own(charger))


REGISTRIES = (unknown, free, owned, objected, given_up, rivalled, frozen)


def plain(page: str, ticket: Ticket) -> str:
    """Return a page without what is each request's own: code, keys, minutes."""
    page = page.replace(ticket.request_code, "CODE")
    page = re.sub(r'name="(form_key|csrfmiddlewaretoken)" value="\w+"', "", page)
    page = re.sub(r'nonce="[^"]+"', "", page)
    page = re.sub(r"/evidence/[0-9a-f-]{36}/", "/evidence/", page)
    page = re.sub(r"/turn/[\w.-]+/", "/turn/", page)
    return re.sub(r"<time.*?</time>", "TIME", page)


def seen(client, ticket: Ticket, what: str) -> list[str]:
    """Return every page that the claimant can open now, and the answers to what they can send."""
    code = ticket.request_code
    pages = [client.get(url(name, *([] if name == "tickets" else [code]))) for name in PAGES]
    pages += [
        client.post(url("letter-code", code), {"code": "ABCD-2345"}),
        fill(client, url("upload", code), kind="other", files=[picture(colour="red")]),
        client.get(url("ticket", code)),
        client.get(turns.address(ticket)),
        client.post(url("message", code), {"body": what}),
        client.get(url("ticket", code)),
        client.post(url("appeal", code), {"words": "Please"}),
        client.get(url("correct", code, "serial")),
        client.post(url("correct", code, "serial"), {"serial_typed": SERIAL}),
    ]
    return [f"{page.status_code} {plain(text(page), ticket)}" for page in pages]


def story(client, act) -> tuple[list[str], Ticket]:
    """File a request and look at everything, before and after it was routed and answered."""
    ticket = begin(client)
    tell(client, ticket, serial=SERIAL)
    fill(client, url("upload", ticket.request_code), kind="label", files=[picture()])
    place = client.get(url("claim-place", ticket.request_code))
    check = client.get(url("claim-check", ticket.request_code))
    sent = send_off(client, ticket)
    pages = [plain(text(page), ticket) for page in (place, check, sent)]
    pages += seen(client, reload(ticket), "before")
    routing.route(ticket_id=ticket.pk)
    if act:
        act()
    pages += seen(client, reload(ticket), "after")
    return pages, reload(ticket)


def told_by(registry):
    """Run one registry's story and take it back, with the same person's name each time."""
    with transaction.atomic():
        act = registry()
        result = story(resident(email="nina@example.com"), act)
        transaction.set_rollback(True)
    return result


def test_no_page_tells_what_the_registry_knows():
    told, states, words = {}, set(), set()
    for registry in REGISTRIES:
        told[registry.__name__], ticket = told_by(registry)
        states.add(ticket.state)
        words.add(ticket.next_word_at.date())
    reference = told.pop("unknown")

    assert states >= {"collecting", "awaiting_owner", "disputed"}, "nothing differs: proves nothing"
    assert len(words) == 1
    for name, pages in told.items():
        for number, (page, other) in enumerate(zip(pages, reference, strict=True)):
            assert page == other, f"page {number} tells {name} from unknown"
