"""Ten seconds to take an act back, while nothing of it has left the house."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django_fsm import TransitionNotAllowed

from records import clock
from records.models import OutboxRow
from support.machine import State
from support.models import EvidenceItem, Message, Notice, Undo
from support.notifications import key_of
from support.services import assigning, desk, evidence, undo
from support.services.kinds import REASONS_FOR
from support.services.messages import for_claimant
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import at_browser, page

pytestmark = pytest.mark.django_db


def waiting():
    charger = place_charger()
    own(charger)
    return asked(charger)


def give_back(ticket, by) -> EvidenceItem:
    return evidence.return_item(
        item_uid=str(ticket.items.get().uid),
        by=by,
        facts_version=reload(ticket).facts_version,
        reason="unreadable",
    )


def take_back(by):
    return undo.take_back(undo_uid=str(Undo.objects.latest("pk").uid), by=by)


def test_an_accepted_item_is_as_it_was_and_decided_on_anew():
    ticket, agent = waiting(), make_agent()
    accept(ticket, "label", by=agent)
    facts = reload(ticket).facts_version
    take_back(agent)
    item = ticket.items.get()
    assert (item.state, item.ticks, item.decided_by) == ("ready", [], None)
    assert reload(ticket).facts_version > facts


def test_a_returned_item_is_not_told_of_and_the_ticket_is_back_in_review():
    ticket, agent = waiting(), make_agent()
    give_back(ticket, agent)
    assert reload(ticket).state == State.COLLECTING
    mails = Notice.objects.filter(kind="items_returned")
    row = OutboxRow.objects.get(key=key_of(mails.get()))
    assert row.due_at >= row.made_at + undo.TIME
    take_back(agent)
    assert reload(ticket).state == State.IN_REVIEW
    assert not mails.exists()
    assert not OutboxRow.objects.filter(pk=row.pk).exists()


def test_a_message_is_gone_before_the_claimant_could_read_it(later):
    ticket, agent = make_ticket(State.IN_REVIEW), make_agent()
    desk.write(ticket_id=ticket.pk, by=agent, body="Send the signed page, please.")
    assert not for_claimant(ticket, at=clock.now()).exists()
    take_back(agent)
    assert not Message.objects.exists()
    desk.write(ticket_id=ticket.pk, by=agent, body="Send the signed page, please.")
    assert for_claimant(ticket, at=later(seconds=11, run=False)).exists()


def test_what_was_put_aside_is_back():
    ticket, agent = make_ticket(State.IN_REVIEW), make_agent()
    assigning.snooze(ticket_id=ticket.pk, by=agent, until_at=None)
    take_back(agent)
    assert reload(ticket).snoozed_until is None


def test_it_is_too_late_after_ten_seconds_or_after_anything_else(later):
    ticket, agent = waiting(), make_agent()
    accept(ticket, "label", by=agent)
    act = Undo.objects.latest("pk")
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="Seen.", internal=True)
    with pytest.raises(TransitionNotAllowed):
        undo.take_back(undo_uid=str(act.uid), by=agent)
    desk.write(ticket_id=ticket.pk, by=agent, body="Seen as well.", internal=True)
    later(seconds=11, run=False)
    with pytest.raises(TransitionNotAllowed):
        take_back(agent)
    assert ticket.items.get().state == "accepted"


def test_a_mail_that_somebody_has_in_hand_stays():
    ticket, agent = waiting(), make_agent()
    give_back(ticket, agent)
    OutboxRow.objects.filter(topic="mail").update(attempts=1)
    with pytest.raises(TransitionNotAllowed):
        take_back(agent)
    assert ticket.items.get(replaced_by=None).state == "returned"


def test_only_who_did_it_takes_it_back_and_once():
    ticket, agent = waiting(), make_agent()
    accept(ticket, "label", by=agent)
    with pytest.raises(PermissionDenied):
        take_back(make_agent())
    take_back(agent)
    with pytest.raises(TransitionNotAllowed):
        take_back(agent)


def test_the_page_offers_it_for_ten_seconds_with_or_without_a_script(later):
    ticket, agent = waiting(), make_agent()
    client = at_browser(agent)
    accept(ticket, "label", by=agent)
    act = Undo.objects.latest("pk")
    assert str(act.uid) in client.get(page(ticket)).content.decode()
    done = client.post(reverse("support:desk-undo"), {"act": act.uid}, follow=True)
    assert "Taken back: item accepted." in done.content.decode()
    accept(ticket, "label", by=agent)
    later(seconds=11, run=False)
    assert "data-undo" not in client.get(page(ticket)).content.decode()


def test_no_undo_for_what_has_led_to_a_release_or_a_dispute():
    ticket, agent = make_ticket(State.COMPLETED), make_agent()
    found = undo.offer(ticket, by=agent, act=Undo.Act.ACCEPTED, at=clock.now() - timedelta(1))
    assert found is None


def test_a_question_with_codes_is_taken_back_whole_and_its_mail_stays(run_outbox, later):
    ticket, agent = ready_for_approval(), make_agent()
    before = list(ticket.items.order_by("pk").values_list("kind", "state", "ticks", "reason"))
    asks = [("label", "unreadable", "Once more."), ("lease", REASONS_FOR["lease"][0], "")]
    version = reload(ticket).facts_version
    desk.ask(ticket_id=ticket.pk, by=agent, facts_version=version, asks=asks)
    assert reload(ticket).state == State.COLLECTING

    undo.take_back(undo_uid=str(ticket.undos.latest("pk").uid), by=agent)

    ticket = reload(ticket)
    after = list(ticket.items.order_by("pk").values_list("kind", "state", "ticks", "reason"))
    assert after == before and ticket.state == State.IN_REVIEW
    later(days=8)
    run_outbox()
    kinds = Notice.objects.values_list("kind", flat=True)
    assert not {"items_returned", "items_reminder"} & set(kinds)
