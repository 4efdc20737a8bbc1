from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import ContactPoint, InstallerFirm, User
from chargers.models import Charger, Grant, Hold, ImportBatch, Proposal, Tenure
from chargers.refusals import Paused, Refused
from chargers.services import access, holds, proposals, tenures
from records import clock
from records.models import Event, OutboxRow
from tests.chargers.world import (
    ago,
    make_charger,
    make_contact,
    make_installation,
    make_owner,
    make_person,
    make_service,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(monkeypatch):
    real, ahead = clock.now, [timedelta(0)]

    def move(**durations):
        ahead[0] += timedelta(**durations)

    monkeypatch.setattr(clock, "now", lambda: real() + ahead[0])
    return move


def make_batch(by=None):
    return ImportBatch.objects.create(
        file_name="a.csv",
        sha256="0" * 64,
        source="csv",
        state="applied",
        made_by=by,
        made_at=clock.now(),
    )


def propose_owner(charger, person=None, **more):
    more.setdefault("batch", make_batch())
    new = {"owner": str(person.uid) if person else "none"}
    return proposals.propose(
        kind="owner", charger=charger, person=person, new=new, at=clock.now(), **more
    )


def ready(proposal):
    """Bring a proposal to where only the second yes is missing."""
    Proposal.objects.filter(pk=proposal.pk).update(notice_at=ago(days=8))
    return Proposal.objects.get(pk=proposal.pk)


def hold(charger, kind="dispute"):
    with transaction.atomic():
        holds.place(charger=Charger.objects.lock(charger.pk), kind=kind, at=clock.now())


def state_of(proposal):
    return Proposal.objects.get(pk=proposal.pk).state


def test_a_proposal_has_no_authority_and_tells_the_old_contact():
    charger = make_charger()
    owner = make_owner(charger)

    proposal = propose_owner(charger, make_person())

    assert charger.owner(clock.now()) == owner
    notice = OutboxRow.objects.get(topic="proposal_notice")
    assert notice.payload == {"proposal_uid": str(proposal.uid)}
    assert Event.objects.get(stream=charger.stream).kind == "proposal_made"


def test_the_same_change_twice_is_one_proposal():
    charger, person = make_charger(), make_person()

    assert propose_owner(charger, person) == propose_owner(charger, person)
    assert OutboxRow.objects.filter(topic="proposal_notice").count() == 1


def test_what_was_refused_is_not_asked_again_by_the_next_import(later):
    charger, person, admin = make_charger(), make_person(), make_staff("administrator")
    first = propose_owner(charger, person)
    proposals.drop(proposal=first, by=admin)

    assert propose_owner(charger, person) == first
    later(days=91)

    assert propose_owner(charger, person) != first


def test_staff_propose_contacts_not_owners():
    charger, admin = make_charger(), make_staff("administrator")

    with pytest.raises(PermissionDenied):
        propose_owner(charger, make_person(), batch=None, made_by=admin)

    assert proposals.propose(
        kind="owner_contact",
        person=make_owner(charger),
        new={"phone": "+4791234567"},
        made_by=admin,
        at=clock.now(),
    )


def test_an_agreed_owner_is_unestablished_and_the_tickets_are_rerouted():
    charger, person, admin = make_charger(), make_person(), make_staff("administrator")
    make_owner(charger)
    proposal = ready(propose_owner(charger, person))

    proposals.agree(proposal=proposal, by=admin)

    tenure = charger.owner_tenure(clock.now())
    assert (tenure.person, tenure.established) == (person, False)
    assert tenure.source == f"proposal:{proposal.uid}"
    assert not Grant.objects.exists()
    assert OutboxRow.objects.get(topic="owner_changed").payload == {"charger_uid": str(charger.uid)}
    assert state_of(proposal) == "applied"


def test_a_declared_absence_of_an_owner_ends_the_tenure():
    charger, admin = make_charger(), make_staff("administrator")
    make_owner(charger)

    proposals.agree(proposal=ready(propose_owner(charger, None)), by=admin)

    assert charger.owner(clock.now()) is None
    assert Charger.objects.get(pk=charger.pk).owner_state == "none"


def not_told(proposal):
    proposal.notice_at = None


def told_six_days_ago(proposal):
    proposal.notice_at = ago(days=7) + timedelta(minutes=1)


def awaiting(proposal):
    proposal.awaiting_proof = True


def objected(proposal):
    proposal.state, proposal.closed_at = "objected", clock.now()


@pytest.mark.parametrize("spoil", [not_told, told_six_days_ago, awaiting, objected])
def test_nothing_is_applied_too_early_or_after_a_no(spoil):
    charger = make_charger()
    owner, admin = make_owner(charger), make_staff("administrator")
    proposal = ready(propose_owner(charger, make_person()))
    spoil(proposal)
    proposal.save()

    with pytest.raises(Refused):
        proposals.agree(proposal=proposal, by=admin)

    assert charger.owner(clock.now()) == owner


@pytest.mark.parametrize("kind", Hold.Kind.values)
@pytest.mark.parametrize("change", ["owner", "owner_contact", "installation", "firm_contact"])
def test_nothing_is_applied_while_a_hold_is_open(kind, change):
    charger, admin = make_charger(), make_staff("administrator")
    owner = make_owner(charger)
    firm = make_service(charger.installation).memberships.get().firm
    changes = {
        "owner": {"charger": charger, "person": make_person(), "new": {}, "batch": make_batch()},
        "owner_contact": {"person": owner, "new": {"email": "new@example.com"}},
        "installation": {"installation": charger.installation, "new": {"city": "Oslo"}},
        "firm_contact": {"firm": firm, "new": {"email": "new@example.com"}},
    }
    proposal = ready(proposals.propose(kind=change, at=clock.now(), **changes[change]))
    hold(charger, kind)

    with pytest.raises(Paused):
        proposals.agree(proposal=proposal, by=admin)

    assert state_of(proposal) == "open"
    assert charger.owner(clock.now()) == owner


@pytest.mark.parametrize("role", ["agent", "senior", "safety_officer", "auditor", None])
def test_only_an_administrator_agrees(role):
    charger = make_charger()
    proposal = ready(propose_owner(charger, make_person()))
    by = make_staff(role) if role else make_person(is_superuser=True, is_staff=True)

    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=proposal, by=by)


