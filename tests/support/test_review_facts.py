"""What counts and what raises a flag, where the ordinary ways do not go."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django_fsm import TransitionNotAllowed

from accounts.models import ContactPoint, InstallerFirm
from chargers.models import Tenure
from records import clock
from support.machine import State
from support.rules import Class, Flag, Outcome
from support.services import answers, approvals, disputes, freezes, offers
from support.services.facts import facts_of, is_frozen
from tests.factories import (
    accept,
    add,
    ago,
    asked,
    make_agent,
    make_person,
    make_senior,
    name_claimant,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.test_review_stops import make_board, object_

pytestmark = pytest.mark.django_db


def facts(ticket):
    return facts_of(reload(ticket), clock.now())


def today():
    return clock.now().date()


def change_contact(person, *, days, kind="email"):
    ContactPoint.objects.create(
        user=person, kind=kind, value="old", valid_from=ago(days=900), source="import"
    )
    ContactPoint.objects.create(
        user=person, kind=kind, value="new", valid_from=ago(days=days), source="proposal"
    )


@pytest.mark.parametrize("kind", ["email", "post"])
def test_a_new_mail_or_post_address_of_the_owner_is_a_flag(kind):
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    change_contact(owner, days=29, kind=kind)

    assert Flag.CONTACT_CHANGED in facts(ticket).flags


def test_a_board_whose_contact_is_new_cannot_agree():
    charger = place_charger(unit="12")
    own(charger)
    board = make_board(charger)
    ticket = asked(charger, unit="12")
    change_contact(board, days=5)

    with pytest.raises(ValidationError):
        answers.answer(
            charger_id=charger.pk, party=board, kind="named", code_proved=True,
            request_code=ticket.request_code, as_board=True,
        )  # fmt: skip
    assert facts(ticket).board_missing


def test_in_a_shared_garage_the_bay_of_the_charger_is_compared():
    charger = place_charger(unit="12")
    own(charger)
    make_board(charger)
    right = asked(charger, unit="12")
    wrong = asked(
        charger, unit="13", claimant=make_person(name="Per Annen"), claimant_name="Per Annen"
    )

    assert Class.RECORD in facts(right).classes
    assert Class.RECORD not in facts(wrong).classes


def test_a_firm_whose_contact_is_new_proves_nothing():
    charger = place_charger()
    firm = InstallerFirm.objects.create(
        name="Demo", lookup_key="demo", email="x@demo.example", registered_at=ago(days=500)
    )
    Tenure.objects.create(
        role="service_access", charger=charger, firm=firm, starts_at=ago(days=90), source="import"
    )
    ticket = asked(charger, only_installer=True, installer_name="Demo")
    answers.firm_answer(
        ticket_id=ticket.pk, firm=firm, by=None, installed_here=True,
        customer_name="Nina Nyinnflyttet",
    )  # fmt: skip
    assert {Class.INSTALLER, Class.FIRST_CUSTOMER} <= facts(ticket).classes

    InstallerFirm.objects.filter(pk=firm.pk).update(contact_changed_at=ago(days=3))

    assert not {Class.INSTALLER, Class.FIRST_CUSTOMER} & facts(ticket).classes


def test_a_firm_that_answers_while_the_serial_is_corrected_is_told_so():
    charger = place_charger()
    firm = InstallerFirm.objects.create(
        name="Demo", lookup_key="demo", email="x@demo.example", registered_at=ago(days=500)
    )
    ticket = asked(charger)
    type(ticket).objects.filter(pk=ticket.pk).update(charger=None)

    with pytest.raises(TransitionNotAllowed):
        answers.firm_answer(ticket_id=ticket.pk, firm=firm, by=None, installed_here=True)


def test_an_agreement_counts_from_its_take_over_date_on():
    charger = place_charger()
    own(charger)
    ticket = asked(charger, items=("purchase_agreement",), bought_recently=True)
    accept(ticket, "purchase_agreement", take_over_date=today() + timedelta(days=60))
    assert Class.PROPERTY not in facts(ticket).classes

    accept(ticket, "purchase_agreement", take_over_date=today())

    assert Class.PROPERTY in facts(ticket).classes


def tenant(charger, *, until, lease_ends):
    ticket = asked(charger, items=("label", "lease"), renting=True, use_until_date=until)
    accept(ticket, "label")
    accept(ticket, "lease", ends_date=lease_ends)
    return ticket


def test_a_tenants_use_ends_with_the_lease_whatever_they_typed():
    charger = place_charger()
    owner = own(charger)
    ends = today() + timedelta(days=100)
    ticket = tenant(charger, until=today() + timedelta(days=4000), lease_ends=ends)

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.COMPLETED
    assert reload(ticket).tenure.ends_at.date() <= ends + timedelta(days=1)


def test_a_lease_that_ran_out_gives_no_use_and_breaks_nothing(later):
    charger = place_charger()
    owner = own(charger)
    ends = today() + timedelta(days=3)
    ticket = tenant(charger, until=ends, lease_ends=ends)
    later(days=6, run=False)

    name_claimant(ticket, owner)

    assert ticket.outcome == Outcome.USE
    assert reload(ticket).state == State.IN_REVIEW


def test_an_objection_to_a_bare_claim_that_was_dismissed_is_a_flag_on_it():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    object_(charger, owner)
    disputes.decide(
        ticket_id=ticket.pk, by=make_senior(), facts_version=reload(ticket).facts_version,
        uphold=False, words="",
    )  # fmt: skip

    assert Flag.DISPUTE_BEFORE in facts(ticket).flags


def test_an_owner_who_says_something_else_takes_the_offer_back():
    charger = place_charger()
    owner = own(charger)
    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name="Nina Ny", to_email="nina@example.com"
    )
    offers.accept(ticket_id=ticket.pk, by=ticket.claimant)
    add(ticket, "label")
    answers.answer(charger_id=charger.pk, party=owner, kind="never_mine")

    accept(ticket, "label")

    assert Class.NAMED_CONSENT not in facts(ticket).classes
    assert reload(ticket).state != State.COMPLETED


def test_an_offer_of_somebody_who_lost_the_charger_is_not_accepted():
    charger = place_charger()
    owner = own(charger)
    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name="Nina Ny", to_email="nina@example.com"
    )
    other = asked(charger, claimant=make_person(name="Per Annen"), claimant_name="Per Annen")
    accept(other, "label")
    name_claimant(other, owner, surname="Annen")
    assert reload(other).state == State.COMPLETED

    with pytest.raises(TransitionNotAllowed):
        offers.accept(ticket_id=ticket.pk, by=ticket.claimant)


def test_a_receiver_with_a_request_of_their_own_is_told_what_to_do():
    charger = place_charger()
    owner = own(charger)
    receiver = make_person(name="Nina Nyinnflyttet")
    asked(charger, claimant=receiver)
    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name=receiver.name, to_email=receiver.email
    )

    with pytest.raises(TransitionNotAllowed):
        offers.accept(ticket_id=ticket.pk, by=receiver)


def test_an_owner_established_by_time_may_offer_without_a_look_at_the_pin(later):
    charger = place_charger(pin=None)
    owner = own(charger, established=False, establishing_since=ago(days=5))

    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name="Nina Ny", to_email="nina@example.com"
    )

    assert ticket.state == State.OFFERED


def test_nobody_is_handed_what_is_theirs_already():
    charger = place_charger()
    owner = own(charger)
    kinds = ("label", "purchase_agreement")
    ticket = asked(charger, claimant=owner, items=kinds, claimant_name=owner.name)
    for kind in kinds:
        accept(ticket, kind)

    with pytest.raises(approvals.NotEnough):
        approvals.approve(
            ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version
        )


def test_letters_written_in_two_ways_are_one_surname():
    charger = place_charger()
    own(charger, make_person(name="Kari Ste\u0301n"))
    ticket = asked(charger, claimant_name="Nina St\u00e9n")

    assert Flag.SAME_SURNAME in facts(ticket).flags


def test_another_tickets_freeze_is_not_the_one_of_a_ticket_without_a_charger():
    frozen = asked(place_charger())
    freezes.freeze_ticket(ticket_id=frozen.pk, by=make_agent())
    ticket = ready_for_approval()
    ticket.charger = None

    assert not is_frozen(ticket)
