"""What the desk owes a ticket: begun, rested while others act, ended, escalated in time."""

from datetime import UTC, datetime, timedelta

import pytest

from records import clock
from support.machine import State
from support.models import ServiceLevel
from support.rules import Tier
from support.services import due, service_levels
from support.services.saving import save_and_record
from tests.factories import make_ticket, reload

pytestmark = pytest.mark.django_db
TUESDAY_9 = datetime(2026, 11, 24, 8, tzinfo=UTC)  # 9:00 in Oslo
HOUR = timedelta(hours=1)


@pytest.fixture
def at(monkeypatch):
    """Let the test say what time it is."""
    now = [TUESDAY_9]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def set_(moment):
        now[0] = moment
        return moment

    return set_


def step(ticket, verb, moment, **arguments):
    getattr(ticket, verb)(**arguments)
    return save_and_record(ticket, verb, at=moment, by_what="system")


def level(ticket, duty):
    return ticket.service_levels.get(duty=duty)


def test_a_ticket_in_review_is_due_after_the_policys_working_hours(at):
    ticket = make_ticket(state=State.IN_REVIEW)

    assert reload(ticket).due_at == datetime(2026, 11, 25, 8, tzinfo=UTC)  # 8 hours a day
    assert level(ticket, "review").target_minutes == 480


def test_the_clock_rests_while_the_claimant_must_act_and_goes_on_after(at):
    ticket = make_ticket(state=State.IN_REVIEW)

    step(ticket, "ask", at(TUESDAY_9 + 3 * HOUR))
    resting = reload(ticket)
    step(ticket, "complete_evidence", at(datetime(2026, 12, 1, 8, tzinfo=UTC)))

    assert resting.due_at is None
    assert level(ticket, "review").used_seconds == 3 * 3600
    assert reload(ticket).due_at == datetime(2026, 12, 1, 13, tzinfo=UTC)  # five hours left


def test_a_dispute_stops_the_review_and_has_a_clock_of_its_own(at):
    ticket = make_ticket(state=State.IN_REVIEW)

    step(ticket, "object", at(TUESDAY_9 + 2 * HOUR))

    assert level(ticket, "review").running_since is None
    assert reload(ticket).due_at == level(ticket, "dispute").due_at
    assert level(ticket, "dispute").target_minutes == 40 * 60


def test_an_ended_duty_says_whether_it_was_met_and_never_changes_again(at):
    ticket = make_ticket(state=State.IN_REVIEW)
    late = make_ticket(state=State.IN_REVIEW)
    said = {"tier": Tier.HIGH, "standing": 1, "needed": 2}

    step(ticket, "approve", at(TUESDAY_9 + HOUR), at=clock.now(), **said)
    step(late, "approve", at(TUESDAY_9 + 72 * HOUR), at=clock.now(), **said)
    first = level(ticket, "review")
    step(ticket, "reject", at(TUESDAY_9 + 80 * HOUR), reason="not_shown", at=clock.now())

    assert (first.met, level(late, "review").met) == (True, False)
    after = level(ticket, "review")
    assert (after.ended_at, after.met, after.used_seconds) == (first.ended_at, True, 3600)
    assert reload(ticket).due_at is None


def test_reopened_means_a_duty_anew(at):
    ticket = make_ticket(state=State.IN_REVIEW)
    step(ticket, "approve", at(TUESDAY_9), tier=Tier.LOW, standing=1, needed=1, at=clock.now())

    step(ticket, "reopen", at(TUESDAY_9 + HOUR))

    assert ticket.service_levels.filter(duty="review").count() == 2
    assert reload(ticket).due_at == datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_an_unread_message_is_owed_an_answer_beside_the_review(at):
    ticket = make_ticket(state=State.COLLECTING)
    ticket.unread_reply_at = clock.now()
    save_and_record(ticket, "wrote", at=clock.now(), by_what="system", facts=False)
    asked = reload(ticket).due_at

    ticket.unread_reply_at = None
    save_and_record(ticket, "replies_read", at=at(TUESDAY_9 + HOUR), by_what="system", facts=False)

    assert asked is not None
    assert reload(ticket).due_at is None
    assert level(ticket, "reply").met is True


def test_what_is_about_to_break_is_escalated_once_before_it_does(at):
    ticket = make_ticket(state=State.IN_REVIEW)
    due_at = reload(ticket).due_at

    at(due_at - 2 * HOUR)
    due.run()
    early = level(ticket, "review").escalated_at
    at(due_at - timedelta(minutes=59))
    due.run()
    first = level(ticket, "review").escalated_at
    at(due_at + HOUR)
    due.run()

    assert early is None
    assert first is not None and first < due_at
    assert level(ticket, "review").escalated_at == first


@pytest.mark.parametrize("state", list(State))
def test_only_what_waits_for_the_desk_is_due(at, state):
    ticket = make_ticket(state=state)

    owed = service_levels.duties_of(ticket)

    desk = {State.IN_REVIEW, State.SECOND_REVIEW, State.DISPUTED, State.CONTESTED}
    assert bool(owed) == (state in desk)
    assert (reload(ticket).due_at is not None) == (state in desk)
    running = ServiceLevel.objects.filter(ticket=ticket, ended_at=None, due_at__isnull=False)
    assert {row.duty for row in running} == owed
