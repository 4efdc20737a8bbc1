"""Training tickets: planted forgeries that look like others, tell nobody and grant nothing."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Role
from chargers.models import Charger, Grant, Pin
from chargers.services import registry
from records import clock, outbox
from records.models import OutboxRow
from support import rules
from support.machine import State
from support.models import (
    Approval,
    Decision,
    EvidenceItem,
    Freeze,
    Letter,
    Link,
    Message,
    Notice,
    Policy,
    Ticket,
    TrainingCase,
)
from support.reports import REPORTS, shape, work
from support.rules import EvidenceKind, Tier
from support.services import (
    approvals,
    desk,
    disputes,
    due,
    evidence,
    freezes,
    messages,
    planting,
)
from support.services.facts import facts_of
from support.services.kinds import TICKS
from support.services.progress import advance
from tests.factories import asked, make_agent, make_ticket, own, place_charger, reload
from tests.support.desk_world import at_browser, desk_of, page, send

pytestmark = pytest.mark.django_db
TOLD = (Notice, Letter, Link, Approval, Decision, Freeze, Message)


def planted(trap: str = "other_buyer") -> Ticket:
    """A planted forgery that can be decided; its files count as opened."""
    ticket = planting.plant(trap=trap, at=clock.now())
    ticket.items.update(state=EvidenceItem.State.READY)
    with transaction.atomic():
        ticket = advance(Ticket.objects.lock(ticket.pk), at=clock.now())
    assert ticket.state == State.IN_REVIEW
    return reload(ticket)


def accept_all(ticket: Ticket, by) -> Ticket:
    for kind in (EvidenceKind.LABEL, EvidenceKind.PURCHASE_AGREEMENT):
        item = ticket.items.get(kind=kind)
        dated = {"take_over_date": clock.now().date()} if kind != EvidenceKind.LABEL else {}
        evidence.accept(
            item_uid=str(item.uid),
            by=by,
            facts_version=reload(ticket).facts_version,
            ticks=list(TICKS[kind]),
            **dated,
        )
    return reload(ticket)


def item_of(ticket: Ticket) -> str:
    return str(ticket.items.first().uid)


def facts(ticket: Ticket) -> int:
    return reload(ticket).facts_version


ENDS = {
    "asked": lambda t, by: desk.ask(
        ticket_id=t.pk, by=by, facts_version=facts(t), asks=[("label", "no_code", "")]
    ),
    "rejected": lambda t, by: desk.reject(
        ticket_id=t.pk, by=by, facts_version=facts(t), reason="contradiction", words="No."
    ),
    "returned": lambda t, by: evidence.return_item(
        item_uid=item_of(t), by=by, facts_version=facts(t), reason="unreadable"
    ),
    "objected": lambda t, by: disputes.object_at_desk(ticket_id=t.pk, by=by, words="Odd."),
    "letter": lambda t, by: desk.send_letter(ticket_id=t.pk, by=by),
    "wrote": lambda t, by: messages.write(ticket_id=t.pk, by=by, body="Who are you?"),
    "frozen": lambda t, by: freezes.freeze_charger(charger_id=t.charger_id, by=by),
    "approved": lambda t, by: approvals.approve(
        ticket_id=t.pk, by=by, facts_version=facts(accept_all(t, by))
    ),
}


@pytest.fixture(params=[True, False], ids=["with an owner", "without"])
def has_owner(request, monkeypatch):
    monkeypatch.setattr(planting, "_has_owner", lambda: request.param)
    return request.param


@pytest.mark.parametrize("act", ENDS)
def test_whatever_is_decided_ends_it_and_tells_nobody_anything(act, monkeypatch):
    monkeypatch.setattr(planting, "_has_owner", lambda: True)
    ticket, agent = planted(), make_agent()
    before = {model: model.objects.count() for model in TOLD}
    rows = set(OutboxRow.objects.values_list("pk", flat=True))

    ENDS[act](ticket, agent)

    case = TrainingCase.objects.get(ticket=ticket)
    assert (case.act, case.caught) == (act, act != "approved")
    assert case.decided_by == agent
    assert reload(ticket).state == State.WITHDRAWN
    assert {model: model.objects.count() for model in TOLD} == before
    left = OutboxRow.objects.exclude(pk__in=rows).values_list("topic", flat=True)
    assert set(left) <= {"check_item", "read_picture"}
    assert not Grant.objects.exists()
    assert not ticket.charger.open_holds().exists()


def test_the_freeze_of_the_ticket_alone_ends_it_as_well():
    ticket = planted()

    freezes.freeze_ticket(ticket_id=ticket.pk, by=make_agent())

    assert TrainingCase.objects.get(ticket=ticket).act == "frozen"
    assert not Freeze.objects.exists()


def test_a_note_within_the_desk_ends_nothing():
    ticket = planted()

    messages.write(ticket_id=ticket.pk, by=make_agent(), body="Look at this.", internal=True)

    assert reload(ticket).state == State.IN_REVIEW


def test_what_cannot_be_approved_is_no_decision():
    ticket, agent = planted(), make_agent()

    with pytest.raises(ValidationError):
        approvals.approve(ticket_id=ticket.pk, by=agent, facts_version=facts(ticket))

    assert TrainingCase.objects.get(ticket=ticket).decided_at is None


def test_the_database_grants_and_tells_nothing_for_a_planted_forgery():
    ticket, now = planted(), clock.now()
    row = Ticket.objects.filter(pk=ticket.pk)

    with pytest.raises(IntegrityError, match="stays one"), transaction.atomic():
        row.update(is_training=False)
    with pytest.raises(IntegrityError, match="has no row"), transaction.atomic():
        Approval.objects.create(ticket=ticket, by=make_agent(), at=now, facts_version=1)
    with pytest.raises(IntegrityError, match="has no row"), transaction.atomic():
        Notice.objects.create(kind="rejected", ticket=ticket, email="a@example.org", made_at=now)
    with pytest.raises(IntegrityError, match="training_is_never_approved"), transaction.atomic():
        Ticket.objects.lock(ticket.pk)
        ticket.approve(tier=3, standing=1, needed=1, at=now)
        ticket.version += 1
        from_to = {"from": "in_review", "to": "approved"}
        planting.events.record(ticket.stream, "approved", at=now, number=ticket.version, **from_to)
        ticket.save()


def test_nobody_who_types_its_serial_is_led_to_it():
    ticket = planted()

    assert registry.find(ticket.serial) is None
    real = make_ticket(State.IN_REVIEW).charger
    Charger.objects.filter(pk=real.pk).update(
        serial=ticket.serial, lookup_key=ticket.lookup_key, vendor="zaptec"
    )
    assert registry.find(ticket.serial) == real


@pytest.mark.parametrize("trap", list(TrainingCase.Trap))
def test_every_trap_can_be_drawn_and_opened(trap):
    ticket = planting.plant(trap=trap, at=clock.now())

    outbox.run_due()

    assert reload(ticket).state == State.IN_REVIEW
    assert set(ticket.items.values_list("state", flat=True)) == {EvidenceItem.State.READY}


def test_an_owner_on_record_was_asked_as_far_as_anybody_can_see(run_outbox, monkeypatch):
    monkeypatch.setattr(planting, "_has_owner", lambda: True)
    ticket, client = planted(), desk_of(Role.AGENT)
    run_outbox()

    content = client.get(page(ticket)).content.decode()
    facts = facts_of(accept_all(ticket, client.person), clock.now())

    owner = ticket.charger.owner(clock.now())
    assert owner.email.endswith(".example.com") and owner.name in content
    assert "owner asked (starts the clock)" in content and "request received" in content
    assert facts.owner == "silent" and facts.notice_arrived and rules.tier(facts) == Tier.NORMAL
    assert not any(rows.objects.exists() for rows in (Notice, Letter, Link, Grant, Pin))
    assert mail.outbox == []
    assert registry.find(ticket.serial) is None
    # Once it is decided nothing is pretended any more.
    send(client, "reject", ticket, reason="contradiction", words="No.")
    assert "owner asked" not in client.get(page(ticket)).content.decode()


def test_as_many_have_an_owner_as_real_ones_have():
    make_ticket(State.IN_REVIEW)
    assert {planting._has_owner() for _time in range(20)} == {False}

    charger = place_charger()
    own(charger)
    asked(charger)
    assert {planting._has_owner() for _time in range(60)} == {False, True}


def test_it_is_drawn_like_any_other_and_nothing_gives_it_away(has_owner):
    ticket, client = planted(), desk_of(Role.AGENT)

    drawn = client.post(reverse("support:desk-take"))
    content = client.get(page(ticket)).content.decode().casefold()

    assert ticket.request_code in drawn["Location"]
    assert "training" not in content
    assert "example.com" not in content


def test_it_is_plainly_marked_afterwards():
    ticket, client = planted(), desk_of(Role.AGENT)

    answer = send(client, "reject", ticket, reason="contradiction", words="No.")

    content = client.get(answer["Location"]).content.decode()
    assert "This was a training ticket, and you caught it." in content
    assert "The agreement names another buyer." in content
    assert "Rejected. The claimant is told" not in content
    everything = client.get(f"{reverse('support:desk')}?view=all").content.decode()
    assert "training" in everything


def test_an_approval_of_it_is_told_as_what_it_was():
    ticket, client = planted(), desk_of(Role.AGENT)
    accept_all(ticket, client.person)

    answer = send(client, "approve", ticket, note="All seen.")

    content = client.get(answer["Location"]).content.decode()
    assert "a forgery that you approved" in content
    assert "Your approval is on file" not in content


def periods():
    return shape.period("7d", clock.now() + shape.timedelta(minutes=1))


def test_it_counts_in_no_report_but_the_catch_rate():
    empty = {name: report.make(periods()) for name, report in REPORTS.items()}
    ENDS["approved"](planted(), make_agent())
    waiting = planted()
    evidence.accept(
        item_uid=item_of(waiting),
        by=make_agent(),
        facts_version=facts(waiting),
        ticks=list(TICKS[EvidenceKind.LABEL]),
    )

    made = {name: report.make(periods()) for name, report in REPORTS.items()}

    assert {name for name in REPORTS if made[name] != empty[name]} == {"catch-rate"}


def test_the_catch_rate_of_the_team_and_of_each(settings):
    one, other = make_agent(), make_agent()
    for agent, act in ((one, "rejected"), (one, "approved"), (other, "asked")):
        ENDS[act](planted(), agent)

    assert work.catch(periods()) == [
        [None, 3, 2, 1, 66.7],
        [one.pk, 2, 1, 1, 50.0],
        [other.pk, 1, 1, 0, 100.0],
    ]

    settings.AGENT_FIGURES_OFF = ["NO", "SE", "DK", "DE"]
    assert work.catch(periods()) == [[None, 3, 2, 1, 66.7]]


def test_one_is_planted_among_so_many_decisions():
    policy = Policy.objects.current()
    often = Policy(version=policy.version + 1, data=policy.data | {"training_one_in": 2})
    often.reason, often.made_at = "For training.", clock.now()
    often.published_at = clock.now()
    often.save()
    agent = make_agent()

    def decide() -> None:
        ticket = make_ticket(State.IN_REVIEW)
        Approval.objects.create(ticket=ticket, by=agent, at=clock.now(), facts_version=1)

    decide()
    assert planting.plant_due(at=clock.now()) is None
    decide()
    due.daily()
    assert TrainingCase.objects.count() == 1
    decide()
    decide()
    assert planting.plant_due(at=clock.now()) is None  # the last one is not decided yet


def test_a_resident_cannot_open_a_planted_ticket():
    ticket = planted()
    assert at_browser(make_agent(), proved=False).get(page(ticket)).status_code == 302
