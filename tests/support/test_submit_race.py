"""What is sent at the same moment: one request, and one thing after the other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from records import clock
from records.models import Event
from support.machine import State
from support.models import Ticket
from support.services import claims, messages, tickets
from tests.factories import claim_of, make_person, make_ticket, place_charger

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_drafts_submitted_at_once_become_one_open_request():
    charger, claimant = place_charger(), make_person(name="Nina Nyinnflyttet")
    drafts = []
    for _n in range(2):
        draft = tickets.make_draft(claimant=claimant, at=clock.now())
        claims.save_claim(ticket_id=draft.pk, by=claimant, **claim_of(charger))
        drafts.append(draft.pk)
    together = Barrier(2)

    def send(pk):
        try:
            together.wait(10)
            return tickets.submit(ticket_id=pk, by=claimant).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = set(pool.map(send, drafts))

    assert len(sent) == 1
    assert Ticket.objects.open().filter(claimant=claimant).count() == 1


def test_what_is_done_at_once_to_a_ticket_without_a_charger_happens_one_after_the_other():
    ticket = make_ticket(State.SUBMITTED)
    assert ticket.charger is None
    together = Barrier(8)

    def write(number):
        try:
            together.wait(10)
            messages.write(ticket_id=ticket.pk, by=ticket.claimant, body=f"Message {number}.")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    events = Event.objects.filter(stream=ticket.stream).order_by("number")
    assert [event.number for event in events] == list(range(1, ticket.version + 9))
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version + 8
