"""A question to the claimant in a message is chased as an item is, and closed when silent."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError

from records import clock
from support.machine import State
from support.models import Message, Notice, Ticket
from support.phases import Phase, phase_of
from support.services import desk, tickets, undo
from tests.factories import (
    add,
    asked,
    make_agent,
    make_staff,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import at_browser, desk_of, page, send
from tests.support.public_world import text, url

pytestmark = pytest.mark.django_db
WORDS = "Who sold you the flat?"
REMINDERS = Notice.objects.filter(kind="items_reminder")


def question(ticket: Ticket, by=None) -> Message:
    by = by or make_agent()
    return desk.write(ticket_id=ticket.pk, by=by, body=WORDS, waits=True)


def in_review() -> Ticket:
    charger = place_charger()
    own(charger)
    return reload(asked(charger))


def answer(ticket: Ticket, body="The builder did."):
    return at_browser(ticket.claimant).post(url("message", ticket.request_code), {"body": body})


def test_silence_is_chased_and_closed_and_the_clock_rests(later, run_outbox):
    ticket = in_review()
    assert ticket.due_at

    assert send(desk_of(), "write", ticket, body=WORDS, waits="on").status_code == 302

    assert reload(ticket).state == State.COLLECTING and reload(ticket).due_at is None
    later(seconds=11)
    run_outbox()
    first = mail.outbox[-1].body
    later(days=8)
    run_outbox()
    reminder = mail.outbox[-1].body
    assert WORDS in first and "We wait for your answer" in first and "we close" in first
    assert WORDS in reminder and "we close the request on" in reminder
    later(days=8)
    assert reload(ticket).state == State.EXPIRED and REMINDERS.count() == 1


def test_an_answer_ends_the_wait_and_nobody_is_reminded(later):
    ticket = in_review()
    question(ticket)
    later(seconds=11)
    claimant = at_browser(ticket.claimant)
    shown = text(claimant.get(ticket.get_absolute_url()))
    assert "We have asked you something" in shown and "We wait for your answer" in shown
    assert "Read our question and answer it" in shown
    assert phase_of(ticket) == Phase.NEED

    assert answer(ticket).status_code == 302

    ticket = reload(ticket)
    assert ticket.state == State.IN_REVIEW and ticket.due_at and ticket.unread_reply_at
    assert phase_of(ticket) == Phase.CHECKING
    assert not ticket.deadlines.filter(kind="chase", done_at=None).exists()
    later(days=8)
    assert not REMINDERS.exists()


def test_what_is_sent_unasked_is_an_answer_what_was_asked_for_beside_it_is_none(later):
    ticket = in_review()
    version = reload(ticket).facts_version
    asks = [("label", "unreadable", "")]
    desk.ask(ticket_id=ticket.pk, by=make_agent(), facts_version=version, asks=asks)
    question(ticket)
    later(seconds=11)

    add(ticket, "label", colour="ivory")
    assert reload(ticket).state == State.COLLECTING

    add(ticket, "other", colour="navy")
    assert reload(ticket).state == State.IN_REVIEW


def test_an_appeal_answers_what_was_still_open(later):
    ticket = in_review()
    question(ticket)
    later(seconds=11)
    about = {"by": make_agent(), "facts_version": reload(ticket).facts_version}
    desk.reject(ticket_id=ticket.pk, reason="not_shown", words="It stays unclear.", **about)
    assert phase_of(reload(ticket)) == Phase.DECIDED

    tickets.appeal(ticket_id=ticket.pk, by=ticket.claimant, words="The builder sold it.")

    assert phase_of(reload(ticket)) == Phase.CHECKING


def test_a_plain_message_waits_for_nothing(later):
    ticket = in_review()
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="We look at it tomorrow.")
    assert reload(ticket).state == State.IN_REVIEW
    later(days=8)
    assert not REMINDERS.exists() and reload(ticket).is_open


def test_what_was_written_while_it_could_be_taken_back_is_no_answer():
    ticket = in_review()
    question(ticket)

    answer(ticket)

    assert reload(ticket).state == State.COLLECTING


def test_within_ten_seconds_it_is_taken_back_whole(later):
    ticket, agent = in_review(), make_agent()
    question(ticket, by=agent)

    undo.take_back(undo_uid=str(ticket.undos.get().uid), by=agent)

    assert reload(ticket).state == State.IN_REVIEW and not ticket.messages.exists()
    later(days=8)
    assert not REMINDERS.exists()


def test_the_desk_may_have_the_answer_by_another_way(later):
    ticket = ready_for_approval()
    question(ticket)
    later(seconds=11)
    client = desk_of()
    assert "We have the answer" in text(client.get(page(ticket)))

    assert send(client, "answered", ticket).status_code == 302

    assert reload(ticket).state == State.IN_REVIEW
    assert "Answered" in text(client.get(page(ticket)))


@pytest.mark.parametrize("state", [State.SECOND_REVIEW, State.DISPUTED, State.COMPLETED])
def test_no_answer_is_waited_for_once_it_is_on_its_way(state):
    ticket = make_ticket(state)

    refused = send(desk_of(), "write", ticket, body=WORDS, waits="on")

    assert refused.status_code == 422 and WORDS in text(refused)
    assert "Send it without the tick." in text(refused)
    assert not ticket.messages.exists()
    assert 'name="waits"' not in desk_of().get(page(ticket)).content.decode()


def test_only_who_may_ask_waits_and_never_in_a_note():
    ticket = in_review()
    about = {"ticket_id": ticket.pk, "body": WORDS, "waits": True}
    with pytest.raises(PermissionDenied):
        desk.write(by=make_staff("safety_officer"), **about)
    with pytest.raises(ValidationError):
        desk.write(by=ticket.claimant, **about)
    with pytest.raises(ValidationError):
        desk.write(by=make_agent(), internal=True, **about)


def test_a_claimant_is_reminded_whether_or_not_an_owner_is_waited_for(later):
    ticket = make_ticket(State.AWAITING_OWNER)
    question(ticket)
    due = ticket.deadlines.get(kind="chase", done_at=None).due_at
    assert timedelta(days=6) < due - clock.now() < timedelta(days=8)
    later(days=8)
    assert REMINDERS.count() == 1
