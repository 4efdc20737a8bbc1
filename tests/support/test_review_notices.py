"""Whom a notice must have reached before the clock starts, and what is done when it does not."""

from datetime import timedelta

import pytest

from accounts.models import ContactPoint
from chargers.models import Charger
from chargers.services import tenures
from records import clock
from support.machine import State
from support.models import Letter, Notice, Ticket
from support.rules import Owner, Tier
from support.services import answers, approvals, clocks, letters, offers
from tests.factories import (
    accept,
    add,
    asked,
    make_agent,
    make_person,
    name_claimant,
    own,
    place_charger,
    ready_for_approval,
    reload,
)

pytestmark = pytest.mark.django_db


def approve(ticket):
    facts_version = reload(ticket).facts_version
    return approvals.approve(ticket_id=ticket.pk, by=make_agent(), facts_version=facts_version)


def follow(charger, person):
    """The source names another owner, as an agreed proposal does."""
    tenures.follow_source(charger=charger, person=person, at=clock.now(), origin="proposal:x")


def test_a_notice_to_the_owner_of_yesterday_starts_no_clock_for_todays(mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()
    follow(ticket.charger, make_person(name="Ny Eier"))

    start = clocks.start(reload(ticket), Owner.SILENT, clock.now())

    assert (start.at, start.arrived) == (None, False)


def test_nothing_is_released_between_a_change_of_owner_and_its_rerouting(later, mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()
    approve(ticket)
    mails_arrive()
    Ticket.objects.filter(pk=ticket.pk).update(second_look="")
    follow(ticket.charger, make_person(name="Ny Eier"))

    later(days=40)

    assert reload(ticket).state != State.COMPLETED


def test_a_mail_to_somebody_who_never_owned_it_is_no_notice_to_the_household(mails_arrive):
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    mails_arrive()

    answers.answer(charger_id=charger.pk, party=owner, kind="never_mine")

    assert not clocks.start(reload(ticket), Owner.UNKNOWN, clock.now()).arrived
    assert ticket.letters.filter(to=Letter.To.HOUSEHOLD).count() == 1


def test_an_owner_whom_no_mail_reaches_gets_a_letter_at_their_own_address(later):
    charger = place_charger()
    owner = own(charger)
    ContactPoint.objects.create(
        user=owner, kind="post", value="Fjordveien 2, 5003 Bergen",
        valid_from=clock.now() - timedelta(days=400), source="import",
    )  # fmt: skip
    ticket = asked(charger)
    Notice.objects.filter(ticket=ticket).update(failed_at=clock.now())
    assert clocks.start(ticket, Owner.SILENT, clock.now()).arrived is False

    approvals.reconsider(ticket_id=ticket.pk)
    approvals.reconsider(ticket_id=ticket.pk)

    letter = ticket.letters.get()
    assert letter.to == Letter.To.OWNER
    letters.print_due(at=clock.now())
    now = later(days=8)
    assert clocks.start(reload(ticket), Owner.SILENT, now).arrived


def test_a_claim_at_a_place_without_an_address_has_a_clock_all_the_same():
    charger = place_charger()
    place = charger.installation
    place.street = ""
    place.save()
    ticket = asked(charger, address_line="Storgata 1")

    start = clocks.start(ticket, Owner.UNKNOWN, clock.now())

    assert (start.at, start.arrived) == (ticket.routed_at, False)


def test_an_offer_that_needs_two_people_has_a_clock():
    charger = place_charger()
    owner = own(charger, make_person(name="Nina Ny"))
    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name="Per Ny", to_email="per@example.com"
    )
    offers.accept(ticket_id=ticket.pk, by=ticket.claimant)
    add(ticket, "label")
    accept(ticket, "label")
    approve(ticket)
    approve(ticket)

    assert reload(ticket).tier == Tier.HIGH
    assert clocks.start(reload(ticket), Owner.SILENT, clock.now()).at


def test_the_day_of_the_low_tier_counts_from_the_notice_of_approval(later, mails_arrive):
    charger = place_charger()
    owner = own(charger, established=False)
    ticket = asked(charger)
    accept(ticket, "label")
    name_claimant(ticket, owner)
    assert (reload(ticket).state, reload(ticket).tier) == (State.APPROVED, Tier.LOW)

    later(days=9)
    assert reload(ticket).state == State.APPROVED
    mails_arrive()
    later(hours=2)
    assert reload(ticket).state == State.APPROVED

    later(days=5)
    later(days=1)
    assert reload(ticket).state == State.COMPLETED


def test_a_yes_given_before_a_contest_waits_for_its_end_and_breaks_nothing():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    name_claimant(ticket, owner)
    first = Charger.objects.get(pk=charger.pk)
    first.holds.create(kind="contest", placed_at=clock.now())

    accept(ticket, "label")

    assert reload(ticket).state == State.IN_REVIEW


def test_an_owner_who_spoke_of_an_earlier_claim_is_reminded_of_the_next(later):
    charger = place_charger()
    owner = own(charger)
    asked(charger)
    answers.answer(charger_id=charger.pk, party=owner, kind="still_mine")
    second = asked(charger, claimant=make_person(name="Per Annen"), claimant_name="Per Annen")

    later(hours=49)

    assert second.notices.filter(kind="owner_reminded").exists()
