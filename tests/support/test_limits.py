"""What one person, or many, can do to a charger's owner by asking: little, and it is noticed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.throttles import Throttled
from records import clock
from records.models import Alert, OutboxRow
from support import screening
from support.machine import State
from support.models import Notice, Ticket
from support.services import claims, routing, tickets
from tests.factories import asked, claim_of, make_person, make_ticket, own, place_charger, reload
from tests.support.public_world import begin, fill, mail, resident, text, url

pytestmark = pytest.mark.django_db


def test_the_eleventh_serial_of_a_day_waits_and_the_earlier_ones_do_not():
    client = resident()
    ticket = begin(client)
    address = url("claim-serial", ticket.request_code)
    for number in range(10):
        assert fill(client, address, serial_typed=f"ZAP10000{number}").status_code == 302

    refused = fill(client, address, serial_typed="ZAP200000")

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 3600
    assert "label of the station" in text(refused)
    assert fill(client, address, serial_typed="zap 100 003").status_code == 302
    assert reload(ticket).serial == "ZAP100003"


def test_a_fourth_open_request_of_one_person_waits():
    person = make_person(name="Nina Nyinnflyttet")
    for _n in range(3):
        make_ticket(State.COLLECTING, claimant=person)
    fourth = tickets.start(by=person)
    claims.save_claim(ticket_id=fourth.pk, by=person, **claim_of(place_charger()))

    with pytest.raises(Throttled, match="Withdraw one"):
        tickets.submit(ticket_id=fourth.pk, by=person)

    assert reload(fourth).state == State.DRAFT
    tickets.withdraw(ticket_id=Ticket.objects.filter(state=State.COLLECTING).first().pk, by=person)
    assert tickets.submit(ticket_id=fourth.pk, by=person).state == State.SUBMITTED


def many_ask(number: int, deliver) -> User:
    """Let so many people ask for one charger and withdraw again, with mails delivered meanwhile."""
    charger = place_charger()
    owner = own(charger)
    for count in range(1, number + 1):
        ticket = asked(charger, items=())
        tickets.withdraw(ticket_id=ticket.pk, by=ticket.claimant)
        if count % (number // 3) == 0:
            deliver(owner)
    return owner


def require_little(owner: User, number: int) -> None:
    """Three mails at most have left for the owner, and one alert says how many asked."""
    assert Notice.objects.filter(person=owner).count() >= number
    assert 0 < len([sent for sent in mail.outbox if owner.email in sent.to]) <= 3
    assert Alert.objects.filter(kind="many_requests").count() == 1
    assert Alert.objects.get(kind="many_requests").times == number - routing.MANY_A_DAY + 1


def test_fifteen_requests_on_one_serial_are_three_mails_and_one_alert(run_outbox):
    owner = many_ask(15, lambda _owner: run_outbox())
    require_little(owner, 15)


@pytest.mark.security
def test_a_thousand_requests_on_one_serial_are_three_mails_and_one_alert(run_outbox):
    def deliver(owner: User) -> None:
        """Deliver what goes to the owner: the residents' own mails would take an hour."""
        theirs = Notice.objects.filter(person=owner).values_list("uid", flat=True)
        others = OutboxRow.objects.filter(done_at=None)
        others = others.exclude(payload__notice_uid__in=map(str, theirs))
        others.update(due_at=clock.now() + timedelta(days=365))
        run_outbox()

    require_little(many_ask(1_000, deliver), 1_000)


def test_a_mail_is_screened_in_as_many_queries_for_many_requests_as_for_one():
    charger = place_charger()
    own(charger)
    counts = []
    for _n in range(2):
        ticket = asked(charger, items=())
        with CaptureQueriesContext(connection) as asked_for:
            hits = screening.find("Kari Eier", ticket=ticket, reader=ticket.claimant)
        counts.append(len(asked_for))
        assert "kari eier" in hits
    assert counts[0] == counts[1]
