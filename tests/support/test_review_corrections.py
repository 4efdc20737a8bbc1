"""A corrected serial is another charger: nothing found about the first one counts for it."""

import pytest
from django.core.exceptions import ValidationError
from django_fsm import TransitionNotAllowed

from chargers.services import registry
from records import clock
from support.machine import State
from support.rules import Class
from support.services import corrections, desk, letters, offers, routing
from support.services.facts import facts_of
from tests.factories import (
    accept,
    add,
    asked,
    make_agent,
    make_person,
    name_claimant,
    own,
    place_charger,
    reload,
)
from tests.support.test_review_stops import object_, second_claim

pytestmark = pytest.mark.django_db


def ask_for_serial(ticket):
    desk.ask(
        ticket_id=ticket.pk,
        by=make_agent(),
        facts_version=reload(ticket).facts_version,
        asks=[("serial", "check_again", "Please compare it with the label.")],
    )


def correct(ticket, charger):
    return corrections.correct_field(
        ticket_id=ticket.pk, by=ticket.claimant, kind="serial", serial_typed=charger.serial
    )


def route(ticket):
    routing.route(ticket_id=ticket.pk)
    return reload(ticket)


def test_a_photo_of_one_charger_is_no_presence_at_another():
    mine, victims = place_charger(), place_charger()
    owner = own(victims)
    ticket = asked(mine)
    accept(ticket, "label")
    ask_for_serial(ticket)

    correct(ticket, victims)
    ticket = route(ticket)

    assert ticket.charger == victims
    assert Class.PRESENCE not in facts_of(ticket, clock.now()).classes
    name_claimant(ticket, owner)
    assert reload(ticket).state != State.COMPLETED


def test_a_letter_to_one_household_proves_nobody_at_another():
    mine, victims = place_charger(), place_charger()
    ticket = asked(mine)
    letter = ticket.letters.get()
    letters.print_due(at=clock.now())
    letters.enter(ticket_id=ticket.pk, by=ticket.claimant, code=letters.code_of(letter))
    ask_for_serial(ticket)

    correct(ticket, victims)
    ticket = route(ticket)

    assert Class.LETTER not in facts_of(ticket, clock.now()).classes
    assert ticket.letters.filter(charger=victims).exists()
    with pytest.raises((ValidationError, TransitionNotAllowed)):
        letters.enter(ticket_id=ticket.pk, by=ticket.claimant, code=letters.code_of(letter))


@pytest.mark.parametrize("while_", ["disputed", "submitted"])
def test_the_serial_and_the_charger_of_a_request_never_part(while_):
    victims, mine = place_charger(), place_charger()
    owner = own(victims)
    ticket = asked(victims)
    ask_for_serial(ticket)
    if while_ == "disputed":
        object_(victims, owner)
    else:
        charger = reload(ticket).charger
        routing.reroute_others(charger, at=clock.now())

    correct(ticket, mine)
    ticket = route(ticket)

    assert ticket.charger == mine
    assert ticket.lookup_key == mine.lookup_key
    assert not victims.open_holds().exists()


def test_who_leaves_a_dispute_by_another_serial_closes_it():
    charger, other = place_charger(), place_charger()
    own(charger)
    first, second = asked(charger), second_claim(charger)
    ask_for_serial(first)
    add(first, "other")
    accept(first, "label")
    accept(second, "label")
    assert charger.open_holds().exists()
    for ticket in (first, second):
        assert reload(ticket).state == State.DISPUTED

    correct(first, other)

    assert reload(first).state == State.SUBMITTED
    assert reload(second).state == State.DISPUTED


def test_an_offer_of_one_charger_is_no_consent_for_the_owners_other_one():
    offered, other = place_charger(), place_charger()
    owner = own(offered)
    own(other, owner)
    ticket = offers.offer(
        charger_id=offered.pk, by=owner, to_name="Nina Ny", to_email="nina@example.com"
    )
    offers.accept(ticket_id=ticket.pk, by=ticket.claimant)
    add(ticket, "label")

    with pytest.raises(ValidationError):
        ask_for_serial(ticket)


def test_a_correction_to_a_charger_asked_for_already_says_so():
    first, second = place_charger(), place_charger()
    claimant = make_person(name="Nina Nyinnflyttet")
    one = asked(first, claimant=claimant)
    asked(second, claimant=claimant)
    ask_for_serial(one)

    with pytest.raises(ValidationError) as refusal:
        correct(one, second)

    assert "serial_typed" in refusal.value.message_dict


def test_a_request_known_only_to_itself_finds_the_charger_an_import_made():
    known = place_charger()
    ticket = asked(known, serial_typed="ZAP999999")
    registry.make_unregistered(serial="ZAP999998", at=clock.now())
    charger = place_charger()
    type(charger).objects.filter(pk=charger.pk).update(serial="ZAP999999", lookup_key="ZAP999999")
    routing.reroute_others(reload(ticket).charger, at=clock.now())

    assert route(ticket).charger_id == charger.pk
