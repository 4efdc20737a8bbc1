"""PostgreSQL itself refuses what the machine does not have, whoever asks."""

from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from accounts.models import Role
from records import clock
from records.events import record
from support import guards, machine
from support.machine import State
from support.models import Approval, Ticket
from support.rules import Tier
from support.services.saving import save_and_record
from tests.factories import (
    agree,
    make_agent,
    make_owner,
    make_person,
    make_staff,
    make_ticket,
    place_charger,
    reload,
)

pytestmark = pytest.mark.django_db


def move_bare(ticket, state, **changes):
    """Move a ticket by SQL with its event, as the application's role could."""
    number = ticket.version + 1
    record(
        ticket.stream,
        "planted",
        at=clock.now(),
        by_what="system",
        number=number,
        **{"from": ticket.state, "to": state},
    )
    Ticket.objects.filter(pk=ticket.pk).update(state=state, version=number, **changes)


def refused(action, *args, **kwargs):
    with pytest.raises((IntegrityError, ProgrammingError)) as error, transaction.atomic():
        action(*args, **kwargs)
    return str(error.value)


def test_every_move_outside_the_machine_is_refused_and_every_move_inside_passes():
    edges = machine.edges()
    wrong = []
    for source, target in product(State, State):
        if source == target:
            continue
        sid = transaction.savepoint()
        ticket = make_ticket(source)
        extra = {"tier": 1, "by_owner": True} if target == State.COMPLETED else {}
        if source == State.CONTESTED:
            agree(ticket, restore=target == State.RESTORED)
        try:
            with transaction.atomic():
                move_bare(ticket, target, **extra)
            passed = True
        except IntegrityError:
            passed = False
        if passed != ((source, target) in edges):
            wrong.append((str(source), str(target), passed))
        transaction.savepoint_rollback(sid)
    assert wrong == []


def test_a_state_change_without_its_event_is_refused():
    ticket = make_ticket(State.SUBMITTED)

    said = refused(
        Ticket.objects.filter(pk=ticket.pk).update,
        state=State.WITHDRAWN,
        version=ticket.version + 1,
    )

    assert "without its event" in said
    assert reload(ticket).state == State.SUBMITTED


def test_a_state_change_without_a_new_version_is_refused():
    ticket = make_ticket(State.SUBMITTED)

    said = refused(Ticket.objects.filter(pk=ticket.pk).update, state=State.WITHDRAWN)

    assert "version" in said


def test_an_event_of_another_move_does_not_let_a_move_through():
    ticket = make_ticket(State.APPROVED)
    record(
        ticket.stream,
        "planted",
        at=clock.now(),
        by_what="system",
        number=ticket.version + 1,
        **{"from": State.APPROVED, "to": State.WITHDRAWN},
    )

    said = refused(
        Ticket.objects.filter(pk=ticket.pk).update,
        state=State.COMPLETED,
        version=ticket.version + 1,
    )

    assert "without its event" in said


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_a_ticket_cannot_be_inserted_in_any_state_but_draft(state):
    ticket = make_ticket()
    fields = {
        f.attname: getattr(ticket, f.attname)
        for f in Ticket._meta.concrete_fields
        if f.attname not in ("id", "uid", "request_code", "state")
    }

    said = refused(Ticket.objects.create, **fields, request_code=f"x-{state}", state=state)

    assert "starts as a draft" in said


@pytest.mark.parametrize("table", ["support_ticket", "support_approval", "support_decision"])
def test_what_was_decided_cannot_be_deleted(table):
    make_ticket(State.APPROVED)

    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with connection.cursor() as cursor:
            refused(cursor.execute, statement)


def test_approval_by_a_party_is_refused_by_the_database():
    charger = place_charger()
    owner = make_person(name="Kari Eier")
    make_owner(charger, owner)
    ticket = make_ticket(State.IN_REVIEW, charger=charger)

    for party in (ticket.claimant, owner):
        said = refused(
            Approval.objects.create, ticket=ticket, by=party, at=clock.now(), facts_version=1
        )
        assert "no party" in said


def test_one_person_cannot_have_two_standing_approvals():
    ticket, agent = make_ticket(State.SECOND_REVIEW), make_agent()
    Approval.objects.create(ticket=ticket, by=agent, at=clock.now(), facts_version=1)

    said = refused(
        Approval.objects.create, ticket=ticket, by=agent, at=clock.now(), facts_version=1
    )

    assert "one_standing_approval_per_person" in said


@pytest.mark.parametrize(
    ("tier", "by_owner", "approvals", "passes"),
    [
        (Tier.AT_ONCE, True, 0, True),
        (Tier.AT_ONCE, False, 2, False),
        (Tier.LOW, True, 0, True),
        (Tier.LOW, False, 0, False),
        (Tier.LOW, False, 1, True),
        (Tier.NORMAL, True, 0, False),
        (Tier.NORMAL, False, 1, True),
        (Tier.HIGH, False, 1, False),
        (Tier.HIGH, False, 2, True),
        (Tier.NOT_YET, False, 2, False),
    ],
)
def test_release_needs_the_approvals_of_its_tier_in_the_database_too(
    tier, by_owner, approvals, passes
):
    ticket = make_ticket(State.APPROVED)
    for _n in range(approvals):
        Approval.objects.create(
            ticket=ticket, by=make_staff(Role.AGENT), at=clock.now(), facts_version=1
        )
    changes = {"tier": tier, "by_owner": by_owner, "decided_at": clock.now()}

    if passes:
        move_bare(ticket, State.COMPLETED, **changes)
    else:
        assert "approvals of its tier" in refused(move_bare, ticket, State.COMPLETED, **changes)


def test_release_before_24_hours_without_tier_at_once_is_refused():
    ticket = make_ticket(State.APPROVED)
    changes = {"tier": Tier.LOW, "approved_at": clock.now(), "decided_at": clock.now()}

    assert "before its wait" in refused(move_bare, ticket, State.COMPLETED, **changes)


def test_the_guards_in_the_database_are_those_of_the_code():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'support_ticket_guard'")
        in_database = cursor.fetchone()[0]

    assert in_database in guards.functions()


def test_ordinary_moves_write_one_event_each_without_gaps():
    ticket = make_ticket(State.IN_REVIEW)

    save_and_record(ticket, "noted", at=clock.now(), by_what="system", facts=False)

    assert reload(ticket).version == ticket.version
