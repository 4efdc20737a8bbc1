"""The same rules below the doors: a service called by somebody without the right refuses (403)."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django_fsm import TransitionNotAllowed

from chargers.refusals import Refused
from chargers.services import access, tenures
from support.machine import State
from support.services import claims, corrections, desk, freezes, letters, offers, taking, tickets
from support.views.verbs import VERBS
from tests.factories import make_ticket, picture
from tests.matrix import table
from tests.matrix.cells import Cell
from tests.matrix.fingerprint import savepoint
from tests.matrix.table import Url
from tests.matrix.world import World

MATRIX = table.read()
# Everybody once; how they came to the door is the doors' matter.
PERSONS = ("claimant", "owner", "installer", "receiver-code", "superuser", "agent", "senior")
PERSONS += ("safety-officer", "auditor", "privacy-officer", "administrator")
LATER = (ValidationError, TransitionNotAllowed, Refused)


def outcome(act, **arguments) -> str:
    """Call a service and take it back: "refused" for want of the right, else "let in"."""
    with savepoint():
        try:
            act(**arguments)
        except PermissionDenied:
            return "refused"
        except LATER:
            return "let in"
    return "let in"


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
def test_the_desks_services_let_in_whom_the_table_lets_in(verb, world: World):
    url = next(u for u in table.urls() if u.name == f"support:desk-{verb.name}")
    entry, wrong = MATRIX.entry_of(url), []
    for actor in PERSONS:
        for relation in ("own", "other"):
            ticket = world.ticket(url, entry, actor, relation)
            data = cleaned(verb, world, url, actor, relation, ticket)
            got = outcome(verb.service, ticket_id=ticket.pk, by=world.person_of(actor), **data)
            says = entry.outcome("POST", actor, relation, MATRIX.groups)
            if got != ("let in" if says in table.ALLOWED else "refused"):
                wrong.append(f"{verb.name} {actor} {relation}: {got}, the table says {says}")
    assert wrong == [], "\n".join(wrong)


def cleaned(verb, world: World, url: Url, actor: str, relation: str, ticket) -> dict:
    """Return what the form of the verb makes of what fits."""
    entry = MATRIX.entry_of(url)
    kwargs = {"request_code": ticket.request_code}
    cell = Cell(url, entry, actor, relation, "POST", "done", kwargs)
    form = verb.form(world.typed(cell), verb=verb.name)
    assert form.is_valid(), form.errors
    return form.cleaned_data


def now() -> datetime:
    return datetime.now(UTC)


def claimings(world: World, person) -> dict:
    """Return the claimant's verbs on a request that is this person's: only they may."""
    draft = make_ticket(State.DRAFT, claimant=person).pk
    going = make_ticket(State.COLLECTING, claimant=person).pk
    refused = make_ticket(State.REJECTED, claimant=person).pk
    address = {"kind": "address", "address_line": "Storgata 1"}
    return {
        "save_claim": lambda by: claims.save_claim(ticket_id=draft, by=by, city="Bergen"),
        "submit": lambda by: tickets.submit(ticket_id=draft, by=by),
        "withdraw": lambda by: tickets.withdraw(ticket_id=going, by=by),
        "appeal": lambda by: tickets.appeal(ticket_id=refused, by=by, words="Please."),
        "add_file": lambda by: taking.add_file(
            ticket_id=going, by=by, kind="label", upload=picture()
        ),
        "correct": lambda by: corrections.correct_field(ticket_id=going, by=by, **address),
        "enter a letter's code": lambda by: letters.enter(ticket_id=going, by=by, code="ABCD-2345"),
    }


def holdings(world: World, person) -> dict:
    """Return the owner's verbs on a charger that is this person's: only they may."""
    charger = world.charger_of(person)
    to = {"to_name": "Per", "to_email": "per@example.com"}
    made = access.share(charger=charger, by=person, to_name="Ann", to_email="ann@example.com")[0]
    return {
        "reveal": lambda by: access.reveal(charger=charger, by=by, authenticated_at=now()),
        "share": lambda by: access.share(charger=charger, by=by, **to),
        "cancel_share": lambda by: access.cancel_share(share=made, by=by),
        "open_share": lambda by: access.open_share(
            share=made, code="ABCDE-23456", by=by, authenticated_at=now()
        ),
        "renew_service": lambda by: tenures.renew_service(charger=charger, by=by),
        "establish": lambda by: access.begin_establishing(charger=charger, by=by),
        "offer": lambda by: offers.offer(charger_id=charger.pk, by=by, **to),
    }


@pytest.mark.parametrize("verbs", [claimings, holdings])
def test_what_is_somebodys_own_is_nobody_elses(verbs, world: World):
    person = world.people["other"]
    wrong = []
    for name, act in verbs(world, person).items():
        for actor in PERSONS:
            if outcome(act, by=world.person_of(actor)) != "refused":
                wrong.append(f"{name} is open to {actor}")
        if name != "open_share" and outcome(act, by=person) != "let in":
            wrong.append(f"{name} is closed to whose it is")
    assert wrong == []


def test_a_freeze_is_lifted_by_a_safety_officer_who_is_no_party(world: World):
    charger = world.charger_of(world.people["other"])
    freeze = freezes.freeze_charger(charger_id=charger.pk, by=world.people["other"])
    let_in = {
        actor
        for actor in PERSONS
        if outcome(freezes.lift, freeze_id=freeze.pk, by=world.person_of(actor), reason="Over.")
        == "let in"
    }
    assert let_in == {"safety-officer"}


def test_work_is_drawn_by_those_who_decide(world: World):
    let_in = {a for a in PERSONS if outcome(desk.take, by=world.person_of(a)) == "let in"}
    assert let_in == {"agent", "senior"}
