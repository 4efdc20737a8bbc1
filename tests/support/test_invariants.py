"""What must never be false is looked for, and found when it is planted."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

from chargers.services import access
from config.middleware import AnswerRefusals
from records import clock, events, heads, outbox, safety
from records.models import Event, OutboxRow
from support.invariants import CHECKS, check_all
from support.invariants.records import chains
from support.machine import State
from support.models import Letter, Notice
from support.rules import Outcome
from support.services import answers, approvals, desk, disputes, letters, offers, tickets
from tests import databases
from tests.chargers import world as people
from tests.factories import (
    accept,
    add,
    asked,
    draw,
    make_agent,
    make_person,
    make_senior,
    name_claimant,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support import plants_people, plants_records
from tests.support.planting import PLANTS, complete_a_request, world_of

BOTH = {"databases": ["default", "owner"]}
assert plants_people and plants_records  # their plants are in PLANTS by now


def check() -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("check_invariants", stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def part_of(rule: str, printed: str) -> str:
    """Return what the command printed under one rule."""
    return re.search(rf"^{rule} .*?(?=^I\d|\Z)", printed, re.S | re.M)[0]


@pytest.fixture(scope="module")
def planted_on(django_db_setup, django_db_blocker):
    """Complete a request once, for all plants; return its key."""
    with django_db_blocker.unblock():
        clean_up = databases.CleanUp(connections["default"].settings_dict["NAME"])
        pk = complete_a_request().pk
        outbox.run_due()
        yield pk
        clean_up.run()
        clean_up.close()


@pytest.fixture
def world(planted_on, monkeypatch):
    """Let this test work as the owner, in one transaction that is taken back."""
    application = connections["default"]
    connections["default"] = connections["owner"]
    yield world_of(planted_on, monkeypatch)
    connections["default"] = application


@pytest.mark.django_db(**BOTH)
@pytest.mark.parametrize(
    ("rule", "plant"), [pytest.param(*p, id=f"{p[0]}-{p[1].__name__}") for p in PLANTS]
)
def test_a_planted_violation_is_caught(rule, plant, world):
    words = plant(world)

    code, printed = check()

    assert code == 1
    assert words in part_of(rule, printed), printed


@pytest.mark.django_db(**BOTH)
def test_before_planting_only_the_owners_own_rights_are_too_many(world):
    assert {finding.name for finding in check_all() if not finding.holds} == {"I10"}
    assert all("role handover_owner may" in line for line in CHECKS[-1]().wrong)


def test_every_rule_has_its_plants():
    assert {rule for rule, _plant in PLANTS} == {f"I{number}" for number in range(1, 11)}
    assert len(CHECKS) == 10


def shown_at_once():
    charger = place_charger()
    owner = own(charger)
    ticket = asked(charger)
    accept(ticket, "label")
    name_claimant(ticket, owner)
    look(charger, ticket.claimant)
    return reload(ticket), owner


def look(charger, person, job=""):
    access.reveal(charger=charger, by=person, authenticated_at=clock.now(), job=job)


def approve(ticket, by=None):
    by = by or make_agent()
    draw(ticket, by)
    facts_version = reload(ticket).facts_version
    approvals.approve(ticket_id=ticket.pk, by=by, facts_version=facts_version)


def look_again_if_drawn(ticket):
    if reload(ticket).second_look == "wanted":
        facts_version = reload(ticket).facts_version
        approvals.second_look(
            ticket_id=ticket.pk, by=make_agent(), facts_version=facts_version, fine=True
        )


def shared_and_serviced():
    ticket, _owner = shown_at_once()
    receiver = make_person()
    made, code = access.share(
        charger=ticket.charger, by=ticket.claimant, to_name="Per", to_email=receiver.email
    )
    access.open_share(share=made, code=code, by=receiver, authenticated_at=clock.now())
    served = people.make_charger()
    look(served, people.make_service(served), job="a fuse went")


def contested_and_restored():
    ticket, owner = shown_at_once()
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    for _n in range(2):
        approvals.vote(ticket_id=ticket.pk, by=make_senior(), restore=True, note="A forged yes.")
    look(ticket.charger, owner)


def contested_and_confirmed():
    ticket, owner = shown_at_once()
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    for _n in range(2):
        approvals.vote(ticket_id=ticket.pk, by=make_senior(), restore=False, note="It was right.")
    look(ticket.charger, ticket.claimant)


def objected_and_upheld():
    ticket = ready_for_approval()
    owner = ticket.charger.owner(clock.now())
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    disputes.decide(
        ticket_id=ticket.pk,
        by=make_senior(),
        facts_version=reload(ticket).facts_version,
        uphold=True,
        words="It is not yours to take over yet.",
    )


def rejected_and_withdrawn():
    ticket = ready_for_approval()
    desk.reject(
        ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version,
        reason="not_shown", words="The agreement does not name you.",
    )  # fmt: skip
    ticket = ready_for_approval()
    tickets.withdraw(ticket_id=ticket.pk, by=ticket.claimant)


def let_to_a_tenant():
    charger = place_charger()
    owner = own(charger)
    until = (clock.now() + timedelta(days=300)).date()
    ticket = asked(
        charger, items=("label", "lease"), renting=True, outcome=Outcome.USE, use_until_date=until
    )
    accept(ticket, "label")
    accept(ticket, "lease")
    name_claimant(ticket, owner)


def walk_slowly(later, run_outbox):
    """Walk the ways that take days: silence, two people, a letter, an offer."""
    charger = place_charger()
    own(charger)
    silent = ready_for_approval()
    flagged = ready_for_approval(claimant_name="Nina Eier")
    by_letter = asked(place_charger(), items=("label", "purchase_agreement"), bought_recently=True)
    letter = Letter.objects.get(ticket=by_letter)
    letters.print_due(at=clock.now())
    letters.enter(ticket_id=by_letter.pk, by=by_letter.claimant, code=letters.code_of(letter))
    for kind in ("label", "purchase_agreement"):
        accept(by_letter, kind)
    offered = offered_for_later()
    run_outbox()
    for ticket in (silent, flagged, flagged, by_letter):
        approve(ticket)
        look_again_if_drawn(ticket)
    run_outbox()
    for _week in range(4):
        later(days=8)
        run_outbox()
    return [reload(ticket) for ticket in (silent, flagged, by_letter, offered)]


def offered_for_later():
    charger = place_charger()
    ticket = offers.offer(
        charger_id=charger.pk, by=own(charger), to_name="Nina Nyinnflyttet",
        to_email=f"nina{charger.pk}@example.com", take_over_date=clock.now().date(),
    )  # fmt: skip
    offers.accept(ticket_id=ticket.pk, by=ticket.claimant)
    add(reload(ticket), "label")
    accept(ticket, "label")
    return ticket


@pytest.mark.django_db
def test_after_every_way_nothing_is_wrong_and_something_was_looked_at(later, run_outbox):
    shared_and_serviced()
    contested_and_restored()
    contested_and_confirmed()
    objected_and_upheld()
    rejected_and_withdrawn()
    let_to_a_tenant()
    ended = walk_slowly(later, run_outbox)
    assert {ticket.state for ticket in ended} == {State.COMPLETED}
    heads.sign_days()

    findings = check_all()

    assert {finding.name: finding.wrong for finding in findings if finding.wrong} == {}
    assert all(finding.looked_at for finding in findings)
    assert Notice.objects.exclude(accepted_at=None).count() >= 20


@contextmanager
def all_guards_awake():
    """Wake what the tests' databases let sleep: the command asks as in production."""
    turn = "ALTER TABLE accounts_{} {{}} TRIGGER {}"
    tables = ("staffrole", "staff_role_guard"), ("firmmember", "member_agreed")
    for table, guard in tables:
        connections["owner"].cursor().execute(turn.format(table, guard).format("ENABLE"))
    try:
        yield
    finally:
        for table, guard in tables:
            connections["owner"].cursor().execute(turn.format(table, guard).format("DISABLE"))