def test_a_third_person_is_a_senior_s_task():
    charger = make_charger()
    proposal = ready(propose_owner(charger, make_person(), senior_task=True))

    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=proposal, by=make_staff("administrator"))
    proposals.agree(proposal=proposal, by=make_staff("senior"))

    assert state_of(proposal) == "applied"


def test_whoever_made_or_imported_it_does_not_agree_to_it():
    maker, importer = make_staff("administrator"), make_staff("administrator")
    owner = make_owner(make_charger())
    made = ready(
        proposals.propose(
            kind="owner_contact",
            person=owner,
            new={"email": "new@example.com"},
            made_by=maker,
            at=clock.now(),
        )
    )
    imported = ready(propose_owner(make_charger(), make_person(), batch=make_batch(importer)))

    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=made, by=maker)
    with pytest.raises(PermissionDenied):
        proposals.agree(proposal=imported, by=importer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(agreed_by=maker)

    proposals.agree(proposal=made, by=importer)
    proposals.agree(proposal=imported, by=maker)


def test_one_no_stops_it_and_a_second_changes_nothing():
    proposal = propose_owner(make_charger(), make_person())

    proposals.object_to(proposal=proposal)
    proposals.object_to(proposal=proposal)

    assert state_of(proposal) == "objected"
    event = Event.objects.get(kind="proposal_objected")
    assert (event.actor, event.by_what) == (None, "party")


def test_the_first_notice_counts():
    proposal = propose_owner(make_charger(), make_person())
    first, second = ago(days=2), ago(days=1)

    proposals.noticed(proposal=proposal, at=first)
    proposals.noticed(proposal=proposal, at=second)

    assert proposals.ready_at(Proposal.objects.get()) == first + timedelta(days=7)


def test_a_completed_ticket_explains_the_change_it_made():
    charger, claimant = make_charger(), make_person()
    make_owner(charger)
    matching = propose_owner(charger, claimant)
    other = propose_owner(charger, make_person())

    with transaction.atomic():
        locked = Charger.objects.lock(charger.pk)
        at = clock.now()
        tenures.change_owner(charger=locked, to=claimant, at=at, origin="ticket:1")
        count = proposals.explain(charger=locked, at=at, origin="ticket:1")

    assert count == 1
    assert (state_of(matching), state_of(other)) == ("applied", "open")
    assert Grant.objects.get().person == claimant


def test_a_new_contact_ends_the_old_one_and_has_to_be_proved():
    admin, charger = make_staff("administrator"), make_charger()
    owner = make_owner(charger, make_person(email="old@example.com", proved_at=ago(days=100)))
    make_contact(owner, days=200)
    new = {"email": "New@Example.com"}
    proposal = proposals.propose(kind="owner_contact", person=owner, new=new, at=clock.now())

    proposals.agree(proposal=ready(proposal), by=admin)

    owner = User.objects.get(pk=owner.pk)
    current = ContactPoint.objects.filter(user=owner, valid_to=None)
    assert (owner.email, owner.proved_at) == ("new@example.com", None)
    assert [contact.value for contact in current] == ["new@example.com"]
    assert access.contact_changed(owner, clock.now())


def test_an_address_of_somebody_else_is_not_taken():
    admin, other = make_staff("administrator"), make_person(email="taken@example.com")
    owner = make_owner(make_charger())
    new = {"email": other.email}
    proposal = proposals.propose(kind="owner_contact", person=owner, new=new, at=clock.now())

    with pytest.raises(ValidationError):
        proposals.agree(proposal=ready(proposal), by=admin)

    assert state_of(proposal) == "open"
    assert User.objects.get(pk=owner.pk).email == owner.email


def test_a_firm_s_contact_and_the_service_firm_change():
    admin, place = make_staff("administrator"), make_installation()
    old = make_service(place).memberships.get().firm
    new = InstallerFirm.objects.create(name="Ny Elektro", lookup_key="nyelektro")
    contact = proposals.propose(
        kind="firm_contact", firm=old, new={"email": "post@example.com"}, at=clock.now()
    )
    firm = proposals.propose(
        kind="service_firm", installation=place, firm=new, new={"firm": "x"}, at=clock.now()
    )

    proposals.agree(proposal=ready(contact), by=admin)
    proposals.agree(proposal=ready(firm), by=admin)

    old = InstallerFirm.objects.get(pk=old.pk)
    assert old.email == "post@example.com" and old.contact_changed_at
    current = Tenure.objects.service().current(clock.now()).filter(installation=place)
    assert [tenure.firm for tenure in current] == [new]


def test_a_charger_moves_and_an_address_changes():
    admin, charger, place = make_staff("administrator"), make_charger(), make_installation()
    move = proposals.propose(
        kind="installation", charger=charger, new={"installation": str(place.uid)}, at=clock.now()
    )
    address = proposals.propose(
        kind="installation", installation=place, new={"street": "Nygata"}, at=clock.now()
    )

    proposals.agree(proposal=ready(move), by=admin)
    proposals.agree(proposal=ready(address), by=admin)

    assert Charger.objects.get(pk=charger.pk).installation == place
    assert Charger.objects.get(pk=charger.pk).installation.street == "Nygata"


@pytest.mark.parametrize("new", [{"board": 1}, {"id": 5}, {"external_id": "x"}])
def test_a_proposal_changes_no_other_field(new):
    proposal = proposals.propose(
        kind="installation", installation=make_installation(), new=new, at=clock.now()
    )

    with pytest.raises(ValidationError):
        proposals.agree(proposal=ready(proposal), by=make_staff("administrator"))
