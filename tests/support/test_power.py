"""Power is given by two administrators, a day after, in plain sight; and taken by one, at once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from accounts import factors, roles
from accounts.models import Factor, PowerChange, RecoveryCode, Role, StaffRole, User
from records import clock
from records.models import Alert, Event
from support.models import Notice
from support.services import power
from tests.accounts.people_at_work import give_app
from tests.factories import make_person, make_staff
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
REASON = "She starts at the desk on Monday."


def as_owner(statement: str) -> None:
    connections["owner"].cursor().execute(statement)


@pytest.fixture
def guard():
    """Wake the guard of the parts, which sleeps in tests."""
    as_owner("ALTER TABLE accounts_staffrole ENABLE TRIGGER staff_role_guard")
    yield
    as_owner("ALTER TABLE accounts_staffrole DISABLE TRIGGER staff_role_guard")


@pytest.fixture
def admins():
    return [make_staff(Role.ADMINISTRATOR) for _n in range(3)]


@pytest.fixture
def person():
    return make_person(name="Nora Ny")


def proposed(admins, person, **changes) -> PowerChange:
    said = {"email": person.email, "kind": "role", "role": Role.AGENT, "reason": REASON}
    return power.propose(by=admins[0], **(said | changes))


def agreed(admins, person, **changes) -> PowerChange:
    return power.agree(uid=proposed(admins, person, **changes).uid, by=admins[1])


def plays(person) -> set[str]:
    return roles.roles_of(User.objects.get(pk=person.pk), clock.now())


def test_a_part_begins_a_day_after_two_administrators_agreed(
    admins, person, guard, pass_time, run_outbox
):
    agreed(admins, person)
    pass_time(hours=23, minutes=59)
    run_outbox()
    assert plays(person) == set()
    pass_time(minutes=2)
    run_outbox()

    assert plays(person) == {Role.AGENT}
    kinds = Event.objects.filter(stream=f"person:{person.uid}").values_list("kind", flat=True)
    assert list(kinds.order_by("number")) == ["power_proposed", "power_agreed", "power_changed"]


def test_everybody_hears_of_it(admins, person):
    agreed(admins, person)

    assert Alert.objects.get().kind == "role_given"
    told = Notice.objects.filter(kind="power_change")
    assert {(n.person_id, n.data["step"]) for n in told} == {
        (person.pk, "proposed"),
        *((who.pk, "agreed") for who in (*admins, person)),
    }


@pytest.mark.parametrize("who", [0, 1, "subject"])
def test_it_can_be_stopped_until_then(admins, person, guard, pass_time, run_outbox, who):
    change = agreed(admins, person)

    power.cancel(uid=change.uid, by=person if who == "subject" else admins[who])
    pass_time(days=2)
    run_outbox()

    assert plays(person) == set()
    with pytest.raises(TransitionNotAllowed):
        power.cancel(uid=change.uid, by=admins[0])


def test_nobody_agrees_to_their_own_proposal_or_gain(admins, person):
    change = proposed(admins, person)
    gain = proposed(admins, admins[1], role=Role.SENIOR)

    with pytest.raises(PermissionDenied):
        power.agree(uid=change.uid, by=admins[0])
    with pytest.raises(PermissionDenied):
        power.agree(uid=gain.uid, by=admins[1])
    with pytest.raises(PermissionDenied):
        power.propose(
            email=admins[0].email, kind="role", role="senior", by=admins[0], reason=REASON
        )


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.ADMINISTRATOR])
def test_only_administrators_give_power(admins, person, role):
    other = make_staff(role)
    change = proposed(admins, person)

    with pytest.raises(PermissionDenied):
        proposed([other], make_person())
    for act in (power.agree, power.cancel):
        with pytest.raises(PermissionDenied):
            act(uid=change.uid, by=other)


def test_it_is_agreed_to_once(admins, person):
    change = agreed(admins, person)

    with pytest.raises(TransitionNotAllowed):
        power.agree(uid=change.uid, by=admins[2])


@pytest.mark.parametrize(
    "changes", [{"reason": "short"}, {"role": "king"}, {"kind": "reset", "role": ""}]
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(admins, person, changes):
    with pytest.raises(ValidationError):
        proposed(admins, person, **changes)

    assert not PowerChange.objects.exists() and not Alert.objects.exists()


def test_the_same_is_proposed_once(admins, person):
    proposed(admins, person)

    with pytest.raises(ValidationError):
        proposed(admins, person)


def test_a_reset_takes_every_factor_and_code_and_session(admins, pass_time, run_outbox):
    agent = make_staff(Role.AGENT)
    give_app(agent)
    factors.make_recovery_codes(user=agent)
    browser = at_browser(agent)
    assert browser.get("/desk/").status_code == 200

    agreed(admins, agent, kind="reset", role="")
    pass_time(hours=25)
    run_outbox()

    assert not factors.of(agent).exists() and not factors.recovery_codes_left(agent)
    assert RecoveryCode.objects.filter(user=agent).count() == 10
    assert browser.get("/desk/").status_code == 302
    assert Alert.objects.get().kind == "factor_reset"


def refused(act, *args, **kwargs) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        act(*args, **kwargs)


def test_the_database_gives_no_part_without_an_agreed_change(admins, person, guard, pass_time):
    change = agreed(admins, person)
    about = {"user": person, "starts_at": clock.now()}

    refused(StaffRole.objects.create, role=Role.AGENT, **about)
    refused(StaffRole.objects.create, role=Role.AGENT, change=change, **about)
    pass_time(hours=25)
    refused(StaffRole.objects.create, role=Role.SENIOR, change=change, **about)
    refused(StaffRole.objects.create, role=Role.AGENT, change=change, **about | {"user": admins[0]})
    part = StaffRole.objects.create(role=Role.AGENT, change=change, **about)

    refused(StaffRole.objects.filter(pk=part.pk).update, role=Role.ADMINISTRATOR)
    refused(StaffRole.objects.filter(pk=part.pk).update, user=admins[0])
    StaffRole.objects.filter(pk=part.pk).update(ends_at=clock.now())
    refused(StaffRole.objects.filter(pk=part.pk).update, ends_at=None)
    refused(StaffRole.objects.filter(pk=part.pk).delete)


def test_the_database_lets_nobody_agree_alone_early_or_backwards(admins, person):
    now, day = clock.now(), timedelta(hours=24)
    about = {"kind": "role", "role": "agent", "subject": person}
    refused(PowerChange.objects.create, **about, proposed_by=person, proposed_at=now)
    refused(PowerChange.objects.create, **about, proposed_by=admins[0], proposed_at=now - day)
    change = proposed(admins, person)
    row = PowerChange.objects.filter(pk=change.pk)

    yes = {"agreed_by": admins[1], "agreed_at": now, "due_at": now + day}
    for wrong in (
        {"agreed_by": admins[0]},
        {"agreed_by": person},
        {"agreed_by": make_staff(Role.SENIOR)},
        {"due_at": now + timedelta(hours=1)},
        {"agreed_at": now - day, "due_at": now},
        {"done_at": now},
    ):
        refused(row.update, **yes | wrong)
    row.update(**yes)
    refused(row.update, subject=admins[2])
    refused(row.update, due_at=now + 2 * day)
    refused(row.update, done_at=now)
    refused(row.delete)


def test_the_database_keeps_the_last_factor(admins):
    agent = make_staff(Role.AGENT)
    only = give_app(agent)

    refused(Factor.objects.filter(pk=only.pk).update, ended_at=clock.now())
    refused(Factor.objects.filter(pk=only.pk).update, user=admins[0])
    refused(Factor.objects.filter(pk=only.pk).delete)
    second = give_app(agent, "A" * 32)
    Factor.objects.filter(pk=only.pk).update(ended_at=clock.now())
    refused(Factor.objects.filter(pk=second.pk).update, ended_at=clock.now())


def test_the_first_two_administrators_are_named_by_hand_while_there_is_none(guard):
    out = StringIO()
    call_command("first_administrators", "A@x.example", "b@x.example", stdout=out)

    named = roles.holders(Role.ADMINISTRATOR, clock.now())
    assert [user.email for user in named] == ["a@x.example", "b@x.example"]
    assert Event.objects.filter(kind="first_administrator").count() == 2
    with pytest.raises(CommandError, match="administrators already"):
        call_command("first_administrators", "c@x.example", "d@x.example")
    with pytest.raises(CommandError, match="Two different people"):
        call_command("first_administrators", "c@x.example", "C@x.example")


def test_taking_power_away_needs_one_and_leaves_two(admins):
    agent = make_staff(Role.AGENT)

    assert power.end(user_uid=agent.uid, role=Role.AGENT, by=admins[0])
    assert plays(agent) == set()
    power.end(user_uid=admins[2].uid, role=Role.ADMINISTRATOR, by=admins[0])
    with pytest.raises(TransitionNotAllowed):
        power.end(user_uid=admins[1].uid, role=Role.ADMINISTRATOR, by=admins[0])


def test_the_page_proposes_agrees_stops_and_ends(admins, person):
    one, two = at_browser(admins[0]), at_browser(admins[1])
    said = {"email": person.email, "kind": "role", "role": "agent", "reason": REASON}

    assert one.post("/desk/people/propose", said | {"role": ""}).status_code == 422
    assert one.post("/desk/people/propose", said).status_code == 302
    change = PowerChange.objects.get()
    agree = reverse("support:people-decide", args=[change.uid, "agree"])
    assert agree not in one.get("/desk/people/").text
    assert agree in two.get("/desk/people/").text
    assert one.post(agree).status_code == 403
    assert two.post(agree).status_code == 302
    assert two.post(agree).status_code == 409
    one.post(reverse("support:people-decide", args=[change.uid, "cancel"]))
    assert PowerChange.objects.get().cancelled_by == admins[0]
    agent = make_staff(Role.AGENT)
    one.post(reverse("support:people-end", args=[agent.uid, "agent"]))
    assert plays(agent) == set()


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.ADMINISTRATOR])
def test_the_page_is_for_administrators(role):
    assert desk_of(role).get("/desk/people/").status_code == 403
