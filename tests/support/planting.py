"""How violations are planted: on a completed request, as the owner, with the guards asleep.

PLANTS is filled by plants_people.py and plants_records.py: what no service, and mostly not even
PostgreSQL, would let happen. Each plant returns the words in which the check must name it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from chargers.models import Charger, Grant, Hold, Reveal, Share, Tenure
from chargers.services import access
from records import clock
from support.models import Approval, Contest, Ticket
from tests.factories import (
    accept,
    asked,
    name_claimant,
    own,
    place_charger,
)

PLANTS: list[tuple[str, Callable]] = []


@dataclass
class World:
    """A completed request, its people, and pytest's monkeypatch."""

    charger: Charger
    ticket: Ticket
    former: object
    patch: object

    @property
    def claimant(self):
        return self.ticket.claimant

    def grant(self) -> Grant:
        return Grant.objects.get(charger=self.charger)

    def tenure(self) -> Tenure:
        return self.grant().tenure


def complete_a_request() -> Ticket:
    """Complete a request at once and let its new owner look at the PIN."""
    charger = place_charger()
    former = own(charger)
    ticket = asked(charger)
    accept(ticket, "label")
    name_claimant(ticket, former)
    charger = Charger.objects.get(pk=charger.pk)
    access.reveal(charger=charger, by=ticket.claimant, authenticated_at=clock.now())
    return ticket


def world_of(ticket_id: int, patch) -> World:
    """Return the world around a completed request, read anew."""
    ticket = Ticket.objects.select_related("charger", "claimant").get(pk=ticket_id)
    return World(ticket.charger, ticket, ticket.former_tenure.person, patch)


@contextmanager
def guards_asleep() -> Iterator[None]:
    """Put triggers and foreign keys to sleep, as only the owner may."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement)


def plants(rule: str):
    """Put a function into PLANTS under the rule that it breaks."""

    def listed(plant):
        PLANTS.append((rule, plant))
        return plant

    return listed


def change(row, **fields) -> None:
    with guards_asleep():
        type(row).objects.filter(pk=row.pk).update(**fields)


def hold(charger: Charger, kind: str, placed_at, lifted_at=None) -> Hold:
    with guards_asleep():
        return Hold.objects.create(
            charger=charger, kind=kind, placed_at=placed_at, lifted_at=lifted_at
        )


def tenure_of(person) -> Tenure:
    return Tenure.objects.get(person=person)


def make_share(world) -> Share:
    made, _code = access.share(
        charger=world.charger, by=world.claimant, to_name="Per", to_email="per@example.com"
    )
    return made


def approve_as(person, ticket, **fields) -> Approval:
    with guards_asleep():
        return Approval.objects.create(
            ticket=ticket, by=person, at=ticket.made_at, facts_version=1, **fields
        )


def make_contest(world, **fields) -> Contest:
    return Contest.objects.create(
        ticket=world.ticket, by=world.former, opened_at=clock.now(), **fields
    )


def look(world, person, **fields) -> Reveal:
    with guards_asleep():
        return Reveal.objects.create(
            charger=world.charger, person=person, **({"at": clock.now()} | fields)
        )
