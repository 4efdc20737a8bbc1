"""Until it is decided a claimant sees the same, whatever the other side is, says or does (I9).

Worlds that differ in the owner alone are driven through one calendar. After each day every page
of the claimant, its status and headers, and every mail to them is compared byte for byte; only
codes, ids and tokens of their own are made alike first, and each by a name of equal length.
"""

import difflib
import re
from dataclasses import dataclass, field

import pytest
from django.core import mail
from django.test import Client

from records import clock
from support.models import Ticket
from support.services import answers, disputes, freezes, safety
from tests.factories import asked, make_agent, make_person, make_staff, own, place_charger, reload
from tests.support.desk_world import at_browser

pytestmark = pytest.mark.django_db

PAGES = ("", "upload/", "withdraw/", "correct/serial/", "appeal/", "check/")
ELSEWHERE = ("/requests/", "/chargers/", "/shares/", "/me/data/", "/safety/")
KEPT_HEADERS = ("Content-Type", "Cache-Control", "Vary", "Location", "Referrer-Policy")


@dataclass
class World:
    """One claimant, their request, and what the owner is or does on the second day."""

    name: str
    ticket: Ticket
    act: object = None
    sent: list = field(default_factory=list)

    def look(self) -> list[tuple]:
        """Return everything that the claimant can see now, made comparable."""
        browser = at_browser(self.ticket.claimant, proved=False)
        stem = f"/requests/{self.ticket.request_code}/"
        seen = []
        for address in (*(stem + page for page in PAGES), *ELSEWHERE):
            response = browser.get(address)
            headers = [(name, response.headers.get(name, "")) for name in KEPT_HEADERS]
            body = response.content.decode()
            seen.append(self._alike((address, response.status_code, str(headers), body)))
        return [*seen, self._public(seen_page=browser.get(stem).content.decode())]

    def _public(self, *, seen_page: str) -> tuple:
        """Return the page that anybody may open by the claimant's own address of it."""
        address = re.search(r"/turn/[\w.-]+/", seen_page)
        if not address:
            return ("public", 0, "")
        response = Client().get(address[0])
        return self._alike(("public", response.status_code, response.content.decode()))

    def mails(self) -> list[tuple]:
        """Return the mails that this claimant has had: when, and every byte of them."""
        mine = [m for m in mail.outbox if self.ticket.claimant.email in m.to]
        # Lines break where the length of the code puts it: the words are compared.
        told = ((m.subject, m.body, m.alternatives[0][0]) for m in mine)
        return [tuple(" ".join(part.split()) for part in self._alike(parts)) for parts in told]

    def _alike(self, parts: tuple) -> tuple:
        own = {
            self.ticket.request_code: "OWN-CODE",
            self.ticket.claimant.email: "OWN-MAIL",
            self.ticket.serial_typed: "OWN-SERIAL",
            self.ticket.address_line: "OWN-STREET",
            **{str(item.uid): "OWN-ITEM" for item in self.ticket.items.all()},
        }
        return tuple(_plain(part, own) if isinstance(part, str) else part for part in parts)


def _plain(text: str, own: dict) -> str:
    for mine, name in own.items():
        text = text.replace(mine, name)
    text = re.sub(r'(name="(?:csrfmiddlewaretoken|form_key)" value=")[^"]+', r"\1X", text)
    text = re.sub(r"h-[0-9a-f]{8}", "h-OWN", text)
    text = re.sub(r"/turn/[\w.-]+", "/turn/OWN", text)
    text = re.sub(r'nonce="[^"]+', 'nonce="X', text)
    return re.sub(r"\d\d:\d\d(?= )|\d\d:\d\d\b", "HH:MM", text)


def unknown_owner():
    return place_charger()


def known_owner():
    charger = place_charger()
    own(charger)
    return charger


def no_owner():
    charger = place_charger()
    charger.owner_state = "none"
    charger.save()
    return charger


def unregistered():
    charger = place_charger()
    type(charger).objects.filter(pk=charger.pk).update(registered_at=None)
    charger.registered_at = None
    return charger


def says(kind):
    def act(ticket):
        charger = ticket.charger
        owner = charger.owner(clock.now())
        if owner is None:
            return None
        proved = kind in ("vacated", "named")
        return answers.answer(charger_id=charger.pk, party=owner, kind=kind, code_proved=proved)

    return act


def officer_looks(ticket):
    safety.tell_of_charger(charger_id=ticket.charger_id, by=ticket.charger.owner(clock.now()))
    for freeze in ticket.charger.freezes.all():
        freezes.review(freeze_id=freeze.pk, by=make_staff("safety_officer"))


WORLDS = {
    "silent": (known_owner, None),
    "unknown": (unknown_owner, None),
    "none": (no_owner, None),
    "objects": (known_owner, says("still_mine")),
    "took it": (known_owner, says("took_it")),
    "safe": (known_owner, officer_looks),
    "vacated": (known_owner, says("vacated")),
    "never mine": (known_owner, says("never_mine")),
    "rival": (known_owner, lambda ticket: asked(ticket.charger, claimant=make_person(name="R"))),
    "desk objects": (known_owner, lambda ticket: desk_objects(ticket)),
    "fears": (known_owner, None),
    "no such charger": (unregistered, None),
}


def desk_objects(ticket):
    disputes.object_at_desk(ticket_id=ticket.pk, by=make_agent(), words="Something is odd.")


def make_world(name: str, items=("label",)) -> World:
    make, act = WORLDS[name]
    claim = {"fears_owner": True} if name == "fears" else {}
    ticket = asked(make(), items=items, **claim)
    return World(name, ticket, act)


def compare(worlds: list[World], day: str) -> list[str]:
    """Compare every world with the first one; return where and how each differs."""
    first, *others = [(world, world.look(), world.mails()) for world in worlds]
    found = []
    for world, seen, mails in others:
        where = f"{day}: {first[0].name} and {world.name}"
        if len(mails) != len(first[2]):
            found.append(f"{where}: {len(first[2])} and {len(mails)} mails")
        pairs = [*zip(first[2], mails, strict=False), *zip(first[1], seen, strict=True)]
        found += [
            f"{where}, {one[0]}: {_difference(one, other)}" for one, other in pairs if one != other
        ]
    return found


def _difference(one: tuple, other: tuple) -> str:
    pairs = zip(one, other, strict=True)
    texts = [(str(left), str(right)) for left, right in pairs if left != right]
    return "\n".join(
        line
        for left, right in texts
        for line in difflib.unified_diff(left.splitlines(), right.splitlines(), lineterm="", n=0)
    )


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(("label",), id="label sent"),
        pytest.param((), id="nothing sent", marks=pytest.mark.security),
    ],
)
def test_twin_worlds_show_the_same_until_it_is_decided(items, later, run_outbox):
    worlds = [make_world(name, items) for name in WORLDS]
    run_outbox(failing=True)
    found = compare(worlds, "day 0")
    for world in worlds:
        if world.act:
            world.act(reload(world.ticket))
    run_outbox(failing=True)
    found += compare(worlds, "the owner acts")
    # Without anything sent a request runs out after 14 days; else nothing of it ever does.
    for days in (5, 6, 14, 30) if items else (5, 6):
        later(days=days)
        run_outbox(failing=True)
        found += compare(worlds, f"{days} days later")
    assert found == []
    assert all(reload(world.ticket).is_open for world in worlds)
