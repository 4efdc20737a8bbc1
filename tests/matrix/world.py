"""What the addresses of the matrix name: one of each for every actor and relation, made when asked.

All of it stands in one transaction that is never committed; every cell takes its own changes back.
"""

import re
import uuid
from collections.abc import Callable
from functools import partial

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import InstallerFirm, User
from chargers import pins
from chargers.models import Charger, Pin, Tenure
from chargers.services import access
from records import clock
from support.machine import State
from support.models import Link, Message, Ticket
from support.services import desk, links, offers
from support.views import visits
from tests.chargers.world import ago, make_charger, make_installation
from tests.factories import asked, make_ticket, own, reload
from tests.matrix import people, things
from tests.matrix.people import Browser, canary
from tests.matrix.table import Entry, Table, Url
from tests.support.public_world import opened
from tests.support.test_desk_decisions import CASES

NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")
NO_CODE = "amber-otter-0000"
SAID = {"answer": "no_longer", "request_code": "", "surname": ""}
SAID_BY_FIRM = {"installed_here": "yes", "customer_name": ""}


class World:
    """People at their browsers, and things, each made once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.made: dict = {}
        self.pins: dict[str, str] = {}
        extra = ("rival", "other", "erased", "colleague")
        names = {people.SAME.get(name, name) for name in table.actors} | set(extra)
        self.people = {name: people.make(name) for name in sorted(names)}
        self.firm = people.make_firm("firm", self.people["installer"])
        self.other_firm = people.make_firm("otherfirm")
        User.objects.filter(pk=self.people["erased"].pk).update(
            email="", name="", erased_at=ago(days=1)
        )
        self.browsers = {name: self._browser(name) for name in table.actors}
        # Nobody of the table's: half-way in, where the next form is for them alone.
        self.browsers |= {"code-awaited": self._begun(), "factor-awaited": self._half_proved()}

    def person_of(self, actor: str) -> User:
        return self.people[people.SAME.get(actor, actor)]

    def name_of(self, person: User) -> str:
        return next(name for name, each in self.people.items() if each == person)

    def whose(self, actor: str, relation: str) -> User:
        """Return the person whose thing stands in this relation to the actor."""
        return self.person_of(actor) if relation == "own" else self.people[relation]

    def typed(self, cell) -> dict:
        """Return what a POST carries: the table's words, or what fits the desk's verb."""
        verb = cell.url.name.removeprefix("support:desk-")
        sent = dict(cell.entry.send)
        if cell.url.name.startswith("support:desk-") and verb in CASES:
            sent = dict(CASES[verb][1])
        code, uid = cell.kwargs.get("request_code"), cell.kwargs.get("uid")
        found = Ticket.objects.filter(request_code=code).first() if code else None
        if cell.entry.names == "item":
            found = Ticket.objects.filter(items__uid=uid).first()
        if cell.entry.names == "policy":
            sent |= things.policy_form(cell.kwargs["version"])
        # What the desk decides on; anybody else sends the same whatever they name.
        at_desk = found and cell.url.name.startswith("support:desk-")
        return sent | {"facts_version": found.facts_version if at_desk else 0}

    def seen(self, actor: str, content: str) -> set[str]:
        """Return whose canaries a page shows, as ``holder.field``; ``own`` for the reader's."""
        own = people.SAME.get(actor, actor).replace("-", "")
        own = {own, "firm"} if own == "installer" else {own}
        found = set(people.CANARY.findall(content.lower()))
        pin = re.sub(r"</?[a-z][^>]*>|[\s,-]+", "", content)
        found |= {(self.pins[each], "pin") for each in re.findall(r"Q7PIN\d{6}", pin)}
        return {f"{'own' if holder in own else holder}.{what}" for holder, what in found}

    # --- browsers ---

    def _browser(self, name: str) -> Browser:
        person = self.person_of(name)
        if name == "contact-link":
            client = Client()
            client.get(reverse("support:change-link", args=[things.change_token(self)]))
            return Browser.of(name, person, client)
        if name not in people.BY_LINK:
            return people.sit_down(name, person)
        purpose, with_code = people.BY_LINK[name]
        client = opened(self.link(purpose, person))
        if with_code:
            if purpose == "offer":
                client = self._signed_in(client, person)
            self._type_code(client, self.link(purpose, person), purpose)
        return Browser.of(name, person, client)

    def _signed_in(self, client: Client, person: User) -> Client:
        """The receiver's code signs them in; the link stays open."""
        at_home = people.at_browser(person, proved=False)
        session = at_home.session
        session[visits.KEY] = client.session[visits.KEY]
        session.save()
        people.prove(at_home)
        return at_home

    def _begun(self) -> Browser:
        """Somebody who has asked for a code here."""
        client, person = Client(), self.people["claimant"]
        client.post(reverse("accounts:sign-in"), {"email": person.email})
        return Browser.of("code-awaited", person, client)

    def _half_proved(self) -> Browser:
        """An agent who has given the password, and not yet the second factor."""
        client, person = Client(), self.people["agent"]
        session = client.session
        stamp = timezone.now().timestamp() + 3600
        mark = {"user": person.pk, "at": stamp, "hash": person.get_session_auth_hash()}
        session["password_of"] = mark
        session.save()
        client.cookies["session"] = session.session_key
        return Browser.of("factor-awaited", person, client)

    def _type_code(self, client: Client, link: Link, purpose: str) -> None:
        said = {"owner": SAID, "firm": SAID_BY_FIRM, "offer": {"offers": []}}[purpose]
        session = client.session
        row = session[visits.KEY][str(link.uid)]
        row.update(said=said, proved_at=timezone.now().timestamp())
        session.save()

    # --- things ---

    def once(self, key: tuple, make: Callable):
        """Return what was made under this key, or make it now."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def address(self, url: Url, entry: Entry, actor: str, relation: str) -> dict | None:
        """Return what goes into an address, or None when there is no such thing in this world."""
        if not entry.names:
            return {}
        if relation == "none":
            return self._of_none(url, entry)
        make = getattr(self, f"_{entry.names}", None)
        if make is None:
            make = partial(things.MADE[entry.names], self)
        thing = make(url, entry, actor, relation)
        return None if thing is None else thing | entry.extra.get("with", {})

    @classmethod
    def has(cls, named: str) -> bool:
        """Tell whether there is one of what an address names."""
        return hasattr(cls, f"_{named}") or named in things.MADE

    def _of_none(self, url: Url, entry: Entry) -> dict:
        """Return what fits the address and exists nowhere."""
        bogus = {"UUIDConverter": NOBODY, "IntConverter": 999_999, "SlugConverter": NO_CODE}
        nothing = {
            name: bogus.get(type(converter).__name__, "A" * 22 + "." + "b" * 43)
            for name, converter in url.pattern.pattern.converters.items()
        }
        return nothing | entry.extra.get("with", {})

    def _draft(self, url, entry, actor, relation) -> dict:
        person = self.whose(actor, relation)
        key = ("draft", person.pk)
        return _code(self.once(key, lambda: make_ticket(State.DRAFT, claimant=person)))

    def _ticket(self, url, entry, actor, relation) -> dict:
        return _code(self.ticket(url, entry, actor, relation))

    def ticket(self, url: Url, entry: Entry, actor: str, relation: str) -> Ticket:
        """Return a ticket that the address's verb fits, in this relation to the actor."""
        verb = url.name.removeprefix("support:desk-")
        if url.name.startswith("support:desk-") and verb in CASES:
            return self._desk_ticket(verb, actor, relation)
        found = self.claim(actor, relation, entry.extra.get("state", "collecting"))
        if url.name == "support:own-certificate":
            self.once(("certificate", found.pk), lambda: things.certify(found))
        return found

    def _desk_ticket(self, verb: str, actor: str, relation: str) -> Ticket:
        """Return a ticket that the verb fits; a party is refused whatever state theirs is in."""
        if relation in ("own", "rival"):
            return self.claim(actor, relation, "collecting")

        def make() -> Ticket:
            ticket = CASES[verb][0]()
            if relation == "erased":
                Ticket.objects.filter(pk=ticket.pk).update(claimant=self.people["erased"])
            return reload(ticket)

        return self.once(("desk", verb, relation), make)

    def claim(self, actor: str, relation: str, state: str) -> Ticket:
        """Return somebody's request in a state; a rival's is about the charger of the own one."""
        person = self.whose(actor, relation)
        if relation == "rival":
            mine = self.claim(actor, "own", state)
            return self.once(("rival", mine.pk), lambda: self.claim_of(person, mine.charger))
        return self.once(("claim", person.pk, state), lambda: self._new_claim(person, state))

    def _new_claim(self, person: User, state: str) -> Ticket:
        holder = self.people["other" if person == self.people["owner"] else "owner"]
        charger = self.charger_of(holder, place=True)
        if state == "collecting":
            return self.claim_of(person, charger)
        return make_ticket(state, charger=charger, claimant=person)

    def claim_of(self, person: User, charger: Charger) -> Ticket:
        """A whole request, with a file, a message and a note for the desk."""
        whose = self.name_of(person)
        typed = {"address_line": f"{canary(whose, 'typed')} 12", "claimant_name": person.name}
        typed["claimant_name"] = person.name or "Erased"
        ticket = asked(charger, claimant=person, bought_recently=True, **typed)
        desk.write(ticket_id=ticket.pk, by=person, body=canary(whose, "message"))
        Message.objects.create(
            ticket=ticket,
            by=self.people["agent"],
            from_desk=True,
            internal=True,
            body=canary(whose, "note"),
            at=clock.now(),
        )
        return reload(ticket)

    def charger_of(self, person: User, *, place: bool = False) -> Charger:
        """Make a charger of somebody's, at a street and with a PIN of its own."""
        whose = self.name_of(person)
        where = make_installation(
            street=canary(whose, "street"), postal_code="0150", city="Oslo", time_zone="Europe/Oslo"
        )
        charger = make_charger(installation=where, name=canary(whose, "charger"), pin="")
        pin = f"Q7PIN{charger.pk:06d}"
        self.pins[pin] = whose.replace("-", "")
        sealed = pins.seal(charger_uid=charger.uid, pin=pin)
        Pin.objects.create(
            charger=charger,
            ciphertext=sealed.ciphertext,
            key_id=sealed.key_id,
            sealed_at=ago(days=300),
        )
        own(charger, person)
        return charger

    def _own_charger(self, actor: str, relation: str) -> Charger:
        person = self.whose(actor, relation)
        if actor == "installer" and relation == "own":
            return self.once(("serviced",), self.serviced)
        return self.once(("charger", person.pk), lambda: self.charger_of(person))

    def serviced(self) -> Charger:
        charger = self.charger_of(self.people["other"])
        self.serve(charger, self.firm)
        return charger

    def serve(self, charger: Charger, firm: InstallerFirm) -> None:
        """Give a firm service access to a charger."""
        Tenure.objects.create(
            role="service_access",
            firm=firm,
            charger=charger,
            starts_at=ago(days=200),
            source="import",
        )

    def _charger(self, url, entry, actor, relation) -> dict:
        charger = self._own_charger(actor, relation)
        if "charger_uid" in url.takes:
            return {"uid": charger.installation.uid, "charger_uid": charger.uid}
        return {"uid": charger.uid}

    def _installation(self, url, entry, actor, relation) -> dict:
        return {"uid": self._own_charger(actor, relation).installation.uid}

    def _share(self, url, entry, actor, relation) -> dict:
        person = self.whose(actor, relation)
        if url.name == "chargers:cancel-share":
            owner, to = person, self.people["receiver"]
            to = self.people["rival"] if person == to else to
        else:
            owner, to = self.people["rival"], person

        def make():
            charger = self.charger_of(owner)
            name = canary("share", "name")
            return access.share(charger=charger, by=owner, to_name=name, to_email=to.email)[0]

        return {"uid": self.once(("share", owner.pk, to.pk), make).uid}

    def _offer(self, url, entry, actor, relation) -> dict:
        person = self.whose(actor, relation)
        return _code(self.once(("offer", person.pk), lambda: self.offer(person)))

    def offer(self, by: User, to: User | None = None) -> Ticket:
        to = to or self.people["rival"]
        name = canary(self.name_of(by), "offered")
        return offers.offer(
            charger_id=self.charger_of(by).pk, by=by, to_name=name, to_email=to.email
        )

    def _item(self, url, entry, actor, relation) -> dict:
        ticket = self.claim(actor, relation, "collecting")
        if url.name.startswith("support:desk-"):
            # For the desk "own" is to be a party of it.
            return {"uid": ticket.items.exclude(file_key="").first().uid}
        return {"uid": ticket.items.exclude(file_key="").first().uid}

    def link(self, purpose: str, person: User) -> Link:
        """Return a party's link: about a claim on their charger, or an offer to them."""
        return self.once(("link", purpose, person.pk), lambda: self._new_link(purpose, person))

    def _new_link(self, purpose: str, person: User) -> Link:
        if purpose == "offer":
            ticket = self.offer(self.people["owner"], to=person)
            return ticket.links.get(purpose="offer")
        charger = self.charger_of(self.people["owner"] if purpose == "firm" else person)
        if purpose == "firm":
            firm = self.firm if person == self.people["installer"] else self.other_firm
            self.serve(charger, firm)
        ticket = self.claim_of(self.people["claimant"], charger)
        about = {"charger": charger, "at": clock.now(), "purpose": purpose}
        if purpose == "owner":
            return links.make(party=person, **about)
        return links.make(firm=firm, ticket=ticket, **about)

    def purpose_of(self, url: Url) -> str:
        kind = url.name.removeprefix("support:")
        return {"f": "firm", "o": "offer"}.get(kind[0], "owner")

    def _link(self, url, entry, actor, relation) -> dict | None:
        purpose = self.purpose_of(url)
        if relation == "other":
            return {"uid": self.link(purpose, self.people["other"]).uid}
        if people.BY_LINK.get(actor, ("",))[0] != purpose:
            return None
        return {"uid": self.link(purpose, self.person_of(actor)).uid}

    def _token(self, url, entry, actor, relation) -> dict:
        return {"token": links.token(self.link("owner", self.people["owner"]))}


def _code(ticket: Ticket) -> dict:
    return {"request_code": ticket.request_code}
