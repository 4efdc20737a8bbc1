"""Freezes, disputes and repeated stops, as officers and seniors work on them."""

import pytest
from django.urls import reverse

from accounts.models import Role, StaffRole
from records import clock
from support.machine import State
from support.models import Answer, Freeze
from support.services import freezes
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_person,
    make_ticket,
    own,
    place_charger,
    reload,
)
from tests.support.desk_world import at_browser, desk_of, everyone, send

pytestmark = pytest.mark.django_db
FREEZES = "support:desk-freezes"
ABSENT = ("claimant", "stranger", "privacy_officer", "administrator", "superuser")


def frozen(**fields) -> Freeze:
    ticket = make_ticket(State.IN_REVIEW, **fields)
    return freezes.freeze_ticket(ticket_id=ticket.pk, by=make_agent())


def test_freezes_are_for_officers_and_auditors():
    freeze = frozen()
    seen = {who: c.get(reverse(FREEZES)).status_code for who, c in everyone(freeze.ticket).items()}
    assert [who for who, status in seen.items() if status == 200] == ["safety_officer", "auditor"]
    assert seen["agent"] == seen["senior"] == seen["claimant"] == 404


@pytest.mark.parametrize("verb", ["lift", "review", "confirm-freeze"])
def test_only_an_officer_touches_a_freeze(verb):
    freeze = frozen()
    url = reverse(f"support:desk-{verb}", args=[freeze.uid])
    for who, client in everyone(freeze.ticket).items():
        status = client.post(url, {"reason": "It was a misunderstanding."}).status_code
        if who == "safety_officer":
            assert status == 302
            Freeze.objects.filter(pk=freeze.pk).update(lifted_at=None, lifted_by=None)
        else:
            assert status == (302 if who == "anonymous" else 404 if who in ABSENT else 403), who


def test_a_look_is_on_record_and_a_lift_needs_a_reason():
    freeze, officer = frozen(), desk_of(Role.SAFETY_OFFICER)
    assert "Not looked at yet" in officer.get(reverse(FREEZES)).content.decode()
    officer.post(reverse("support:desk-review", args=[freeze.uid]))
    assert Freeze.objects.get(pk=freeze.pk).reviewed_at
    url = reverse("support:desk-lift", args=[freeze.uid])
    assert officer.post(url, {"reason": " "}).status_code == 422
    assert officer.post(url, {"reason": "Spoke to both."}).status_code == 302
    assert "Spoke to both." in officer.get(reverse(FREEZES)).content.decode()


def test_who_is_afraid_stays_safe_until_they_agree_to_a_notice():
    freeze, officer = frozen(fears_owner=True), desk_of(Role.SAFETY_OFFICER)
    url = reverse("support:desk-lift", args=[freeze.uid])
    refused = officer.post(url, {"reason": "It looks fine to me."})
    assert refused.status_code == 422
    assert "must agree to a notice" in refused.content.decode()
    assert "It looks fine to me.</textarea>" in refused.content.decode().replace("\n", "")
    agreed = {"reason": "She agreed on the phone.", "notice_agreed": "on"}
    assert officer.post(url, agreed).status_code == 302


def test_an_officer_who_is_a_party_does_not_lift():
    freeze = frozen()
    claimant = freeze.ticket.claimant
    StaffRole.objects.create(user=claimant, role=Role.SAFETY_OFFICER, starts_at=clock.now())
    url = reverse("support:desk-lift", args=[freeze.uid])
    assert at_browser(claimant).post(url, {"reason": "Mine."}).status_code == 403


def two_claims():
    charger = place_charger()
    own(charger)
    first = asked(charger)
    second = asked(charger, claimant=make_person(name="Rita Rival"))
    accept(first, "label")
    accept(second, "label")
    return first, second


def test_both_sides_stand_beside_each_other_and_are_decided_one_by_one():
    first, second = two_claims()
    dispute = first.charger.disputes.get()
    url = reverse("support:desk-dispute", args=[dispute.uid])
    senior = desk_of(Role.SENIOR)
    html = senior.get(url).content.decode()
    assert first.request_code in html
    assert second.request_code in html
    assert html.count("Decide the objection") == 2
    words = {"words": "Because.", "words_to_objector": "Because."}
    assert (
        send(senior, "decide", first, uphold="yes", reason="objection", **words).status_code == 302
    )
    assert reload(first).state == State.REJECTED
    assert reload(second).state == State.DISPUTED
    assert send(senior, "decide", second, uphold="no", **words).status_code == 302
    assert reload(second).state == State.IN_REVIEW
    assert "closed" in senior.get(url).content.decode()


def test_a_verdict_needs_a_reason_and_words_for_each_side():
    first, _second = two_claims()
    response = send(desk_of(Role.SENIOR), "decide", first, uphold="yes", words="Because.")
    html = response.content.decode()
    assert response.status_code == 422
    assert "Choose why the request is rejected." in html
    assert "Because.</textarea>" in html.replace("\n", "")


def test_a_party_to_one_side_sees_no_dispute():
    first, second = two_claims()
    dispute = first.charger.disputes.get()
    StaffRole.objects.create(user=second.claimant, role=Role.SENIOR, starts_at=clock.now())
    url = reverse("support:desk-dispute", args=[dispute.uid])
    assert at_browser(second.claimant).get(url).status_code == 403
    assert desk_of(Role.AGENT).get(url).status_code == 200
    assert at_browser(make_person()).get(url).status_code == 404


def test_a_second_stop_waits_until_a_senior_confirms_it():
    ticket = make_ticket(State.IN_REVIEW)
    answer = Answer.objects.create(
        charger=ticket.charger,
        party=own(ticket.charger),
        kind="still_mine",
        at=clock.now(),
        needs_confirmation=True,
    )
    html = desk_of(Role.SENIOR).get(reverse("support:desk-stops")).content.decode()
    assert ticket.request_code in html
    url = reverse("support:desk-confirm-stop", args=[answer.uid])
    for who, client in everyone(ticket).items():
        if who != "senior":
            status = client.post(url).status_code
            assert status == (302 if who == "anonymous" else 404 if who in ABSENT else 403), who
    assert reload(ticket).state == State.IN_REVIEW
    assert desk_of(Role.SENIOR).post(url).status_code == 302
    assert reload(ticket).state == State.DISPUTED


def test_a_second_freeze_waits_until_an_officer_confirms_it():
    ticket = make_ticket(State.IN_REVIEW)
    freeze = Freeze.objects.create(
        charger=ticket.charger, opened_at=clock.now(), needs_confirmation=True
    )
    officer = desk_of(Role.SAFETY_OFFICER)
    assert "Confirm: it freezes" in officer.get(reverse("support:desk-stops")).content.decode()
    officer.post(reverse("support:desk-confirm-freeze", args=[freeze.uid]))
    assert ticket.charger.open_holds().filter(kind="freeze").exists()
