"""Who may decide, by direct SQL as the application's own role: PostgreSQL asks it, too (T-08)."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import FirmMember, InstallerFirm
from chargers.models import Tenure
from records import clock
from support import duties, permissions
from support.machine import State
from support.models import Approval, Contest, ContestVote, Decision, Ticket
from tests.factories import (
    agree,
    make_agent,
    make_owner,
    make_person,
    make_senior,
    make_ticket,
    place_charger,
    reload,
)
from tests.support.test_guards import move_bare, refused

pytestmark = pytest.mark.django_db


def approve(ticket, by, **fields):
    fields = {"at": clock.now(), "facts_version": 1} | fields
    return Approval.objects.create(ticket=ticket, by=by, **fields)


def decide(ticket, by, kind="rejected"):
    return Decision.objects.create(ticket=ticket, by=by, kind=kind, at=clock.now())


def claimant(ticket):
    return ticket.claimant


def rival(ticket):
    return make_ticket(State.COLLECTING, charger=ticket.charger, claimant=make_agent()).claimant


def former_owner(ticket):
    long_ago = clock.now() - timedelta(days=900)
    person = make_agent()
    ended = long_ago + timedelta(days=100)
    make_owner(ticket.charger, person, starts_at=long_ago, ends_at=ended)
    return person


def owner(ticket):
    return make_owner(ticket.charger, make_agent())


def board(ticket):
    place = ticket.charger.installation
    place.board = make_agent()
    place.save()
    return place.board


def member_of(ticket, **where):
    firm = InstallerFirm.objects.create(name="Volt", lookup_key="volt")
    if where:
        since = clock.now() - timedelta(days=9)
        Tenure.objects.create(role="service_access", firm=firm, starts_at=since, **where)
    member = make_agent()
    FirmMember.objects.create(firm=firm, user=member, starts_at=clock.now() - timedelta(days=9))
    return member, firm


def installer_of_place(ticket):
    member, firm = member_of(ticket)
    place = ticket.charger.installation
    place.firm = firm
    place.save()
    return member


def installer_of_charger(ticket):
    return member_of(ticket, charger=ticket.charger)[0]


def installer_by_installation(ticket):
    return member_of(ticket, installation=ticket.charger.installation)[0]


PARTIES = (
    claimant,
    rival,
    owner,
    former_owner,
    board,
    installer_of_place,
    installer_of_charger,
    installer_by_installation,
)


@pytest.mark.parametrize("party", PARTIES)
def test_no_party_approves_decides_votes_or_looks_again(party):
    ticket = make_ticket(State.APPROVED, charger=place_charger())
    person = party(ticket)
    contest = Contest.objects.create(ticket=ticket, by=make_person(), opened_at=clock.now())
    vote = {"contest": contest, "by": person, "restore": True, "note": "x", "at": clock.now()}
    looked = Ticket.objects.filter(pk=ticket.pk)

    assert permissions.is_party(reload(ticket), person)
    assert "no party" in refused(approve, ticket, person)
    assert "no party" in refused(decide, ticket, person)
    assert "no part in it" in refused(ContestVote.objects.create, **vote)
    said = refused(looked.update, second_look="passed", second_look_by=person)
    assert "somebody else's" in said


def test_who_is_no_party_may():
    ticket = make_ticket(State.APPROVED)
    assert approve(ticket, make_agent()) and decide(ticket, make_senior(), "dismissed")


@pytest.mark.parametrize("voided", [False, True])
@pytest.mark.parametrize("kind", ["upheld", "dismissed"])
def test_a_dispute_is_not_decided_by_one_of_the_approvers(kind, voided):
    ticket, person = make_ticket(State.DISPUTED), make_senior()
    void = {"voided_at": clock.now(), "void_reason": "disputed"} if voided else {}
    approve(ticket, person, **void)

    assert "approved nothing" in refused(decide, ticket, person, kind)
    assert decide(ticket, make_senior(), kind)


@pytest.mark.parametrize("decided", [approve, decide])
def test_an_appeal_goes_to_someone_who_had_not_decided(decided):
    ticket, person = make_ticket(State.REJECTED), make_agent()
    decided(ticket, person)
    Ticket.objects.filter(pk=ticket.pk).update(appealed_at=clock.now())

    assert "had not decided" in refused(decide, ticket, person)
    if decided is decide:
        assert "had not decided" in refused(approve, ticket, person)
    assert approve(ticket, make_agent())


def test_a_void_approval_stays_void_and_everybodys_own():
    ticket, person = make_ticket(State.SECOND_REVIEW), make_agent()
    made = approve(ticket, person, voided_at=clock.now(), void_reason="reopened")
    row = Approval.objects.filter(pk=made.pk)

    assert "voided, and nothing" in refused(row.update, voided_at=None, void_reason="")
    assert "voided, and nothing" in refused(row.update, by=make_agent())
    assert "voided, and nothing" in refused(row.update, ticket=make_ticket(State.IN_REVIEW))


@pytest.mark.parametrize("verdict", [State.COMPLETED, State.RESTORED])
def test_a_contest_takes_two_votes_that_agree(verdict):
    ticket = make_ticket(State.CONTESTED)
    assert "two people who agree" in refused(move_bare, ticket, verdict)
    agree(ticket, restore=verdict != State.RESTORED)
    assert "two people who agree" in refused(move_bare, ticket, verdict)
    agree(ticket, restore=verdict == State.RESTORED)
    changes = {"decided_at": clock.now()} if verdict == State.COMPLETED else {}
    move_bare(ticket, verdict, **changes)


def test_a_contest_is_not_decided_by_who_opened_approved_or_looked_again():
    ticket = make_ticket(State.APPROVED)
    opener, approver, looker = make_senior(), make_senior(), make_senior()
    approve(ticket, approver)
    Ticket.objects.filter(pk=ticket.pk).update(second_look="passed", second_look_by=looker)
    contest = Contest.objects.create(ticket=ticket, by=opener, opened_at=clock.now())
    vote = {"contest": contest, "restore": True, "note": "x", "at": clock.now()}

    for person in (opener, approver, looker):
        assert "no part in it" in refused(ContestVote.objects.create, by=person, **vote)
    given = ContestVote.objects.create(by=make_senior(), **vote)
    assert "its voter" in refused(
        ContestVote.objects.filter(pk=given.pk).update, by_id=make_senior().pk
    )
    assert "not done" in refused(given.delete)


def test_the_approver_takes_no_second_look():
    ticket, approver = make_ticket(State.APPROVED), make_agent()
    approve(ticket, approver)
    row = Ticket.objects.filter(pk=ticket.pk)
    assert "somebody else's" in refused(row.update, second_look="passed", second_look_by=approver)


def test_the_duties_in_the_database_are_those_of_the_code():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE proname ~ '^support_(is_party|decided_|"
            "approval_guard|decider_guard|vote_guard|ticket_duties|proof_guard|training_)'"
        )
        found = dict(cursor.fetchall())
    assert len(found) == 9
    told = duties.sql() + duties.proof_sql() + duties.training_sql()
    assert all(source in told for source in found.values())