@pytest.mark.django_db(transaction=True, **BOTH)
def test_a_power_guard_that_sleeps_is_named(settings):
    settings.GUARDS_ASLEEP = frozenset()
    with all_guards_awake():
        assert records_of_guards() == []

    asleep = [
        f"guard {name} is missing or asleep" for name in ("member_agreed", "staff_role_guard")
    ]
    assert records_of_guards() == asleep


def records_of_guards() -> list[str]:
    return [wrong for wrong in chains().wrong if wrong.startswith("guard")]


@pytest.mark.django_db(transaction=True, **BOTH)
def test_the_command_ends_with_0_or_1_and_prints_a_line_for_each_rule(run_outbox):
    shown_at_once()
    run_outbox()
    command = [sys.executable, "manage.py", "check_invariants"]

    # The tests' keys are no production's: what a demo's start accepts.
    env = os.environ | {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    env |= {"BASE_URL": "http://127.0.0.1:8000"}

    def run():
        said = {"capture_output": True, "text": True}
        with all_guards_awake():
            return subprocess.run(command, cwd=settings.BASE_DIR, env=env, **said)

    clean = run()
    assert (clean.returncode, clean.stderr) == (0, "")
    lines = clean.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[f"I{n}", "holds"] for n in range(1, 11)]

    notice = Notice.objects.latest("pk")
    Notice.objects.filter(pk=notice.pk).update(accepted_at=None)
    broken = run()
    assert broken.returncode == 1
    assert f"notice {notice.pk}" in broken.stdout and "I6 broken" in broken.stderr


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "change",
    [
        lambda: events.record("probe:1", "probed", at=clock.now(), by_what="system"),
        lambda: outbox.put("mail", "probe", at=clock.now(), notice_uid="0"),
    ],
)
@pytest.mark.django_db
def test_a_page_that_records_while_it_only_shows_is_refused(method, change):
    def view(request):
        change()
        return HttpResponse("seen")

    with pytest.raises(safety.ChangedBySafeMethod):
        AnswerRefusals(view)(RequestFactory().generic(method, "/page/"))
    assert not Event.objects.filter(stream="probe:1").exists()
    assert not OutboxRow.objects.filter(key="probe").exists()


@pytest.mark.django_db
def test_a_form_that_is_sent_may_record():
    def view(request):
        events.record("probe:1", "probed", at=clock.now(), by_what="system")
        return HttpResponse("done")

    AnswerRefusals(view)(RequestFactory().post("/page/"))

    assert Event.objects.filter(stream="probe:1").count() == 1
