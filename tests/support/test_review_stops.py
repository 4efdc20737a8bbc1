"""Stopping: once a ticket for each party, whatever they said about another ticket."""

import pytest

from accounts.models import Role
from chargers.models import Charger
from records import clock
from support.machine import State
from support.models import Answer
from support.services import answers, approvals, disputes, freezes, letters, progress, tickets
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_person,
    make_senior,
    make_staff,
    name_claimant,
    own,
    place_charger,
    ready_for_approval,
    reload,
)

pytestmark = pytest.mark.django_db


def object_(charger, owner, **fields):
    return answers.answer(charger_id=charger.pk, party=owner, kind="still_mine", **fields)


def judge(ticket, *, uphold=False):
    return disputes.decide(
        ticket_id=ticket.pk,
        by=make_senior(),
        facts_version=reload(ticket).facts_version,
        uphold=uphold,
        words="Looked into.",
    )


def second_claim(charger):
    return asked(charger, claimant=make_person(name="Per Annen"), claimant_name="Per Annen")


def make_board(charger):
    place = charger.installation
    place.kind, place.board = "shared", make_person(name="Styret")
    place.save()
    return place.board


@pytest.mark.parametrize("end", ["withdrawn", "upheld", "dismissed", "still open"])
def test_an_owner_who_objected_to_one_claim_stops_the_next_one_too(end):
    charger = place_charger()
    owner = own(charger)
    first = asked(charger)
    object_(charger, owner)
    if end == "withdrawn":
        tickets.withdraw(ticket_id=first.pk, by=first.claimant)
    elif end != "still open":
        judge(first, uphold=end == "upheld")
    second = second_claim(charger)
    assert reload(second).state != State.DISPUTED

    object_(charger, owner)

    assert reload(second).state == State.DISPUTED


def test_a_second_objection_to_a_bare_claim_is_a_task_and_not_forgotten():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    object_(charger, owner)
    judge(ticket)

    again = object_(charger, owner)

    assert again.needs_confirmation
    assert reload(ticket).state == State.IN_REVIEW


def test_a_second_objection_ends_the_yes_that_the_owner_gave_before():
    charger = place_charger()
    owner = own(charger)
    kinds = ("label", "purchase_agreement")
    ticket = asked(charger, items=kinds, bought_recently=True)
    object_(charger, owner)
    judge(ticket)
    answers.answer(charger_id=charger.pk, party=owner, kind="vacated", code_proved=True)
    for kind in kinds:
        accept(ticket, kind)
    first = make_agent()
    approvals.approve(ticket_id=ticket.pk, by=first, facts_version=reload(ticket).facts_version)

    object_(charger, owner)

    assert Charger.objects.get(pk=charger.pk).owner_state == "known"
    assert not reload(ticket).standing_approvals().exists()


def test_what_the_board_stopped_as_well_stays_stopped_when_the_owner_gives_in():
    charger = place_charger()
    owner, board = own(charger), make_board(charger)
    ticket = asked(charger)
    object_(charger, owner)
    object_(charger, board, as_board=True)

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.DISPUTED


def test_what_a_letter_stopped_as_well_stays_stopped_when_the_owner_gives_in():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    letter = letters.send(ticket=ticket, to="household", at=clock.now())
    letters.print_due(at=clock.now())
    object_(charger, owner)
    letters.stop(stop_code=letters.stop_code_of(letter))

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.DISPUTED


def test_taking_the_objection_back_frees_every_claim_it_stopped():
    charger = place_charger()
    owner = own(charger)
    first = asked(charger)
    object_(charger, owner)
    second = second_claim(charger)
    object_(charger, owner)

    answers.answer(charger_id=charger.pk, party=owner, kind="never_mine")

    assert reload(first).state != State.DISPUTED
    assert reload(second).state != State.DISPUTED


def test_a_new_owner_leaves_no_answer_of_the_old_one_standing():
    charger = place_charger()
    owner = own(charger)
    asked(charger)
    answers.answer(charger_id=charger.pk, party=owner, kind="vacated", code_proved=True)

    progress.reroute_others(Charger.objects.get(pk=charger.pk), at=clock.now())

    assert not Answer.objects.filter(charger=charger, void_at=None).exists()


def lift(freeze):
    officer = make_staff(Role.SAFETY_OFFICER)
    return freezes.lift(freeze_id=freeze.pk, by=officer, reason="Talked to both.")


def test_a_freeze_of_long_ago_does_not_weaken_the_one_against_a_new_claim():
    charger = place_charger()
    owner = own(charger)
    asked(charger)
    answers.answer(charger_id=charger.pk, party=owner, kind="safety")
    lift(charger.freezes.get())
    again = answers.answer(charger_id=charger.pk, party=owner, kind="safety")
    assert again.needs_confirmation
    second_claim(charger)

    said = answers.answer(charger_id=charger.pk, party=owner, kind="safety")

    assert not said.needs_confirmation
    assert charger.open_holds().filter(kind="freeze").exists()


def test_a_claimant_freezes_a_ticket_once_and_then_asks_an_officer():
    ticket = asked(place_charger())
    first = freezes.freeze_ticket(ticket_id=ticket.pk, by=ticket.claimant)
    lift(first)

    again = freezes.freeze_ticket(ticket_id=ticket.pk, by=ticket.claimant)
    assert again.needs_confirmation
    officer = make_staff(Role.SAFETY_OFFICER)
    freezes.confirm_freeze(freeze_id=again.pk, by=officer)

    assert ticket.freezes.filter(lifted_at=None, needs_confirmation=False).count() == 1


def test_a_former_owner_who_speaks_of_safety_or_speaks_twice_contests_the_hand_over():
    ticket = ready_for_approval()
    charger = ticket.charger
    owner = charger.owner(clock.now())
    name_claimant(ticket, owner)
    assert reload(ticket).state == State.COMPLETED

    answers.answer(charger_id=charger.pk, party=owner, kind="safety")
    assert reload(ticket).state == State.CONTESTED
    answers.answer(charger_id=charger.pk, party=owner, kind="still_mine")

    assert reload(ticket).state == State.CONTESTED
