"""A change is proposed, and a hand-over made here stands."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import ContactPoint, Role, User
from chargers.models import (
    Charger,
    Installation,
    OwnerState,
    Pin,
    Proposal,
    Tenure,
)
from chargers.services import proposals, tenures
from records import clock
from records.models import Event, OutboxRow
from tests.chargers.registry_files import (
    charger_row,
    dump,
    findings,
    pin_of,
    place_row,
    run,
    write_constants,
)
from tests.chargers.world import make_person, make_staff

pytestmark = pytest.mark.django_db
SERIAL = "ZAP000001"


def charger():
    return Charger.objects.get(serial=SERIAL)


def hand_over(to):
    with transaction.atomic():
        locked = Charger.objects.lock(charger().pk)
        tenures.change_owner(charger=locked, to=to, at=clock.now(), origin="ticket:one")


@pytest.mark.parametrize(
    ("change", "kind", "new"),
    [
        ({"owner_email": "b@example.org", "owner_name": "B"}, "owner", None),
        ({"owner_email": "none"}, "owner", {"owner": "none"}),
        ({"owner_email": "new@example.org"}, "owner_contact", {"email": "new@example.org"}),
        (
            {"service_email": "new@elektro.example"},
            "firm_contact",
            {"email": "new@elektro.example"},
        ),
        ({"installer": "B AS", "service_email": "b@b.example"}, "service_firm", None),
        ({"address": "Storgata 13"}, "installation", None),
        ({"installation": "Home 2", "address": "Lillegata 2"}, "installation", None),
        ({"kind": "shared"}, None, None),
        ({"city": "Bergen"}, None, None),
    ],
    ids=str,
)
def test_a_change_of_weight_is_proposed_once_and_not_made(ours, change, kind, new):
    ours()
    before = dump()

    ours(change)
    ours(change)

    if kind is None:
        assert not Proposal.objects.exists()
        return
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.state) == (kind, Proposal.State.OPEN)
    assert new is None or proposal.new == new
    after = dump()
    assert after["chargers"] == before["chargers"]
    assert [row for row in after["tenures"] if row in before["tenures"]] == before["tenures"]
    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 1


def test_a_proposed_owner_can_be_agreed_to(ours):
    ours()
    ours({"owner_email": "b@example.org", "owner_name": "B"})
    proposal = proposals.noticed(proposal=Proposal.objects.get(), at=clock.now())
    Proposal.objects.filter(pk=proposal.pk).update(notice_at=clock.now() - timedelta(days=8))

    proposals.agree(proposal=Proposal.objects.get(), by=make_staff(Role.ADMINISTRATOR))

    assert charger().owner(clock.now()).email == "b@example.org"
    ours({"owner_email": "b@example.org", "owner_name": "B"})
    assert Proposal.objects.count() == 1


def test_the_makers_changed_address_is_proposed_part_by_part(page, tmp_path):
    run(write_constants(tmp_path / "constants.json"))
    page(place_row())

    page(place_row(Address="Storgata 12 C", ContactEmail="desk@example.org", Name="Home One"))
    page(place_row(Address="Storgata 12 C", ContactEmail="other@example.org", Name="Home One"))

    place = Installation.objects.get()
    assert (place.house_letter, place.contact_email) == ("B", "desk@example.org")
    assert place.name == "Home One"
    wanted = [{"house_letter": "C"}, {"contact_email": "other@example.org"}]
    assert [proposal.new for proposal in Proposal.objects.order_by("pk")] == wanted


def test_a_shared_garage_becomes_a_home_only_by_agreement(page):
    page(place_row(InstallationCategory="community"))

    page(place_row(InstallationCategory="private"))

    assert Installation.objects.get().kind == Installation.Kind.SHARED
    assert Proposal.objects.get().new == {"kind": "home"}


def test_a_name_that_differs_is_said_and_stays(ours, tmp_path):
    ours()

    ours({"owner_name": "Somebody Else"}, report=str(tmp_path / "report"))

    assert User.objects.get().name == "Demo Owner"
    (found,) = findings(tmp_path / "report")
    assert (found["field"], found["taken"]) == ("owner_name", "yes")


def test_a_former_address_of_the_owner_is_no_change(ours):
    ours()
    person = User.objects.get()
    ContactPoint.objects.filter(user=person).update(valid_to=clock.now())
    User.objects.filter(pk=person.pk).update(email="new@example.org")

    ours()

    assert not Proposal.objects.exists()
    assert User.objects.count() == 1


def test_a_pin_is_never_overwritten(ours, tmp_path):
    ours()

    ours({"pin": "7777", "owner_email": "b@example.org"}, report=str(tmp_path / "report"))

    assert pin_of(charger()) == "0042"
    assert not Proposal.objects.exists()
    (found,) = findings(tmp_path / "report")
    assert (found["field"], found["taken"]) == ("pin", "no")


@pytest.mark.parametrize(("pins", "held"), [("none", 0), ("approved", 0), ("all", 1)])
def test_only_the_wanted_pins_are_taken_in(ours, pins, held):
    ours(pins=pins)

    assert Pin.objects.count() == held


def test_approved_pins_are_those_of_chargers_handed_over_here(ours):
    ours({}, {"serial": "ZAP000002"}, pins="none")
    hand_over(make_person())

    ours({}, {"serial": "ZAP000002"}, pins="approved")

    assert Pin.objects.get().charger == charger()


def test_the_old_owner_in_a_file_means_that_proof_is_awaited(ours, tmp_path):
    ours()
    new = make_person(name="New Owner")
    hand_over(new)

    ours({}, report=str(tmp_path / "report"))

    assert charger().owner(clock.now()) == new
    assert charger().owner_tenure(clock.now()).proof_awaited
    assert not Proposal.objects.exists()
    assert findings(tmp_path / "report")[0]["field"] == "owner_email"


@pytest.mark.parametrize("email", ["none", ""])
def test_no_owner_in_a_file_does_not_undo_a_hand_over(ours, email):
    ours()
    new = make_person()
    hand_over(new)

    ours({"owner_email": email, "owner_name": ""})

    assert charger().owner(clock.now()) == new
    assert not Proposal.objects.exists()
    # Nobody at the maker's side says that the former owner is gone, an empty cell says nothing.
    told = OutboxRow.objects.filter(topic="proof_arrived").values_list("payload__steps", flat=True)
    assert list(told) == ([["owner_removed"]] if email == "none" else [])


def test_the_new_owner_in_a_file_is_the_proof(ours):
    ours()
    hand_over(make_person(email="new@example.org", name="New Owner"))

    ours({"owner_email": "new@example.org", "owner_name": "New Owner"})

    assert not charger().owner_tenure(clock.now()).proof_awaited
    assert Event.objects.filter(kind="proof_arrived", stream=charger().stream).count() == 1
    told = OutboxRow.objects.get(topic="proof_arrived").payload
    assert told["tenure_uid"] == str(charger().owner_tenure(clock.now()).uid)
    assert told["steps"] == ["owner_added", "owner_removed"]
    ours()  # an older file again
    assert not charger().owner_tenure(clock.now()).proof_awaited
    assert not Proposal.objects.exists()


def test_a_third_person_is_a_seniors_task(ours):
    ours()
    hand_over(make_person())

    ours({"owner_email": "third@example.org", "owner_name": "Third"})

    proposal = Proposal.objects.get()
    assert proposal.senior_task and proposal.person.email == "third@example.org"


def test_an_owner_who_left_here_is_not_brought_back_by_a_file(ours):
    ours()
    with transaction.atomic():
        locked = Charger.objects.lock(charger().pk)
        tenures.end_ownership(
            charger=locked, at=clock.now(), origin="ticket:one", state=OwnerState.RELEASED
        )

    ours()

    assert charger().owner_state == OwnerState.RELEASED
    assert not Proposal.objects.exists()


def test_a_first_firm_after_a_hand_over_is_proposed(ours, page):
    page(charger_row(), place_row())
    hand_over(make_person())

    ours({"owner_email": "", "owner_name": ""})

    assert not Tenure.objects.service().exists()
    assert Proposal.objects.get().kind == Proposal.Kind.SERVICE_FIRM
