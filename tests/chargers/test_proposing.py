"""Staff propose contacts and firms' people; who is on record is told, and somebody else agrees."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connections, transaction
from django.urls import reverse

from accounts.models import FirmMember, InstallerFirm, Role, User
from chargers.models import Proposal
from chargers.refusals import Refused
from chargers.services import access, decoys, members, proposals, proposing
from records import clock
from records.models import Access, Alert, Event, Note
from support.delivery import bounced, settle
from support.models import Notice
from support.services import changes, watch
from tests.chargers.world import (
    ago,
    make_charger,
    make_contact,
    make_owner,
    make_person,
    make_staff,
)
from tests.support.desk_world import at_browser

pytestmark = pytest.mark.django_db
WHY = "The firm's manager called from the number on record."


@pytest.fixture
def guard(db):
    """Wake the guard of firms' people, which sleeps in tests."""
    turn = "ALTER TABLE accounts_firmmember {} TRIGGER member_agreed"
    connections["owner"].cursor().execute(turn.format("ENABLE"))
    yield
    connections["owner"].cursor().execute(turn.format("DISABLE"))


def make_firm(email="post@elektro.example"):
    return InstallerFirm.objects.create(
        name="Elektro", lookup_key=email, email=email, registered_at=ago(days=100)
    )


def propose_member(firm, *, by, email="per@elektro.example"):
    return proposing.firm_member(firm=firm.email, email=email, name="Per", reason=WHY, by=by)


def told(proposal, *, days=8):
    Proposal.objects.filter(pk=proposal.pk).update(notice_at=ago(days=days))
    return Proposal.objects.get(pk=proposal.pk)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_firm_hears_of_a_member_and_a_second_person_agrees_after_seven_days(guard, run_outbox):
    firm, agent, admin = make_firm(), make_staff(Role.AGENT), make_staff(Role.ADMINISTRATOR)
    proposal = propose_member(firm, by=agent)
    run_outbox()

    notice = Notice.objects.get(kind="proposal_notice")
    assert (notice.email, notice.firm) == (firm.email, firm)
    assert not FirmMember.objects.exists() and not User.objects.by_email("per@elektro.example")
    with pytest.raises(Refused):
        proposals.agree(proposal=told(proposal, days=6), by=admin)
    proposals.agree(proposal=told(proposal), by=admin)

    member = FirmMember.objects.get()
    assert (member.firm, member.user.email) == (firm, "per@elektro.example")
    assert member.user.proved_at is None
    kinds = Event.objects.filter(stream=f"firm:{firm.uid}").order_by("number")
    assert [event.kind for event in kinds][0] == "proposal_made"
    assert kinds.last().kind == "proposal_applied"


@pytest.mark.parametrize("who", ["agent", "senior", "safety_officer", "auditor", "proposer"])
def test_nobody_but_another_administrator_agrees_to_a_member(who):
    firm, proposer = make_firm(), make_staff(Role.ADMINISTRATOR)
    proposal = told(propose_member(firm, by=proposer))
    by = proposer if who == "proposer" else make_staff(who)

    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=proposal, by=by)

    assert not FirmMember.objects.exists()


def test_nobody_makes_themselves_a_member():
    firm, admin = make_firm(), make_staff(Role.ADMINISTRATOR)
    with pytest.raises(PermissionDenied):
        propose_member(firm, by=admin, email=admin.email)
    proposal = told(propose_member(firm, by=make_staff(Role.AGENT), email=admin.email))

    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=proposal, by=admin)


def test_the_firm_s_word_stops_it():
    firm, admin = make_firm(), make_staff(Role.ADMINISTRATOR)
    proposal = told(propose_member(firm, by=make_staff(Role.AGENT)))
    proposals.object_to(proposal=proposal)

    with pytest.raises(Refused):
        proposals.agree(proposal=proposal, by=admin)
    with pytest.raises(ValidationError):
        propose_member(firm, by=make_staff(Role.AGENT))


@pytest.mark.parametrize("role", ["safety_officer", "auditor", "privacy_officer", None])
def test_only_who_works_with_people_proposes(role):
    owner = make_owner(make_charger())
    by = make_staff(role) if role else make_person(is_superuser=True, is_staff=True)
    charger = owner.tenures.get().charger

    with pytest.raises(PermissionDenied):
        propose_member(make_firm(), by=by)
    with pytest.raises(PermissionDenied):
        proposing.owner_contact(
            serial=charger.serial, contact="phone", value="+4790000000", reason=WHY, by=by
        )


