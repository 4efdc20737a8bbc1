"""An owner known only from an import: told on every channel before anything is shown."""

from datetime import timedelta

import pytest

from accounts.models import ContactPoint
from chargers.models import Charger
from chargers.refusals import ContactChanged, Paused
from chargers.services import establishing
from records import clock
from support.delivery import settle
from support.models import Letter, Notice
from support.services import approvals, letters, owners
from tests.factories import ago, make_agent, own, place_charger, ready_for_approval, reload
from tests.support.test_review_facts import change_contact

pytestmark = pytest.mark.django_db


def unestablished():
    charger = place_charger()
    owner = own(charger, established=False)
    ContactPoint.objects.create(
        user=owner, kind="post", value="Fjordveien 2, 5003 Bergen",
        valid_from=ago(days=400), source="import",
    )  # fmt: skip
    return charger, owner


def begin(charger, owner):
    tenure = establishing.begin_establishing(charger=charger, by=owner)
    owners.send_establish_notice_from_outbox(key="k", tenure_uid=str(tenure.uid))
    owners.send_establish_notice_from_outbox(key="k", tenure_uid=str(tenure.uid))
    return tenure


def test_the_72_hours_count_from_the_mail_that_was_accepted():
    charger, owner = unestablished()
    tenure = begin(charger, owner)
    accepted_at = clock.now() + timedelta(hours=9)

    settle([Notice.objects.get(kind="establish_notice")], at=accepted_at)

    tenure = charger.tenures.get(pk=tenure.pk)
    assert tenure.establishing_since == accepted_at


def test_the_post_address_is_a_channel_as_well_and_its_code_establishes():
    charger, owner = unestablished()
    tenure = begin(charger, owner)
    letter = Letter.objects.get(tenure=tenure)
    letters.print_due(at=clock.now())

    letters.establish(charger_id=charger.pk, by=owner, code=letters.code_of(letter))

    assert Charger.objects.get(pk=charger.pk).owner_tenure(clock.now()).established


def test_a_letter_to_a_new_address_establishes_nobody_nor_while_a_hold_is_open():
    charger, owner = unestablished()
    letter = Letter.objects.get(tenure=begin(charger, owner))
    letters.print_due(at=clock.now())
    about = {"charger_id": charger.pk, "by": owner, "code": letters.code_of(letter)}
    hold = charger.holds.create(kind="freeze", placed_at=clock.now())
    with pytest.raises(Paused):
        letters.establish(**about)
    hold.lifted_at = clock.now()
    hold.save()
    change_contact(owner, days=4, kind="email")

    with pytest.raises(ContactChanged):
        letters.establish(**about)


def test_an_approval_is_told_to_the_owner_and_to_the_contact_of_the_place():
    ticket = ready_for_approval()
    place = ticket.charger.installation
    place.contact_email = "place@example.com"
    place.save()

    for _both in range(2):
        approvals.approve(
            ticket_id=ticket.pk, by=make_agent(), facts_version=reload(ticket).facts_version
        )

    told = Notice.objects.filter(kind="approved_told").values_list("email", flat=True)
    assert set(told) == {ticket.charger.owner(clock.now()).email, "place@example.com"}
