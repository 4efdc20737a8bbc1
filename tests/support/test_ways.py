"""The ways a request goes, through the services: from the claim to the PIN, or to a no."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts.models import FirmMember, InstallerFirm, Role
from chargers.models import Charger, Hold, Tenure
from chargers.refusals import Paused
from chargers.services import access, holds, registry
from records import clock
from support.machine import State
from support.models import Answer, Letter, Ticket
from support.rules import Class, Outcome, Tier
from support.services import (
    answers,
    approvals,
    claims,
    desk,
    disputes,
    freezes,
    letters,
    offers,
    routing,
    tickets,
)
from support.services.facts import facts_of
from tests.factories import (
    accept,
    add,
    asked,
    draw,
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


def approve(ticket, by=None, note=""):
    by = by or make_agent()
    draw(ticket, by)
    facts_version = reload(ticket).facts_version
    return approvals.approve(ticket_id=ticket.pk, by=by, facts_version=facts_version, note=note)


def holder(charger):
    return Charger.objects.get(pk=charger.pk).owner(clock.now())


def look_again_if_drawn(ticket):
    ticket = reload(ticket)
    if ticket.second_look == Ticket.SecondLook.WANTED:
        approvals.second_look(
            ticket_id=ticket.pk, by=make_agent(), facts_version=ticket.facts_version, fine=True
        )


def reveal(charger, person):
    charger = Charger.objects.get(pk=charger.pk)
    return access.reveal(charger=charger, by=person, authenticated_at=clock.now()).digits()


def test_named_consent_with_presence_hands_over_at_once_and_shows_the_pin():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    accept(ticket, "label")

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.COMPLETED
    assert holder(charger) == ticket.claimant
    assert reveal(charger, ticket.claimant) == "7291"
    with pytest.raises(PermissionDenied):
        reveal(charger, owner)


def test_the_acceptance_of_the_photo_may_be_the_last_fact_and_then_releases():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    name_claimant(ticket, owner)
    assert reload(ticket).state == State.IN_REVIEW

    accept(ticket, "label")

    assert reload(ticket).state == State.COMPLETED


def test_a_wrong_surname_is_no_named_consent_and_nobody_is_told():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    accept(ticket, "label")

    said = name_claimant(ticket, owner, surname="Hansen")

    assert said.kind == Answer.Kind.VACATED
    assert reload(ticket).state == State.IN_REVIEW
    assert holder(charger) == owner


def test_vacated_with_property_and_presence_needs_one_agent_and_a_day(later, mails_arrive):
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger, items=("label", "purchase_agreement"), bought_recently=True)
    answers.answer(charger_id=charger.pk, party=owner, kind="vacated", code_proved=True)
    accept(ticket, "label")
    accept(ticket, "purchase_agreement")

    approve(ticket)
    look_again_if_drawn(ticket)
    mails_arrive()
    assert reload(ticket).tier == Tier.LOW
    later(hours=23)
    assert reload(ticket).state == State.APPROVED
    later(days=5)

    assert reload(ticket).state == State.COMPLETED


def test_silence_waits_for_the_window_and_is_never_consent(later, mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()

    approve(ticket)
    look_again_if_drawn(ticket)
    mails_arrive()
    later(days=2)
    assert reload(ticket).state == State.APPROVED
    later(days=14)
    later(days=1)

    assert reload(ticket).tier == Tier.NORMAL
    assert reload(ticket).state == State.COMPLETED


def test_an_owner_who_stays_silent_makes_it_a_verification(later, mails_arrive):
    charger = place_charger()
    own(charger)
    ticket = asked(charger, items=())
    mails_arrive()
    assert (ticket.state, ticket.kind) == (State.AWAITING_OWNER, Ticket.Kind.TRANSFER)

    later(days=10)

    ticket = reload(ticket)
    assert (ticket.state, ticket.kind) == (State.COLLECTING, Ticket.Kind.VERIFICATION)
    assert not ticket.approvals.exists()


def test_unknown_owner_letter_entered_and_property_lead_to_release(later, mails_arrive):
    charger = place_charger()
    ticket = asked(charger, items=("label", "purchase_agreement"), bought_recently=True)
    letter = Letter.objects.get(ticket=ticket)
    letters.print_due(at=clock.now())
    letters.enter(ticket_id=ticket.pk, by=ticket.claimant, code=letters.code_of(letter))
    accept(ticket, "label")
    accept(ticket, "purchase_agreement")

    approve(ticket)
    look_again_if_drawn(ticket)
    mails_arrive()
    later(days=14)

    assert reload(ticket).tier == Tier.NORMAL
    assert reload(ticket).state == State.COMPLETED


def make_firm(charger):
    firm = InstallerFirm.objects.create(
        name="Demo Elektro AS", lookup_key="demo", email="post@elektro.example",
        registered_at=clock.now(),
    )  # fmt: skip
    Tenure.objects.create(
        role="service_access",
        installation=charger.installation,
        firm=firm,
        starts_at=clock.now() - timedelta(days=100),
        source="import",
    )
    return firm


def test_the_firm_names_its_first_customer_and_presence_completes_it(later, mails_arrive):
    charger = place_charger()
    firm = make_firm(charger)
    ticket = asked(charger, only_installer=True, installer_name="Demo Elektro")
    letters.print_due(at=clock.now())
    answers.firm_answer(
        ticket_id=ticket.pk, firm=firm, by=None, installed_here=True,
        customer_name="nina  nyinnflyttet",
    )  # fmt: skip
    accept(ticket, "label")
    later(days=6)

    approve(ticket)
    look_again_if_drawn(ticket)
    later(days=20)

    assert reload(ticket).state == State.COMPLETED


def test_the_firm_of_an_earlier_owner_cannot_make_a_first_customer():
    charger = place_charger()
    own(charger, starts_at=clock.now() - timedelta(days=50))
    firm = make_firm(charger)
    ticket = asked(charger, only_installer=True, installer_name="Demo Elektro")
    answers.firm_answer(
        ticket_id=ticket.pk, firm=firm, by=None, installed_here=True,
        customer_name="Nina Nyinnflyttet",
    )  # fmt: skip
    accept(ticket, "label")

    with pytest.raises(approvals.NotEnough) as refusal:
        approve(ticket)

    assert any("right" in line for line in refusal.value.missing)


def test_an_objection_becomes_a_dispute_and_a_senior_upholds_it():
    ticket = ready_for_approval()
    owner = holder(ticket.charger)

    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    assert reload(ticket).state == State.DISPUTED
    assert ticket.charger.open_holds().filter(kind="dispute").exists()
    disputes.decide(
        ticket_id=ticket.pk,
        by=make_senior(),
        facts_version=reload(ticket).facts_version,
        uphold=True,
        words="The owner still lives there.",
    )

    assert reload(ticket).state == State.REJECTED
    assert not ticket.charger.open_holds().exists()
    assert holder(ticket.charger) == owner


def test_a_dismissed_objection_goes_back_to_review_with_a_flag():
    ticket = ready_for_approval()
    owner = holder(ticket.charger)
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")

    disputes.decide(
        ticket_id=ticket.pk,
        by=make_senior(),
        facts_version=reload(ticket).facts_version,
        uphold=False,
        words="",
    )

    assert reload(ticket).state == State.IN_REVIEW
    first, second = make_agent(), make_agent()
    approve(ticket, by=first)
    assert reload(ticket).state == State.SECOND_REVIEW
    with pytest.raises(PermissionDenied):
        approve(ticket, by=first)
    approve(ticket, by=second)
    assert reload(ticket).tier == Tier.HIGH


def test_a_second_objection_stops_nothing_until_a_senior_confirms_it():
    ticket = ready_for_approval()
    owner, senior = holder(ticket.charger), make_senior()
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    disputes.decide(
        ticket_id=ticket.pk, by=senior, facts_version=reload(ticket).facts_version,
        uphold=False, words="",
    )  # fmt: skip

    again = answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    assert again.needs_confirmation
    assert reload(ticket).state == State.IN_REVIEW
    answers.confirm_stop(answer_id=again.pk, by=senior)

    assert reload(ticket).state == State.DISPUTED


def test_an_objection_to_a_bare_claim_stops_it_alone():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)

    answers.answer(charger_id=charger.pk, party=owner, kind="took_it")

    assert reload(ticket).state == State.DISPUTED
    assert not charger.open_holds().exists()


def test_two_proved_claims_become_one_dispute():
    charger = place_charger()
    own(charger)
    first = asked(charger)
    second = asked(charger, claimant=make_person(name="Per Annen"), claimant_name="Per Annen")
    accept(first, "label")
    assert reload(first).state == State.IN_REVIEW

    accept(second, "label")

    assert reload(first).state == reload(second).state == State.DISPUTED
    assert charger.disputes.get().tickets.count() == 2


def test_withdrawn_is_the_end(mails_arrive):
    ticket = ready_for_approval()

    tickets.withdraw(ticket_id=ticket.pk, by=ticket.claimant)

    assert reload(ticket).state == State.WITHDRAWN
    with pytest.raises(TransitionNotAllowed):
        approve(ticket)


def test_an_approval_of_a_ticket_that_nobody_gave_to_the_agent_is_picked_by_hand(mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()

    approvals.approve(
        ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version
    )

    assert reload(ticket).picked_by_hand
    assert (reload(ticket).state, reload(ticket).tier) == (State.SECOND_REVIEW, Tier.HIGH)
    approve(ticket)
    assert reload(ticket).state == State.APPROVED


def test_rejected_and_appealed_goes_to_someone_who_has_not_decided(mails_arrive):
    ticket = ready_for_approval()
    mails_arrive()
    first = make_agent()
    desk.reject(
        ticket_id=ticket.pk, by=first, facts_version=reload(ticket).facts_version,
        reason="not_shown", words="The agreement does not name you.",
    )  # fmt: skip

    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="It does, on page 2.")

    assert reload(ticket).state == State.IN_REVIEW
    with pytest.raises(PermissionDenied):
        approve(ticket, by=first)
    approve(ticket)
    assert reload(ticket).state == State.APPROVED
    assert reload(ticket).tier == Tier.NORMAL


def test_a_second_appeal_is_refused():
    ticket = ready_for_approval()
    for _n in range(2):
        desk.reject(
            ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version,
            reason="not_shown", words="No.",
        )  # fmt: skip
        if _n == 0:
            tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="Look again.")

    with pytest.raises(TransitionNotAllowed):
        tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="And again.")


def test_a_freeze_blocks_consent_approval_release_share_and_reveal_but_not_the_owner(later):
    ticket = ready_for_approval()
    charger, owner = ticket.charger, holder(ticket.charger)
    approve(ticket)
    answers.answer(charger_id=charger.pk, party=owner, kind="safety")

    assert reload(ticket).state == State.IN_REVIEW
    assert not ticket.standing_approvals().exists()
    with pytest.raises(Paused):
        name_claimant(ticket, owner)
    with pytest.raises(TransitionNotAllowed):
        approve(ticket)
    later(days=30)
    assert reload(ticket).state == State.IN_REVIEW
    with pytest.raises(Paused):
        access.share(charger=charger, by=owner, to_name="Per", to_email="per@example.com")
    assert reveal(charger, owner) == "7291"


def test_only_a_safety_officer_lifts_a_freeze_and_with_a_reason():
    ticket = ready_for_approval()
    owner = holder(ticket.charger)
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="safety")
    freeze = ticket.charger.freezes.get()

    with pytest.raises(PermissionDenied):
        freezes.lift(freeze_id=freeze.pk, by=make_senior(), reason="All is well.")
    officer = make_staff(Role.SAFETY_OFFICER)
    with pytest.raises(ValidationError):
        freezes.lift(freeze_id=freeze.pk, by=officer, reason=" ")
    freezes.lift(freeze_id=freeze.pk, by=officer, reason="Talked to both.")

    assert not ticket.charger.open_holds().exists()


def test_who_fears_the_owner_asks_without_a_notice_and_waits_for_an_officer():
    charger = place_charger()
    own(charger)
    ticket = asked(charger, fears_owner=True)

    assert not ticket.notices.filter(kind="owner_asked").exists()
    assert ticket.freezes.filter(lifted_at=None).exists()
    freeze, officer = ticket.freezes.get(), make_staff(Role.SAFETY_OFFICER)
    with pytest.raises(ValidationError):
        freezes.lift(freeze_id=freeze.pk, by=officer, reason="Spoke on the phone.")
    freezes.lift(freeze_id=freeze.pk, by=officer, reason="Spoke on the phone.", notice_agreed=True)
    routing.route(ticket_id=ticket.pk)

    assert ticket.notices.filter(kind="owner_asked").count() == 1


def test_a_serial_that_the_registry_learns_later_is_routed_again():
    known = place_charger()
    claimant = make_person(name="Nina Nyinnflyttet")
    ticket = asked(known, claimant=claimant, serial_typed="ZAP999999")
    assert ticket.charger.registered_at is None
    accept(ticket, "label")
    with pytest.raises(approvals.NotEnough):
        approve(ticket)

    charger = ticket.charger
    Charger.objects.filter(pk=charger.pk).update(
        vendor="maker", registered_at=clock.now(), installation=known.installation
    )
    routing.charger_changed_from_outbox(key="charger_registered:x", charger_uid=str(charger.uid))

    assert reload(ticket).state == State.SUBMITTED
    routing.route(ticket_id=ticket.pk)
    assert reload(ticket).state == State.IN_REVIEW


def test_new_evidence_after_approval_reopens_and_voids_it():
    ticket = ready_for_approval()
    approve(ticket)

    add(ticket, "other")

    assert reload(ticket).state == State.IN_REVIEW
    assert ticket.approvals.get().void_reason == "facts_changed"


def completed():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    accept(ticket, "label")
    name_claimant(ticket, owner)
    return reload(ticket), owner


def test_a_contest_suspends_the_reveal_and_two_seniors_restore():
    ticket, owner = completed()
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")

    assert reload(ticket).state == State.CONTESTED
    with pytest.raises(Paused):
        reveal(ticket.charger, ticket.claimant)
    first, second = make_senior(), make_senior()
    approvals.vote(ticket_id=ticket.pk, by=first, restore=True, note="A forged yes.")
    approvals.vote(ticket_id=ticket.pk, by=first, restore=True, note="Still.")
    assert reload(ticket).state == State.CONTESTED
    approvals.vote(ticket_id=ticket.pk, by=second, restore=True, note="I agree.")

    assert reload(ticket).state == State.RESTORED
    assert holder(ticket.charger) == owner
    assert reveal(ticket.charger, owner) == "7291"
    with pytest.raises(PermissionDenied):
        reveal(ticket.charger, ticket.claimant)


def test_a_contest_is_too_late_after_ninety_days(later):
    ticket, owner = completed()
    later(days=91)

    with pytest.raises(TransitionNotAllowed):
        answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")


def test_a_tenant_gets_use_with_the_owners_yes_and_a_lease_and_no_pin(later, mails_arrive):
    charger = place_charger()
    owner = own(charger)
    until = (clock.now() + timedelta(days=300)).date()
    ticket = asked(
        charger, items=("label", "lease"), renting=True, outcome=Outcome.USE, use_until_date=until
    )
    accept(ticket, "label")
    accept(ticket, "lease")

    name_claimant(ticket, owner)

    ticket = reload(ticket)
    assert ticket.state == State.COMPLETED
    assert holder(charger) == owner
    assert ticket.tenure.role == Tenure.Role.CHARGING_USER
    with pytest.raises(PermissionDenied):
        reveal(charger, ticket.claimant)


def test_a_landlord_who_mistypes_the_surname_gives_nothing_away(later, mails_arrive):
    charger = place_charger()
    owner = own(charger)
    until = (clock.now() + timedelta(days=300)).date()
    ticket = asked(
        charger, items=("label", "lease"), renting=True, outcome=Outcome.USE, use_until_date=until
    )
    accept(ticket, "label")
    accept(ticket, "lease")

    said = name_claimant(ticket, owner, surname="Nyinflyttet")

    assert (said.kind, said.ticket) == (Answer.Kind.MISNAMED, None)
    charger = Charger.objects.get(pk=charger.pk)
    assert (charger.owner_state, holder(charger)) == ("known", owner)
    facts = facts_of(reload(ticket), clock.now())
    assert not facts.classes & {Class.VACATED, Class.NAMED_CONSENT}
    assert reload(ticket).state != State.COMPLETED

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.COMPLETED


def test_an_offer_is_a_named_consent_and_waits_for_the_take_over_date(later):
    charger = place_charger()
    owner = own(charger)
    date = (clock.now() + timedelta(days=10)).date()
    ticket = offers.offer(
        charger_id=charger.pk, by=owner, to_name="Nina Nyinnflyttet",
        to_email="nina@example.com", take_over_date=date,
    )  # fmt: skip
    offers.accept(ticket_id=ticket.pk, by=ticket.claimant)
    ticket = reload(ticket)
    add(ticket, "label")
    accept(ticket, "label")

    assert reload(ticket).state == State.APPROVED
    later(days=11)

    assert reload(ticket).state == State.COMPLETED
    assert holder(charger) == ticket.claimant


def test_completion_sends_every_other_request_back_to_the_start():
    charger = place_charger()
    owner = own(charger)
    other = asked(charger, claimant=make_person(name="Per Annen"), claimant_name="Per Annen")
    ticket = asked(charger)
    accept(ticket, "label")

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.COMPLETED
    assert reload(other).state == State.SUBMITTED


def test_a_second_request_by_the_same_person_is_the_first_one():
    charger = place_charger()
    first = asked(charger)

    again = tickets.start(by=first.claimant)
    claims.save_claim(
        ticket_id=again.pk, by=first.claimant, **{
            name: getattr(first, name) for name in claims.CLAIM_FIELDS
        } | {"serial_typed": charger.serial.lower().replace("0", "O")},
    )  # fmt: skip

    assert tickets.submit(ticket_id=again.pk, by=first.claimant).pk == first.pk
    assert FirmMember.objects.count() == 0


def test_an_owner_who_takes_an_objection_back_lets_the_request_go_on():
    ticket = ready_for_approval()
    owner = holder(ticket.charger)
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    assert reload(ticket).state == State.DISPUTED

    name_claimant(ticket, owner)

    assert reload(ticket).state == State.IN_REVIEW
    assert not ticket.charger.open_holds().exists()
    approve(ticket)
    assert reload(ticket).tier == Tier.HIGH


def test_an_owner_cannot_take_back_what_the_desk_stopped():
    ticket = ready_for_approval()
    owner = holder(ticket.charger)
    disputes.object_at_desk(ticket_id=ticket.pk, by=make_agent(), words="The photo is of another.")

    with pytest.raises(Paused):
        name_claimant(ticket, owner)

    assert reload(ticket).state == State.DISPUTED


def test_a_frozen_request_does_not_expire(later):
    charger = place_charger()
    own(charger)
    ticket = asked(charger, items=(), fears_owner=True)

    later(days=40)

    assert reload(ticket).state == State.COLLECTING


def test_a_bare_request_that_nobody_goes_on_with_expires_after_fourteen_days(later, mails_arrive):
    charger = place_charger()
    own(charger)
    ticket = asked(charger, items=())
    mails_arrive()

    later(days=13)
    assert reload(ticket).state == State.COLLECTING
    later(days=2)

    assert reload(ticket).state == State.EXPIRED


def test_an_import_only_proposes_for_a_charger_that_somebody_asks_for():
    charger = place_charger()
    assert registry.under_way([charger.pk]) == set()

    asked(charger)

    assert registry.under_way([charger.pk]) == {charger.pk}


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_nothing_is_approved_while_the_charger_is_held(kind):
    ticket, agent = ready_for_approval(), make_agent()
    draw(ticket, agent)
    with transaction.atomic():
        charger = Charger.objects.lock(ticket.charger_id)
        holds.place(charger=charger, kind=kind, at=clock.now())

    with pytest.raises(TransitionNotAllowed):
        approvals.approve(ticket_id=ticket.pk, by=agent, facts_version=ticket.facts_version)
    assert not reload(ticket).approvals.exists()

    with transaction.atomic():
        holds.lift(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())
    done = approvals.approve(
        ticket_id=ticket.pk, by=agent, facts_version=reload(ticket).facts_version
    )
    assert [approval.by for approval in done.approvals.all()] == [agent]