def test_an_owner_hears_of_a_new_contact_at_every_address_on_record(run_outbox):
    charger = make_charger()
    owner = make_owner(charger, make_person(email="old@example.com"))
    make_contact(owner, "second@example.com", days=90)

    proposal = proposing.owner_contact(
        serial=charger.serial.lower(),
        contact="email",
        value="New@Example.com",
        reason=WHY,
        by=make_staff(Role.AGENT),
    )
    run_outbox()

    assert (proposal.old, proposal.new) == (
        {"email": "old@example.com"},
        {"email": "new@example.com"},
    )
    mails = Notice.objects.filter(kind="proposal_notice").values_list("email", flat=True)
    assert set(mails) == {"old@example.com", "second@example.com"}
    assert Note.objects.get(uid=proposal.note_uid).body == WHY


def test_who_was_signed_in_by_the_old_address_is_out(client):
    charger, admin = make_charger(), make_staff(Role.ADMINISTRATOR)
    owner = make_owner(charger, make_person(email="old@example.com"))
    browser = at_browser(owner)
    assert browser.get(reverse("chargers:mine")).status_code == 200
    proposal = proposing.owner_contact(
        serial=charger.serial,
        contact="email",
        value="new@example.com",
        reason=WHY,
        by=make_staff(Role.AGENT),
    )

    proposals.agree(proposal=told(proposal), by=admin)

    assert browser.get(reverse("chargers:mine")).status_code == 302


@pytest.mark.parametrize(
    "changes",
    [{"value": "nobody"}, {"value": "old@example.com"}, {"serial": "ZAP999999"}, {"reason": "x"}],
)
def test_a_contact_that_makes_no_sense_is_refused(changes):
    charger = make_charger()
    make_owner(charger, make_person(email="old@example.com"))
    said = {"serial": charger.serial, "contact": "email", "value": "a@b.example", "reason": WHY}

    with pytest.raises(ValidationError) as refused:
        proposing.owner_contact(by=make_staff(Role.AGENT), **(said | changes))

    assert list(refused.value.error_dict) == list(changes)
    assert not Proposal.objects.exists()


def test_a_mail_that_came_back_stops_the_seven_days(run_outbox):
    firm, admin = make_firm(), make_staff(Role.ADMINISTRATOR)
    proposal = propose_member(firm, by=make_staff(Role.AGENT))
    run_outbox()
    notice = Notice.objects.get(kind="proposal_notice")
    settle([notice], at=ago(days=9))
    told(proposal, days=9)

    bounced(notice.message_id, clock.now())

    with pytest.raises(Refused):
        proposals.agree(proposal=Proposal.objects.get(), by=admin)


def test_a_membership_ends_at_once_by_one_person():
    firm, person = make_firm(), make_person()
    member = FirmMember.objects.create(firm=firm, user=person, starts_at=ago(days=9))
    about = {"firm_uid": str(firm.uid), "person_uid": str(person.uid)}

    with pytest.raises(PermissionDenied):
        members.end(by=make_staff(Role.AGENT), **about)
    assert members.end(by=make_staff(Role.SENIOR), **about)
    assert not members.end(by=make_staff(Role.SENIOR), **about)

    assert FirmMember.objects.get(pk=member.pk).ends_at


SPOILT = {
    "not agreed": {"agreed_by": None},
    "told too late": {"notice_at": timedelta(days=6)},
    "another address": {"new": {"email": "other@elektro.example", "name": "x"}},
    "stopped": {"state": "objected", "closed_at": timedelta(0)},
}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("spoilt", SPOILT)
def test_the_database_lets_nobody_in_without_an_agreed_proposal(guard, spoilt):
    firm, admin = make_firm(), make_staff(Role.ADMINISTRATOR)
    proposal = told(propose_member(firm, by=make_staff(Role.AGENT)))
    person = User.objects.create_user("per@elektro.example")
    fields = {
        name: clock.now() - value if isinstance(value, timedelta) else value
        for name, value in SPOILT[spoilt].items()
    }
    Proposal.objects.filter(pk=proposal.pk).update(**{"agreed_by": admin} | fields)

    with pytest.raises(DatabaseError, match="7 days after the notice"), transaction.atomic():
        FirmMember.objects.create(firm=firm, user=person, starts_at=clock.now())

    whole = {"agreed_by": admin, "notice_at": ago(days=8), "state": "open"}
    Proposal.objects.filter(pk=proposal.pk).update(new={"email": person.email}, **whole)
    member = FirmMember.objects.create(firm=firm, user=person, starts_at=clock.now())
    with pytest.raises(DatabaseError, match="only ends"), transaction.atomic():
        FirmMember.objects.filter(pk=member.pk).update(user=admin)


