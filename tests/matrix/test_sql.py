"""The same rules below the services: rows written directly, as the application's database role.

PostgreSQL knows no session, so it cannot ask who sits there. What it can ask it does: that who
decides is no party, that power is given by two administrators, that nothing begins while a charger
is held, and that what happened stays. The same persons and relations as at the doors.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from accounts.models import PowerChange
from chargers.models import Grant, Share, Tenure
from records import clock
from records.rights import APP_ROLE
from support.models import Approval, Decision, Policy, Ticket
from support.services import freezes
from tests.matrix import things
from tests.matrix.fingerprint import savepoint
from tests.matrix.test_services import PERSONS
from tests.matrix.world import World

DAY = timedelta(days=1)


def refused(act: Callable, *values, **fields) -> str:
    """Write and take it back; return PostgreSQL's no, "" when it was taken."""
    with savepoint():
        try:
            act(*values, **fields)
        except DatabaseError as error:
            return str(error).splitlines()[0]
    return ""


def run(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_these_statements_are_the_applications(world: World):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (APP_ROLE, APP_ROLE)


@pytest.mark.parametrize("relation", ["own", "rival", "other"])
def test_no_party_approves_or_decides_whatever_their_part(relation, world: World):
    """A party is refused in each part they play; who is none is not."""
    wrong = []
    for actor in PERSONS:
        person = world.person_of(actor)
        ticket = world.claim(actor, relation, "collecting")
        is_owner = ticket.charger.tenures.filter(person=person).exists()
        about = {"ticket": ticket, "by": person, "at": clock.now()}
        for said in (
            refused(Approval.objects.create, **about, facts_version=1),
            refused(Decision.objects.create, **about, kind="rejected"),
        ):
            if ("no party" in said) is not (relation != "other" or is_owner):
                wrong.append(f"{actor} {relation}: {said or 'taken'}")
    assert wrong == [], "\n".join(wrong)


def test_power_is_given_by_two_administrators(world: World):
    """That a part begins by no other way is tried in tests/support/test_power.py."""
    now, subject = clock.now(), world.people["rival"]
    for actor in PERSONS:
        person = world.person_of(actor)
        about = {"kind": "role", "role": "senior", "subject": subject, "proposed_at": now}
        said = refused(PowerChange.objects.create, **about, proposed_by=person)
        assert ("proposed by an administrator" in said) is (actor != "administrator"), actor
        agreed = {"agreed_by": person, "agreed_at": now, "due_at": now + DAY}
        waiting = things.grant_of_power(world, None, None, "administrator", "own")["uid"]
        said = refused(PowerChange.objects.filter(uid=waiting).update, **agreed)
        assert said != "", f"{actor} agreed to what an administrator alone proposed"


def test_a_second_administrator_agrees_and_the_day_is_waited_for(world: World):
    waiting = things.grant_of_power(world, None, None, "administrator", "own")["uid"]
    now, rows = clock.now(), PowerChange.objects.filter(uid=waiting)
    agreed = {"agreed_by": world.people["colleague"], "agreed_at": now}

    assert refused(rows.update, **agreed, due_at=now + DAY) == ""
    assert "waits_a_day" in refused(rows.update, **agreed, due_at=now)


def test_nobody_publishes_what_they_wrote(world: World):
    version = things.policy(world, None, None, "administrator", "own")["version"]
    draft, now = Policy.objects.filter(version=version), clock.now()

    said = refused(draft.update, published_at=now, published_by=world.people["administrator"])
    assert "published_by_another" in said
    colleague = world.people["colleague"]
    assert refused(draft.update, published_at=now, published_by=colleague) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"state": "approved"},
        {"state": "completed", "version": 99},
        {"state": "draft"},
        {"version": 99},
        {"request_code": "amber-otter-1234"},
    ],
)
def test_no_ticket_jumps_whoever_asked_for_it(change, world: World):
    for whose in ("claimant", "owner", "agent"):
        ticket = world.claim(whose, "own", "collecting")
        assert refused(Ticket.objects.filter(pk=ticket.pk).update, **change) != "", whose


def test_no_second_owner_and_nothing_while_a_charger_is_held(world: World):
    owner, rival = world.people["owner"], world.people["rival"]
    charger = world.once(("sql",), lambda: world.charger_of(owner))
    now, tenure = clock.now(), charger.tenures.get()
    second = {"charger": charger, "person": rival, "role": "owner", "source": "sql"}
    assert "one_owner_at_a_time" in refused(Tenure.objects.create, **second, starts_at=now)

    shared = {"charger": charger, "tenure": tenure, "to_name": "A", "to_email": "a@example.com"}
    shared |= {"made_at": now, "code_hash": "x", "expires_at": now + DAY}
    granted = {"charger": charger, "person": owner, "tenure": tenure, "starts_at": now}
    service = {"charger": charger, "firm": world.firm, "role": "service_access", "source": "sql"}
    acts = [
        (Share.objects.create, shared),
        (Grant.objects.create, granted),
        (Tenure.objects.create, service | {"starts_at": now}),
    ]
    known = [(act, only_fields(act, fields)) for act, fields in acts]
    assert [refused(act, **fields) for act, fields in known] == ["", "", ""]
    with savepoint():
        freezes.freeze_charger(charger_id=charger.pk, by=rival)
        for act, fields in known:
            assert "while a hold is open" in refused(act, **fields), fields


def only_fields(act: Callable, fields: dict) -> dict:
    names = {field.name for field in act.__self__.model._meta.fields}
    return {name: value for name, value in fields.items() if name in names}


@pytest.mark.parametrize("table", ["records_event", "records_access", "chargers_reveal"])
def test_what_was_recorded_stays(table, world: World):
    for statement in ("DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET at = now()"):
        assert "permission denied" in refused(run, statement.format(table))
    assert "must be owner" in refused(run, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
