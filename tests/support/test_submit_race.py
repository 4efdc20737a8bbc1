"""Two requests of one person for one charger, sent at the same moment, are one request."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from records import clock
from support.models import Ticket
from support.services import claims, tickets
from tests.factories import claim_of, make_person, place_charger

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
