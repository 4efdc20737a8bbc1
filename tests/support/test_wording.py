"""What staff write to one side may not tell about the other: it is stopped and shown to them."""

import pytest
from django.core.exceptions import ValidationError

from support import mails
from support.services import answers, desk, disputes, evidence
from tests.factories import make_agent, make_senior, own, ready_for_approval, reload

pytestmark = pytest.mark.django_db

TELLING = "Kari Eier, the owner on record, says no."


def test_no_word_to_the_claimant_names_the_owner_whichever_way_it_is_written():
    ticket, agent = ready_for_approval(), make_agent()
    fresh = {"by": agent, "facts_version": ticket.facts_version}
    item = ticket.items.get(kind="label")
    ways = {
        "body": lambda: desk.write(ticket_id=ticket.pk, by=agent, body=TELLING),
        "asks": lambda: desk.ask(ticket_id=ticket.pk, asks=[("other", "needed", TELLING)], **fresh),
        "words": lambda: desk.reject(
            ticket_id=ticket.pk, reason="not_shown", words=TELLING, **fresh
        ),
    }
    for field, write in ways.items():
        with pytest.raises(ValidationError) as refusal:
            write()
        assert "kari eier" in str(refusal.value.message_dict[field]).casefold()
    with pytest.raises(ValidationError):
        evidence.return_item(item_uid=str(item.uid), reason="unreadable", words=TELLING, **fresh)

    assert reload(ticket).facts_version == ticket.facts_version
    assert not ticket.messages.exists()


def test_a_note_for_the_desk_may_name_anybody():
    ticket = ready_for_approval()

    note = desk.write(ticket_id=ticket.pk, by=make_agent(), body=TELLING, internal=True)

    assert note.body == TELLING


def test_a_verdict_tells_the_objector_nothing_about_who_asked():
    ticket = ready_for_approval()
    owner = ticket.charger.owner(ticket.made_at) or own(ticket.charger)
    answers.answer(charger_id=ticket.charger_id, party=owner, kind="still_mine")
    verdict = {
        "ticket_id": ticket.pk,
        "by": make_senior(),
        "facts_version": reload(ticket).facts_version,
        "uphold": True,
        "words": "The documents do not show your right.",
    }

    with pytest.raises(ValidationError) as refusal:
        disputes.decide(words_to_objector="We told Nina Nyinnflyttet no.", **verdict)
    assert "words_to_objector" in refusal.value.message_dict
    disputes.decide(words_to_objector="It stays in your name, Kari Eier.", **verdict)

    assert reload(ticket).state == "rejected"
    told = ticket.notices.get(kind="objection_decided")
    assert told.person == owner
    assert "It stays in your name" in mails.render(told).text
