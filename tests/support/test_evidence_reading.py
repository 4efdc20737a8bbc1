"""Optical reading: photos first, documents later; and without it the desk goes on, and is told."""

from datetime import timedelta

import pytest

from accounts.models import Role
from records.models import OutboxRow
from support.models import EvidenceItem
from support.sandbox import Word
from support.services import checking, evidence, pictures, taking
from tests.factories import asked, draw, picture, place_charger, reload
from tests.support.desk_world import desk_of
from tests.support.public_world import at_browser, text, url
from tests.support.test_evidence import opens_as

pytestmark = pytest.mark.django_db


def send(ticket, kind, colour):
    upload = picture(colour=colour, said=str(ticket.uid))
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.objects.get(pk=item.pk)


def test_without_optical_reading_it_is_said_and_an_agent_goes_on_by_hand():
    ticket = asked(place_charger(), items=())
    item = send(ticket, "label", "red")
    agent = desk_of(Role.AGENT)
    shown = text(agent.get(url("desk-item", item.uid)))
    own = text(at_browser(ticket.claimant, proved=False).get(url("evidence", item.uid)))

    assert "Photos and scans were not read by machine: read them yourself." in shown
    assert "Only the codes are sharp" in shown
    assert "see all but its codes blurred" in own
    assert not OutboxRow.objects.filter(topic="read_picture").exists()
    draw(ticket, agent.person)
    about = {"by": agent.person, "facts_version": reload(ticket).facts_version}
    evidence.accept(item_uid=item.uid, ticks=["serial_shown", "code_shown"], **about)
    assert EvidenceItem.objects.get(pk=item.pk).state == EvidenceItem.State.ACCEPTED


def test_photos_are_read_first_and_pages_with_words_of_their_own_later(monkeypatch):
    monkeypatch.setattr(pictures, "is_installed", lambda: True)
    ticket = asked(place_charger(), items=())
    opens_as(monkeypatch, words=[Word("Agreement", (0.1, 0.1, 0.2, 0.1))])
    typed = send(ticket, "purchase_agreement", "ivory")
    opens_as(monkeypatch)
    photo = send(ticket, "label", "red")

    def wait(item):
        row = OutboxRow.objects.get(key__startswith=f"read_picture:{item.pictures.get().uid}")
        return row.due_at - row.made_at

    assert (wait(photo), wait(typed)) == (timedelta(0), pictures.TEXT_WAITS)