def test_the_page_takes_a_proposal_and_shows_the_decider_why():
    firm, charger = make_firm(), make_charger()
    make_owner(charger, make_person(email="old@example.com"))
    agent = at_browser(make_staff(Role.AGENT))
    sent = {"firm": firm.email, "email": "per@elektro.example", "name": "Per", "reason": WHY}
    to_member = reverse("chargers:propose", args=["firm-member"])

    assert agent.get(to_member).status_code == 200
    assert agent.post(to_member, sent | {"firm": "nobody@x.example"}).status_code == 422
    assert agent.post(to_member, sent).status_code == 302
    to_contact = reverse("chargers:propose", args=["owner-contact"])
    contact = {"serial": charger.serial, "contact": "email", "value": "no mail", "reason": WHY}
    page = agent.post(to_contact, contact)
    assert page.status_code == 422 and "no mail" in page.text

    admin = at_browser(make_staff(Role.ADMINISTRATOR))
    page = admin.get(reverse("chargers:proposals"))
    assert WHY in page.text.replace("&#x27;", "'") and "per@elektro.example" in page.text


def test_the_page_of_members_ends_one():
    firm, person = make_firm(), make_person(email="per@elektro.example")
    FirmMember.objects.create(firm=firm, user=person, starts_at=ago(days=9))
    senior = at_browser(make_staff(Role.SENIOR))

    assert person.email in senior.get(reverse("chargers:members")).text
    end = reverse("chargers:end-member", args=[firm.uid, person.uid])
    assert senior.post(end).status_code == 302

    assert not members.current().exists()


def test_the_firm_s_page_names_no_more_than_it_needs_to_know_its_own(client):
    proposal = propose_member(make_firm(), by=make_staff(Role.AGENT))

    link = reverse("support:change-link", args=[changes.token(proposal.uid)])
    page = client.get(link, follow=True)

    assert "p…@elektro.example" in page.text
    assert "per@elektro.example" not in page.text and WHY not in page.text


@pytest.mark.parametrize("contact", ["email", "post"])
def test_an_owner_who_signed_up_by_a_code_rests_after_a_change_like_any_other(contact):
    charger = make_charger()
    owner = make_owner(charger, make_person(email="old@example.com"))
    assert not owner.contact_points.exists()
    value = {"email": "new@example.com", "post": "Nygata 1, 0150 Oslo"}[contact]
    about = {"serial": charger.serial, "contact": contact, "value": value, "reason": WHY}
    proposal = proposing.owner_contact(by=make_staff(Role.AGENT), **about)

    proposals.agree(proposal=told(proposal), by=make_staff(Role.ADMINISTRATOR))

    owner, at = User.objects.get(pk=owner.pk), clock.now()
    assert access.contact_changed(owner, at)
    assert not access.contact_changed(owner, at + timedelta(days=31))
    if contact == "email":
        old = owner.contact_points.get(value="old@example.com")
        assert old.valid_to and old.valid_from < old.valid_to


def test_a_serial_typed_here_is_a_search_and_touches_a_decoy():
    charger = make_charger()
    make_owner(charger)
    decoys.add(charger)
    agent = make_staff(Role.AGENT)
    to_contact = reverse("chargers:propose", args=["owner-contact"])
    sent = {"serial": charger.serial, "contact": "phone", "value": "+47", "reason": WHY}

    at_browser(agent).post(to_contact, sent)
    at_browser(agent).post(to_contact, sent | {"serial": "???"})
    watch.run()

    assert Alert.objects.get(kind="decoy").actor == agent
    assert Access.objects.filter(what="search", actor=agent).count() == 2
