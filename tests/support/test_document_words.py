"""The desk finds a request by the words of its documents; no number that names a person is kept."""

import pytest

from chargers.models import Pin
from records import clock
from support.models import EvidenceItem, TicketWords
from support.sandbox import Word
from support.services import checking, findings, keeping, taking
from tests.chargers.world import PIN
from tests.factories import asked, picture, place_charger
from tests.support.desk_world import desk_of
from tests.support.test_desk_together import found as found_by
from tests.support.test_evidence import opens_as

pytestmark = pytest.mark.django_db
SAID = (
    f"Kjøpekontrakt mellom Åse Selgersen og Per Kjøper-Østby fødselsnummer 010107 50160 "
    f"Exempelgata 12B kode {PIN} kontonummer 12345678903 tlf 22334455 A1B2C3"
)


def send(ticket, monkeypatch, text, kind="purchase_agreement", colour="ivory"):
    words = [Word(word, (at / 40, 0.1, 0.02, 0.01)) for at, word in enumerate(text.split())]
    opens_as(monkeypatch, words=words)
    upload = picture(colour=colour, said=str(ticket.uid))
    item = taking.add_file(ticket_id=ticket.pk, by=ticket.claimant, kind=kind, upload=upload)
    checking.check_from_outbox(key="", item_uid=str(item.uid))
    return EvidenceItem.objects.get(pk=item.pk)


def found(text):
    return found_by(desk_of(), text)


def test_a_request_is_found_by_a_name_in_its_agreement(monkeypatch):
    charger = place_charger()
    ticket = asked(charger, items=())
    assert Pin.objects.filter(charger=charger).exists()
    send(ticket, monkeypatch, SAID)

    for text in ("Selgersen", "ase selgers", "Kjøper-Østby", "exempelgata 12b", "Kjøpekontrakt"):
        assert found(text) == [ticket.request_code], text
    for text in (PIN, "01010750160", "50160", "12345678903", "22334455", "A1B2C3"):
        assert found(text) == [], text
    kept = TicketWords.objects.get(ticket=ticket).documents
    assert "selgersen" in kept and "mellom Åse" not in kept
    assert not [word for word in kept.split() if sum(map(str.isdigit, word)) > 3]


def test_what_was_erased_is_found_no_more(monkeypatch):
    ticket = asked(place_charger(), items=())
    one = send(ticket, monkeypatch, "Selgersen Kontraktsen")
    send(ticket, monkeypatch, "Husleiersen", kind="lease", colour="red")
    keeping.erase(EvidenceItem.objects.filter(pk=one.pk), at=clock.now())

    assert found("Selgersen") == []
    assert found("Husleiersen") == [ticket.request_code]


def test_a_photo_of_the_station_is_not_looked_through_for_words(monkeypatch):
    ticket = asked(place_charger(), items=())
    item = send(ticket, monkeypatch, "Wandladestation", kind="label")

    assert findings.read(item).pages[1].words
    assert found("Wandladestation") == []
