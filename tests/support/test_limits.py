"""What one person, or many, can do to a charger's owner by asking: little, and it is noticed."""

import pytest

from accounts.throttles import Throttled
from records.models import Alert
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


def many_ask(number: int, run_outbox) -> tuple:
    """Let so many people ask for one charger, and deliver what comes of it; return owner, mails."""
    charger = place_charger()
    owner = own(charger)
    for _n in range(number):
        ticket = asked(charger, items=())
        tickets.withdraw(ticket_id=ticket.pk, by=ticket.claimant)
    run_outbox()
    return owner, [sent for sent in mail.outbox if owner.email in sent.to]


def flood(number: int, run_outbox) -> None:
    owner, mails = many_ask(number, run_outbox)
    assert Notice.objects.filter(person=owner).count() >= number
    assert len(mails) <= 3
    assert Alert.objects.filter(kind="many_requests").count() == 1
    assert Alert.objects.get(kind="many_requests").times == number - routing.MANY_A_DAY + 1


def test_thirty_requests_on_one_serial_are_three_mails_and_one_alert(run_outbox):
    flood(30, run_outbox)


@pytest.mark.security
def test_a_thousand_requests_on_one_serial_are_three_mails_and_one_alert(run_outbox):
    flood(1_000, run_outbox)
