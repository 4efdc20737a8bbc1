"""An installer firm, the receiver of an offer and a household answer from mail and letter."""

import shutil

import pytest
from django.test import Client

from accounts.models import Code, InstallerFirm
from records import clock
from support.machine import State
from support.models import FirmAnswer, Letter, Link, Ticket
from support.services import letters
from support.services.saving import save_and_record
from tests.factories import (
    accept,
    add,
    asked,
    make_person,
    make_ticket,
    own,
    place_charger,
    reload,
)
from tests.support.public_world import (
    at_browser,
    fill,
    link_to,
    opened,
    resident,
    text,
    type_code,
    url,
)

pytestmark = pytest.mark.django_db


class TestFirm:
    """A registered firm says whether it put the station up, and for whom."""

    @pytest.fixture
    def scene(self):
        charger = place_charger()
        firm = InstallerFirm.objects.create(
            name="Volt AS", lookup_key="volt", email="post@volt.example", registered_at=clock.now()
        )
        place = charger.installation
        place.firm = firm
        place.save()
        ticket = asked(charger, only_installer=True, installer_name="Volt AS")
        link = link_to(charger, firm=firm, ticket=ticket, purpose=Link.Purpose.FIRM)
        return ticket, link, opened(link)

    def test_its_page_has_the_firms_own_facts_and_nothing_of_the_claimant(self, scene):
        ticket, link, client = scene
        page = text(client.get(url("firm-answer", link.uid)))

        assert ticket.charger.serial[-3:] in page
        place = ticket.charger.installation
        assert place.city in page
        for secret in (place.street, ticket.charger.serial, "Nyinnflyttet", ticket.claimant.email):
            assert secret not in page

    def test_a_no_needs_no_code(self, scene):
        _ticket, link, client = scene
        response = fill(client, url("firm-answer", link.uid), installed_here="no")

        assert response.url == url("firm-done", link.uid)
        assert FirmAnswer.objects.get().installed_here is False
        assert not Code.objects.exists()

    def test_a_yes_needs_the_code_to_the_registered_address(self, scene):
        ticket, link, client = scene
        name = ticket.claimant_name.upper()
        response = fill(
            client, url("firm-answer", link.uid), installed_here="yes", customer_name=name
        )
        assert response.url == url("firm-code", link.uid)
        assert Code.objects.get().email == "post@volt.example"
        assert not FirmAnswer.objects.exists()
        wrong = client.post(response.url, {"digits": "1"})
        assert wrong.status_code == 422

        confirm = type_code(client, link, "firm-code")
        assert confirm.url == url("firm-confirm", link.uid)
        assert name in text(client.get(confirm.url))
        assert fill(client, confirm.url).url == url("firm-done", link.uid)
        said = FirmAnswer.objects.get()
        assert (said.installed_here, said.names_claimant, said.by) == (True, True, None)
        assert "Your answer so far: yes" in text(client.get(url("firm-answer", link.uid)))

    def test_nothing_chosen_is_said(self, scene):
        _ticket, link, client = scene
        response = fill(client, url("firm-answer", link.uid), customer_name="Nina")

        assert response.status_code == 422
        assert "Choose yes or no" in text(response)
        assert 'value="Nina"' in text(response)

    def test_a_closed_request_and_a_firm_without_address_are_pages(self, scene):
        ticket, link, client = scene
        InstallerFirm.objects.update(email="")
        yes = fill(client, url("firm-answer", link.uid), installed_here="yes")
        assert yes.status_code == 403
        ticket = Ticket.objects.lock(ticket.pk)
        ticket.withdraw(at=clock.now())
        save_and_record(ticket, "withdrawn", at=clock.now(), by=ticket.claimant)
        no = fill(client, url("firm-answer", link.uid), installed_here="no")
        assert no.status_code == 409


