"""What comes back: an appeal, a lifted freeze, a question late in the day; and who may answer."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django_fsm import TransitionNotAllowed

from accounts.models import Role
from chargers.services import tenures
from records import clock
from support import mails
from support.machine import State
from support.models import Deadline
from support.notifications import notify
from support.services import (
    answers,
    approvals,
    claims,
    desk,
    disputes,
    freezes,
    routing,
    tickets,
)
from tests.factories import (
    accept,
    asked,
    claim_of,
    make_agent,
    make_person,
    make_senior,
    make_staff,
    make_ticket,
    name_claimant,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.test_review_stops import lift, object_

pytestmark = pytest.mark.django_db


def reject(ticket, by=None):
    return desk.reject(
        ticket_id=ticket.pk,
        by=by or make_agent(),
        facts_version=reload(ticket).facts_version,
        reason="not_shown",
        words="It does not name you.",
    )


def appeal(ticket):
    return tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="Look again.")


def open_kinds(ticket):
    return set(ticket.deadlines.filter(done_at=None).values_list("kind", flat=True))


def test_a_request_has_its_clocks_before_anybody_has_routed_it():
    charger, claimant = place_charger(), make_person(name="Nina Ny")
    ticket = tickets.start(by=claimant)
    claims.save_claim(ticket_id=ticket.pk, by=claimant, **claim_of(charger))

    tickets.submit(ticket_id=ticket.pk, by=claimant)

    assert open_kinds(ticket) == {Deadline.Kind.NEXT_WORD, Deadline.Kind.EXPIRY}


def test_an_appealed_request_has_its_clocks_again():
    ticket = ready_for_approval()
    reject(ticket)
    appeal(ticket)

    assert {Deadline.Kind.NEXT_WORD, Deadline.Kind.EXPIRY} <= open_kinds(ticket)


def test_an_appeal_after_a_change_of_owner_asks_the_new_one():
    ticket = ready_for_approval()
    reject(ticket)
    other = make_person(name="Ny Eier")
    tenures.follow_source(charger=ticket.charger, person=other, at=clock.now(), origin="proposal:x")

    appeal(ticket)
    routing.route(ticket_id=ticket.pk)

    assert ticket.notices.filter(kind="owner_asked", person=other).exists()


def test_an_appeal_beside_a_newer_request_of_the_same_person_is_refused_in_words():
    ticket = ready_for_approval()
    reject(ticket)
    asked(ticket.charger, claimant=ticket.claimant)

    with pytest.raises(TransitionNotAllowed):
        appeal(ticket)


def afraid_in_review():
    charger = place_charger()
    own(charger)
    return asked(charger, fears_owner=True, items=("label",))


def test_a_freeze_of_a_rejected_request_can_be_lifted_and_an_appeal_brings_it_back():
    ticket = afraid_in_review()
    with pytest.raises(PermissionDenied):
        reject(ticket)
    reject(ticket, by=make_staff(Role.SAFETY_OFFICER))

    lift(ticket.freezes.get())
    assert not ticket.freezes.filter(lifted_at=None).exists()
    appeal(ticket)

    assert reload(ticket).fears_owner
    assert ticket.freezes.filter(lifted_at=None).exists()


def test_nobody_at_the_place_is_written_to_about_a_claimant_in_fear():
    ticket = afraid_in_review()

    with pytest.raises(TransitionNotAllowed):
        desk.send_letter(ticket_id=ticket.pk, by=make_agent())


def test_what_is_asked_for_late_may_still_be_sent(later, mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()
    later(days=29)
    desk.ask(
        ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version,
        asks=[("other", "needed", "The last page, please.")],
    )  # fmt: skip

    later(days=13)
    assert reload(ticket).state == State.COLLECTING
    later(days=2)

    assert reload(ticket).state == State.EXPIRED


def test_who_upheld_an_objection_does_not_judge_the_appealed_request_again():
    ticket = ready_for_approval()
    senior = make_senior()
    object_(ticket.charger, ticket.charger.owner(clock.now()))
    about = {"ticket_id": ticket.pk, "by": senior, "uphold": True, "words": "No."}
    disputes.decide(facts_version=reload(ticket).facts_version, **about)
    appeal(ticket)
    disputes.object_at_desk(ticket_id=ticket.pk, by=make_agent(), words="Still odd.")

    with pytest.raises(PermissionDenied):
        disputes.decide(facts_version=reload(ticket).facts_version, **about)


def test_who_stopped_it_before_is_not_promised_that_one_click_stops_it_again(mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()
    owner = ticket.charger.owner(clock.now())
    about = {"ticket": ticket, "charger": ticket.charger, "person": owner, "at": clock.now()}
    first = mails.render(notify("approved_told", **about)).text
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")

    later = mails.render(notify("approved_told", **about)).text

    assert "object now: it takes one click" in " ".join(first.split())
    assert "one click" not in later and "You objected to it before" in " ".join(later.split())


def test_an_appeal_is_not_drawn_by_who_rejected_it():
    ticket = ready_for_approval()
    agent = make_agent()
    reject(ticket, by=agent)
    appeal(ticket)

    assert desk.take(by=agent) is None
    assert desk.take(by=make_agent()) == ticket


def vote(ticket, by):
    return approvals.vote(ticket_id=ticket.pk, by=by, restore=True, note="A forged yes.")


def test_the_officer_votes_on_a_contest_only_where_seniors_are_too_few():
    ticket = ready_for_approval()
    owner = ticket.charger.owner(clock.now())
    name_claimant(ticket, owner)
    object_(ticket.charger, owner)
    assert reload(ticket).state == State.CONTESTED
    officer, first = make_staff(Role.SAFETY_OFFICER), make_senior()
    second = make_senior()
    with pytest.raises(PermissionDenied):
        vote(ticket, officer)
    second.staff_roles.update(ends_at=clock.now())

    vote(ticket, first)
    vote(ticket, officer)

    assert reload(ticket).state == State.RESTORED


def test_an_onlooker_and_a_party_do_not_write_for_the_desk():
    charger = place_charger()
    ticket = make_ticket(State.IN_REVIEW, charger=charger)
    auditor, owning_agent = make_staff(Role.AUDITOR), make_agent()
    own(charger, owning_agent)

    for person in (auditor, owning_agent):
        with pytest.raises(PermissionDenied):
            desk.write(ticket_id=ticket.pk, by=person, body="Hello.")
    with pytest.raises(PermissionDenied):
        desk.write(ticket_id=ticket.pk, by=ticket.claimant, body="Psst.", internal=True)


def test_who_ever_owned_it_is_a_party_and_approves_nothing():
    ticket = ready_for_approval()
    agent = make_agent()
    long_ago = clock.now() - timedelta(days=900)
    ticket.charger.tenures.create(
        role="owner", person=agent, source="import",
        starts_at=long_ago, ends_at=long_ago + timedelta(days=9),
    )  # fmt: skip

    with pytest.raises(PermissionDenied):
        approvals.approve(ticket_id=ticket.pk, by=agent, facts_version=reload(ticket).facts_version)


def test_a_lifted_freeze_lets_a_yes_from_before_it_take_effect():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    name_claimant(ticket, owner)
    freeze = freezes.freeze_ticket(ticket_id=ticket.pk, by=make_agent())
    accept(ticket, "label")
    assert reload(ticket).state == State.IN_REVIEW

    lift(freeze)

    assert reload(ticket).state == State.COMPLETED
