"""Every state against every verb and every role; the chart; the machine's own promises."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django_fsm import TransitionNotAllowed

from accounts.models import FirmMember, InstallerFirm, Role, StaffRole
from records import clock
from support import chart, machine, permissions
from support.machine import State
from support.models import Ticket
from tests.factories import make_person, make_staff, make_ticket, own, place_charger

pytestmark = pytest.mark.django_db

DESK = {"agent", "senior"}
# Who may make a move at all, whatever its state. What is not here is nobody's: the clock makes it.
WHO = {
    "submit": {"claimant"},
    "disclaim": {"owner", "board"},
    "consent": {"owner", "board"},
    "ask": DESK,
    "approve": {"agent"},
    "send_back": DESK,
    "reject": DESK | {"safety_officer"},
    "object": DESK | {"owner", "board", "firm"},
    "dismiss": {"senior"},
    "uphold": {"senior"},
    "contest": DESK | {"former_owner"},
    "confirm": {"senior", "safety_officer"},
    "restore": {"senior", "safety_officer"},
    "withdraw": {"claimant", "offerer"},
    "appeal": {"claimant"},
    "offer": {"owner"},
    "accept": {"claimant"},
}


@pytest.fixture
def world():
    """One charger with everybody around it, and the people who have nothing to do with it."""
    charger = place_charger()
    former = make_person(name="Frida Forrige")
    began = clock.now()
    past = own(charger, former, starts_at=began.replace(year=began.year - 3))
    charger.tenures.filter(person=past).update(ends_at=began.replace(year=began.year - 1))
    owner = own(charger, starts_at=began.replace(year=began.year - 1))
    firm = InstallerFirm.objects.create(name="Demo Elektro", lookup_key="demo", email="f@x.example")
    member = make_person(name="Ida Installatør")
    FirmMember.objects.create(firm=firm, user=member, starts_at=began)
    place = charger.installation
    place.firm, place.board = firm, make_person(name="Styret")
    place.save()
    people = {role.value: make_staff(role) for role in Role}
    people |= {
        "owner": owner,
        "former_owner": former,
        "firm": member,
        "board": place.board,
        "offerer": make_person(name="Olav Ofrer"),
        "stranger": make_person(name="Siri Ukjent"),
        "superuser": make_person(name="Root", is_superuser=True, is_staff=True),
    }
    return charger, people


def ticket_in(state, charger, people):
    ticket = make_ticket(state, charger=charger)
    Ticket.objects.filter(pk=ticket.pk).update(
        former_tenure=charger.tenures.get(person=people["former_owner"]),
        offered_by=people["offerer"],
        charger=charger,
    )
    ticket = Ticket.objects.select_related("charger__installation").get(pk=ticket.pk)
    return ticket


@pytest.mark.parametrize("state", State)
def test_every_verb_by_everyone_is_allowed_exactly_where_the_tables_say(state, world):
    charger, people = world
    ticket = ticket_in(state, charger, people)
    people = people | {"claimant": ticket.claimant}
    # The seniors by whom it came here have left: there are too few, the officer stands in.
    ours = [person.pk for person in people.values()]
    StaffRole.objects.filter(role=Role.SENIOR).exclude(user__in=ours).update(ends_at=clock.now())
    wrong = []
    for verb in machine.VERBS:
        open_here = state in machine.sources(verb)
        for name, person in people.items():
            expected = (
                PermissionDenied
                if name not in WHO.get(verb, set())
                else None
                if open_here
                else TransitionNotAllowed
            )
            try:
                permissions.require(getattr(ticket, verb), person)
                got = None
            except (PermissionDenied, TransitionNotAllowed) as refusal:
                got = type(refusal)
            if got is not expected:
                wrong.append((verb, name, got))
    assert wrong == []


@pytest.mark.parametrize("role", ["agent", "senior", "safety_officer"])
def test_nobody_decides_where_they_are_a_party(role, world):
    charger, people = world
    staff = people[role]
    ticket = ticket_in(State.IN_REVIEW, charger, people)
    firm = charger.installation.firm
    FirmMember.objects.create(firm=firm, user=staff, starts_at=clock.now())

    for verb in ("approve", "reject", "ask", "send_back", "uphold", "dismiss", "confirm"):
        with pytest.raises(PermissionDenied):
            permissions.require(getattr(ticket, verb), staff)


def test_a_disabled_agent_and_one_whose_role_has_ended_may_nothing(world):
    charger, people = world
    ticket = ticket_in(State.IN_REVIEW, charger, people)
    agent, senior = people["agent"], people["senior"]
    agent.is_active = False
    agent.save()
    senior.staff_roles.update(ends_at=clock.now())

    for verb in ("approve", "reject", "ask", "uphold"):
        for person in (agent, senior):
            with pytest.raises(PermissionDenied):
                permissions.require(getattr(ticket, verb), person)


def test_the_table_and_the_model_have_the_same_moves():
    field = Ticket._meta.get_field("state")
    of_model = {(move.name, str(move.source)) for move in field.get_all_transitions(Ticket)}

    assert of_model == {(move.verb, str(move.source)) for move in machine.TRANSITIONS}


def test_every_move_has_a_permission():
    for move in Ticket._meta.get_field("state").get_all_transitions(Ticket):
        assert move.permission is not None, move.name


def test_every_open_state_has_a_human_exit_and_every_closed_one_is_reached():
    human = {move.source for move in machine.TRANSITIONS if move.who in machine.HUMAN}
    reached = {move.target for move in machine.TRANSITIONS}

    assert set(machine.OPEN) <= human | {State.SUBMITTED}
    assert set(State) - {State.DRAFT} <= reached


def test_every_way_to_completed_or_rejected_has_a_human_decision():
    """T-44: take the human moves away, and neither can be reached."""
    clockwork = {(m.source, m.target) for m in machine.TRANSITIONS if m.who == "clock"}
    reached, grown = {State.DRAFT, State.SUBMITTED}, True
    while grown:
        more = {t for s, t in clockwork if s in reached} - reached
        reached |= more
        grown = bool(more)

    assert State.COMPLETED not in reached
    assert State.REJECTED not in reached


def test_the_state_chart_is_up_to_date():
    written = Path(settings.BASE_DIR, "docs", "states.md").read_text(encoding="utf-8")

    assert written == chart.chart(), "run: manage.py statechart"