class TestOffer:
    """An owner hands a charger over to a named person."""

    TO = {"to_name": "Nina Nyinnflyttet", "to_email": "Nina@Example.com", "when": "now"}

    @pytest.fixture
    def scene(self):
        charger = place_charger()
        owner = own(charger)
        return charger, owner, at_browser(owner, proved=False)

    def offer(self, scene, **fields):
        charger, _owner, client = scene
        return fill(client, url("offer-new", charger.uid), **(self.TO | fields))

    def test_it_is_offered_accepted_shown_and_handed_over(self, scene):
        charger, owner, client = scene
        response = self.offer(scene)
        ticket = Ticket.objects.get()
        assert response.url == url("offer-own", ticket.request_code)
        assert ticket.state == State.OFFERED
        assert "Nina Nyinnflyttet" in text(client.get(response.url))
        assert "Not accepted yet" in text(client.get(url("offers")))

        link = Link.objects.get(purpose=Link.Purpose.OFFER)
        receiver = opened(link)
        page = text(receiver.get(url("offer", link.uid)))
        assert owner.name not in page and owner.email not in page
        assert charger.installation.street not in page
        code = fill(receiver, url("offer", link.uid))
        assert code.url == url("offer-code", link.uid)
        assert Code.objects.get().email == "nina@example.com"
        confirm = type_code(receiver, link, "offer-code")
        assert confirm.url == url("offer-confirm", link.uid)
        done = fill(receiver, confirm.url)
        assert done.url == ticket.get_absolute_url()
        assert reload(ticket).state == State.COLLECTING
        assert "It is your turn" in text(receiver.get(done.url))
        assert "Accepted, being checked" in text(client.get(url("offers")))

        add(ticket, "label")
        accept(ticket, "label")
        assert reload(ticket).state == State.COMPLETED
        assert "Handed over" in text(client.get(url("offer-own", ticket.request_code)))

    def test_it_can_be_cancelled_until_it_is_done(self, scene):
        _charger, _owner, client = scene
        self.offer(scene, when="date", take_over_date="2031-05-31")
        ticket = Ticket.objects.get()
        assert str(ticket.take_over_date) == "2031-05-31"
        page = client.get(url("offer-own", ticket.request_code))
        assert "31 May 2031" in text(page)
        response = client.post(url("offer-cancel", ticket.request_code))

        assert response.status_code == 302
        assert reload(ticket).state == State.WITHDRAWN
        link = Link.objects.get(purpose=Link.Purpose.OFFER)
        receiver = opened(link)
        assert "This offer is closed" in text(receiver.get(url("offer", link.uid)))
        assert client.post(url("offer-cancel", ticket.request_code)).status_code == 409

    def test_the_receiver_can_say_no_without_a_code(self, scene):
        self.offer(scene)
        link = Link.objects.get(purpose=Link.Purpose.OFFER)
        receiver = opened(link)
        response = receiver.post(url("offer-decline", link.uid))

        assert response.url == url("offer", link.uid)
        assert Ticket.objects.get().state == State.WITHDRAWN
        assert "This offer is closed" in text(receiver.get(response.url))

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"to_name": ""}, "new owner&#x27;s name"),
            ({"to_email": "nobody"}, "like name@example.com"),
            ({"when": ""}, "Choose when"),
            ({"when": "date"}, "day on which they take over"),
            ({"when": "date", "take_over_date": "2001-01-01"}, "future"),
            ({"when": "date", "take_over_date": "soon"}, "like 2027-05-31"),
        ],
    )
    def test_what_is_wrong_is_said(self, scene, fields, words):
        response = self.offer(scene, **fields)

        assert response.status_code == 422
        assert words in text(response)
        assert not Ticket.objects.exists()

    def test_only_the_owner_offers_and_only_their_own_are_seen(self, scene):
        charger, _owner, _client = scene
        assert resident().get(url("offer-new", charger.uid)).status_code == 404
        assert at_browser(None).get(url("offer-new", charger.uid)).status_code == 302
        self.offer(scene)
        code = Ticket.objects.get().request_code
        for name in ("offer-own", "offer-cancel"):
            assert resident().post(url(name, code)).status_code in (404, 405)
        assert resident().get(url("offer-own", code)).status_code == 404


class TestStop:
    """Whoever really lives there stops it with the code of the letter."""

    @pytest.fixture(autouse=True)
    def _folder(self, settings, tmp_path):
        settings.LETTERS_DIR = str(tmp_path)
        yield
        shutil.rmtree(tmp_path, ignore_errors=True)

    def letter(self):
        ticket = make_ticket(State.COLLECTING)
        letter = letters.send(ticket=ticket, to="household", at=clock.now())
        Letter.objects.filter(pk=letter.pk).update(printed_at=clock.now())
        return ticket, letter

    def test_the_right_code_stops(self):
        ticket, letter = self.letter()
        client = Client()
        response = fill_plain(client, letters.stop_code_of(letter).lower())

        assert response.url == url("stopped")
        assert "It is stopped" in text(client.get(response.url))
        assert reload(ticket).state == State.DISPUTED
        assert fill_plain(client, letters.stop_code_of(letter)).url == url("stopped")

    def test_a_wrong_code_says_so_and_five_are_the_most(self):
        ticket, letter = self.letter()
        client = Client()
        for _ in range(5):
            response = fill_plain(client, "WRONG-WRONG")
            assert response.status_code == 422
            assert "No letter of ours has this code" in text(response)
        last = fill_plain(client, letters.stop_code_of(letter))

        assert last.status_code == 422
        assert "wrong five times" in text(last)
        assert reload(ticket).state == State.COLLECTING

    def test_the_letter_code_helps_its_claimant_only(self):
        ticket, letter = self.letter()
        client = at_browser(ticket.claimant, proved=False)
        response = client.post(
            url("letter-code", ticket.request_code), {"code": letters.code_of(letter)}
        )

        assert response.url == ticket.get_absolute_url()
        assert Letter.objects.get().entered_at
        other = at_browser(make_person(), proved=False)
        assert other.post(url("letter-code", ticket.request_code), {"code": "x"}).status_code == 404

    def test_five_wrong_letter_codes_end_the_letter_though_the_page_is_rolled_back(self):
        ticket, letter = self.letter()
        client = at_browser(ticket.claimant, proved=False)
        address = url("letter-code", ticket.request_code)
        for number in range(5):
            fields = {"form_key": f"{number}" * 32, "code": "WRONG-234"}
            assert client.post(address, fields).status_code == 422
        right = client.post(address, {"code": letters.code_of(letter)})

        assert right.status_code == 422
        assert Letter.objects.get().tries == 5


def fill_plain(client, code: str):
    return client.post(url("stop"), {"stop_code": code})


def test_links_to_nothing_are_not_served():
    assert Client().get("/offer/nothing/").status_code == 404
    assert Client().get("/evidence/1/").status_code == 404
