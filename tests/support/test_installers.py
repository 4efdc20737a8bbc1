"""The portal of registered firms: words on many requests at once, customers, the end of access."""

import re

import pytest
from django.urls import reverse

from accounts.models import FirmMember, InstallerFirm, User
from chargers.models import Charger, OwnerState, Tenure
from chargers.permissions import right_of
from chargers.services import tenures
from records import clock
from records.models import Event
from support.machine import State
from support.models import FirmAnswer, Link, NamedCustomer, Notice
from support.rules import Class
from support.services import answers, firms, tickets
from support.services.classes import classes_of
from support.services.dossiers import read
from tests.factories import (
    accept,
    ago,
    asked,
    make_person,
    name_claimant,
    own,
    place_charger,
    reload,
)
from tests.support.public_world import NAME, at_browser, fill, key_of, text, url

pytestmark = pytest.mark.django_db


def make_firm(name="Volt AS", **fields):
    given = {"email": f"post@{name.split()[0].lower()}.example", "registered_at": ago(days=300)}
    return InstallerFirm.objects.create(name=name, lookup_key=name.casefold(), **given | fields)


def serve(firm, place, **fields):
    on = {"charger": place} if isinstance(place, Charger) else {"installation": place}
    given = {"starts_at": ago(days=100), "source": "import"} | fields
    return Tenure.objects.create(role="service_access", firm=firm, **on, **given)


def join(firm, person=None, *, proved=False):
    person = person or make_person(name="Per Montør")
    FirmMember.objects.create(firm=firm, user=person, starts_at=ago(days=50))
    return person


@pytest.fixture
def firm():
    return make_firm()


@pytest.fixture
def member(firm):
    return join(firm)


@pytest.fixture
def client(member):
    return at_browser(member, proved=False)


def ask_firm(firm, count=1, **claim):
    """Let so many residents ask for chargers that this firm serves."""
    found = []
    for _ in range(count):
        charger = place_charger()
        serve(firm, charger)
        found.append(asked(charger, only_installer=True, installer_name=firm.name, **claim))
    return found


def names(ticket):
    uid = Link.objects.get(ticket=ticket, purpose="firm").uid.hex
    return f"answer-{uid}", f"name-{uid}"


def say(ticket, word, name=""):
    return dict(zip(names(ticket), (word, name), strict=True))


def send(client, **words):
    """Go the way of the pages: the list, the look-through, and the one button."""
    page = client.post(url("installer-check"), words)
    assert page.status_code == 200, text(page)
    kept = dict(re.findall(r'name="((?:answer|name)-\w+)" value="([^"]*)"', text(page)))
    return client.post(url("installer-send"), {"form_key": key_of(page)} | kept)


class TestDoors:
    PAGES = ("installer", "installer-requests", "installer-sent")

    @pytest.mark.parametrize("page", PAGES)
    def test_for_people_of_a_registered_firm_only(self, firm, client, page):
        assert client.get(url(page)).status_code == 200
        stranger = at_browser(make_person(), proved=False)
        assert stranger.get(url(page)).status_code == 404
        assert at_browser(None).get(url(page)).status_code == 302
        InstallerFirm.objects.update(registered_at=None)
        assert client.get(url(page)).status_code == 404

    def test_who_left_the_firm_is_out_at_once(self, client):
        FirmMember.objects.update(ends_at=clock.now())
        assert client.get(url("installer")).status_code == 404

    def test_the_menu_shows_it_to_them_alone(self, client):
        assert url("installer") in text(client.get(reverse("chargers:mine")))
        stranger = at_browser(make_person(), proved=False)
        assert url("installer") not in text(stranger.get(reverse("chargers:mine")))

    def test_another_firms_requests_are_not_there(self, client):
        other = make_firm("Ampere AS")
        (ticket,) = ask_firm(other)
        link = Link.objects.get(ticket=ticket, purpose="firm")

        assert ticket.reference not in text(client.get(url("installer-requests")))
        assert client.get(url("installer-request", link.uid)).status_code == 404
        response = client.post(url("installer-send"), {"form_key": "a" * 32, **say(ticket, "yes")})
        assert response.status_code == 422
        assert not FirmAnswer.objects.exists()


class TestBulkAnswers:
    def test_eleven_are_answered_with_one_button(self, firm, client):
        tickets_ = ask_firm(firm, 11)
        page = text(client.get(url("installer-requests")))
        assert all(ticket.reference in page for ticket in tickets_)
        assert NAME not in page and tickets_[0].claimant.email not in page
        assert tickets_[0].request_code not in page

        words = {}
        for ticket in tickets_[:9]:
            words |= say(ticket, "yes", ticket.claimant_name)
        words |= say(tickets_[9], "no")
        response = send(client, **words)

        assert response.url == url("installer-sent")
        told = text(client.get(response.url))
        assert told.count("taken</span>") == 10
        assert FirmAnswer.objects.filter(installed_here=True, names_claimant=True).count() == 9
        assert FirmAnswer.objects.filter(installed_here=False).count() == 1
        waiting = text(client.get(url("installer-requests")))
        assert tickets_[10].reference in waiting
        assert "1 request waits" in text(client.get(url("installer")))

    def test_the_preview_shows_each_and_changes_nothing(self, firm, client):
        (ticket,) = ask_firm(firm)
        page = client.post(url("installer-check"), say(ticket, "yes", "Nina Nyinnflyttet"))

        assert "Send 1 answer" in text(page)
        assert "Nina Nyinnflyttet" in text(page) and ticket.reference in text(page)
        assert not FirmAnswer.objects.exists()
        again = client.post(
            url("installer-check"), say(ticket, "yes", "Nina Nyinnflyttet") | {"change": "1"}
        )
        assert 'value="Nina Nyinnflyttet"' in text(again)

    def test_one_that_is_refused_stops_none_of_the_others(self, firm, client):
        gone, frozen, good = ask_firm(firm, 3)
        words = say(gone, "yes") | say(frozen, "yes") | say(good, "yes")
        page = client.post(url("installer-check"), words)
        frozen.charger.holds.create(kind="freeze", placed_at=clock.now())
        kept = dict(re.findall(r'name="((?:answer|name)-\w+)" value="([^"]*)"', text(page)))
        response = client.post(url("installer-send"), {"form_key": key_of(page)} | kept)

        told = text(client.get(response.url))
        assert told.count("not taken") == 1
        assert "being looked into" in told
        assert set(FirmAnswer.objects.values_list("ticket_id", flat=True)) == {gone.pk, good.pk}

    def test_a_request_closed_meanwhile_is_no_longer_asked(self, firm, client):
        first, second = ask_firm(firm, 2)
        tickets.withdraw(ticket_id=first.pk, by=first.claimant)
        response = client.post(
            url("installer-send"),
            {"form_key": "b" * 32} | say(first, "yes") | say(second, "no"),
        )

        assert response.status_code == 302
        assert FirmAnswer.objects.get().ticket_id == second.pk

    def test_sent_twice_it_is_done_once(self, firm, client):
        (ticket,) = ask_firm(firm)
        sent = {"form_key": "c" * 32} | say(ticket, "yes")
        first, second = (client.post(url("installer-send"), sent) for _ in range(2))

        assert first.url == second.url
        assert FirmAnswer.objects.count() == 1

    def test_an_old_sign_in_is_asked_for_a_code_and_the_words_go_along(self, firm, member):
        (ticket,) = ask_firm(firm)
        client = at_browser(member, proved=False)
        session = client.session
        session["authenticated_at"] -= 3600
        session.save()
        sent = {"form_key": "d" * 32} | say(ticket, "yes", "Nina")
        response = client.post(url("installer-send"), sent)

        assert response.status_code == 403
        assert 'value="Nina"' in text(response)
        assert not FirmAnswer.objects.exists()

    @pytest.mark.parametrize(
        ("word", "name", "says"),
        [
            ("", "", "Choose yes or no for one request at least"),
            ("", "Nina", "choose yes or no as well"),
            ("perhaps", "", "Choose yes or no."),
            ("yes", "N" * 201, "200"),
        ],
    )
    def test_what_is_wrong_is_said_and_kept(self, firm, client, word, name, says):
        (ticket,) = ask_firm(firm)
        response = client.post(url("installer-check"), say(ticket, word, name))

        assert response.status_code == 422
        assert says in text(response)

    def test_an_answer_is_changed_on_the_page_of_the_mail(self, firm, client):
        (ticket,) = ask_firm(firm)
        send(client, **say(ticket, "no"))
        link = Link.objects.get(ticket=ticket, purpose="firm")
        assert "You said no" in text(client.get(url("installer-requests")))

        opened = client.get(url("installer-request", link.uid))
        assert opened.url == url("firm-answer", link.uid)
        assert "Your answer so far: no" in text(client.get(opened.url))

    def test_a_member_who_asks_for_the_charger_cannot_vouch_for_themself(self, firm, member):
        charger = place_charger()
        serve(firm, charger)
        ticket = asked(charger, claimant=member, only_installer=True, installer_name="Volt AS")
        client = at_browser(member, proved=False)

        assert ticket.reference not in text(client.get(url("installer-requests")))
        with pytest.raises(Exception, match="your own request"):
            answers.firm_answer(ticket_id=ticket.pk, firm=firm, by=member, installed_here=True)


class TestPortal:
    def test_it_lists_where_the_firm_has_access_and_finds_by_serial_and_address(self, firm, client):
        here, there, elsewhere = (place_charger() for _ in range(3))
        there.installation.street = "Fjordgata"
        there.installation.save()
        serve(firm, here)
        serve(firm, there.installation)
        serve(make_firm("Ampere AS"), elsewhere)

        page = text(client.get(url("installer")))
        assert here.serial in page and there.serial in page
        assert elsewhere.serial not in page
        for words, found in ((here.serial.lower(), here), ("fjordgata 0150", there)):
            page = text(client.get(url("installer"), {"q": words}))
            assert [c.serial in page for c in (here, there)] == [found == here, found == there]
        assert "fits these words" in text(client.get(url("installer"), {"q": "nowhere"}))

    def test_many_come_page_by_page_in_few_questions(
        self, firm, client, django_assert_max_num_queries
    ):
        for _ in range(30):
            serve(firm, place_charger())
        with django_assert_max_num_queries(22):
            page = text(client.get(url("installer")))
        assert "Page 1 of 2" in page
        assert "Page 2 of 2" in text(client.get(url("installer"), {"page": "2"}))
        assert client.get(url("installer"), {"page": "-5", "q": "%"}).status_code == 200

    def test_access_that_a_hand_over_ended_is_shown_as_ended(self, firm, client):
        first, second = place_charger(), None
        second = place_charger(installation=first.installation)
        serve(firm, first.installation)
        owner = own(first)
        ticket = asked(first)
        name_claimant(ticket, owner)
        accept(ticket, "label")
        assert reload(ticket).state == State.COMPLETED

        page = text(client.get(url("installer")))
        assert page.count("handed over") == 1
        assert right_of(second, FirmMember.objects.get().user, clock.now())


class TestCustomer:
    TO = {"customer_name": NAME, "customer_email": "Nina@Example.com"}

    @pytest.fixture
    def charger(self, firm):
        charger = place_charger()
        Charger.objects.filter(pk=charger.pk).update(owner_state=OwnerState.NONE)
        serve(firm, charger)
        return Charger.objects.get(pk=charger.pk)

    def ask(self, charger, **claim):
        person = make_person(email="nina@example.com", name="")
        return asked(charger, claimant=person, **claim)

    def name(self, client, charger, **fields):
        return fill(client, url("installer-customer", charger.uid), **self.TO | fields)

    def test_the_customer_is_written_to_and_gets_the_charger(
        self, firm, client, charger, run_outbox, mailoutbox
    ):
        assert self.name(client, charger).url == url("installer")
        run_outbox()
        (sent,) = [m for m in mailoutbox if m.to == ["nina@example.com"]]
        assert url("new") in sent.body
        assert firm.name not in sent.body and charger.installation.street not in sent.body
        assert "You named the customer" in text(client.get(url("installer")))

        ticket = asked(charger, claimant=User.objects.by_email("nina@example.com"))
        said = FirmAnswer.objects.get()
        assert (said.installed_here, said.names_claimant, said.firm) == (True, True, firm)
        assert not Notice.objects.filter(kind="firm_asked").exists()
        accept(ticket, "label")
        counted = classes_of(read(reload(ticket), clock.now()))
        assert {Class.INSTALLER, Class.FIRST_CUSTOMER, Class.PRESENCE, Class.RECORD} <= counted

    def test_its_access_ends_when_the_charger_is_theirs(self, firm, member, client, charger):
        self.name(client, charger)
        assert right_of(charger, member, clock.now())

        tenures.change_owner(
            charger=Charger.objects.lock(charger.pk),
            to=make_person(),
            at=clock.now(),
            origin="ticket:x",
        )
        assert right_of(charger, member, clock.now()) is None
        assert charger.tenures.service().get().ends_at

    def test_another_surname_leaves_it_at_we_put_it_up(self, client, charger):

        self.name(client, charger, customer_name="Ola Annerledes")
        asked(charger, claimant=User.objects.by_email("nina@example.com"))

        said = FirmAnswer.objects.get()
        assert (said.installed_here, said.names_claimant) == (True, False)

    def test_it_counts_for_nobody_else_and_not_for_ever(self, client, charger, pass_time):

        self.name(client, charger)
        asked(charger)
        assert not FirmAnswer.objects.exists()
        pass_time(days=91)
        asked(charger, claimant=User.objects.by_email("nina@example.com"))
        assert not FirmAnswer.objects.exists()

    def test_it_is_replaced_and_taken_back(self, client, charger):
        self.name(client, charger)
        self.name(client, charger, customer_email="ola@example.com")
        assert NamedCustomer.objects.filter(cancelled_at=None).count() == 1
        fill_back = client.get(url("installer-customer", charger.uid))
        back = client.post(
            url("installer-take-back", charger.uid), {"form_key": key_of(fill_back)[::-1]}
        )
        assert back.url == url("installer")
        assert not NamedCustomer.objects.filter(cancelled_at=None).exists()
        kinds = Event.objects.filter(stream=charger.stream).values_list("kind", flat=True)
        assert list(kinds).count("customer_named") == 2
        assert "customer_taken_back" in kinds

    def test_the_name_that_was_typed_is_in_no_row(self, client, charger):
        self.name(client, charger, customer_name="Kanari Fugleson")
        row = NamedCustomer.objects.get()
        assert "ugleson" not in str(vars(row)).casefold()
        assert "ugleson" not in str(list(Event.objects.values())).casefold()

    def test_a_charger_that_has_an_owner_is_the_owners_to_give(self, firm, client, charger):
        own(charger)
        assert self.name(client, charger).status_code == 409
        assert not NamedCustomer.objects.exists()
        assert "Hand it over to the customer" not in text(client.get(url("installer")))

    def test_a_firm_whose_contact_is_new_names_nobody(self, client, charger):
        InstallerFirm.objects.update(contact_changed_at=ago(days=3))
        assert self.name(client, charger).status_code == 409

    def test_nothing_begins_under_a_hold(self, client, charger):
        charger.holds.create(kind="freeze", placed_at=clock.now())
        assert self.name(client, charger).status_code == 409

    def test_without_service_access_there_is_no_such_page(self, client, charger):
        Tenure.objects.update(ends_at=clock.now())
        assert client.get(url("installer-customer", charger.uid)).status_code == 404
        with pytest.raises(Exception, match="service access"):
            firms.name_customer(
                charger_id=charger.pk, by=make_person(), name="N N", email="n@example.com"
            )

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"customer_name": ""}, "as on your invoice"),
            ({"customer_email": "nina"}, "like name@example.com"),
            ({"customer_email": ""}, "customer&#x27;s e-mail"),
        ],
    )
    def test_what_is_wrong_is_said(self, client, charger, fields, says):
        response = self.name(client, charger, **fields)
        assert response.status_code == 422
        assert says in text(response)
        assert not NamedCustomer.objects.exists()

    def test_ones_own_address_is_no_customer(self, member, client, charger):
        response = self.name(client, charger, customer_email=member.email)
        assert "your own address" in text(response)


class TestEndOfAccess:
    def test_a_firm_ends_its_own_access(self, firm, member, client):
        charger = place_charger()
        tenure = serve(firm, charger.installation)
        page = url("installer-finish", tenure.uid)
        assert "Is the job done?" in text(client.get(page))
        assert fill(client, page).url == url("installer")

        assert right_of(charger, member, clock.now()) is None
        assert charger.serial not in text(client.get(url("installer")))
        assert client.get(page).status_code == 404

    def test_nobody_ends_another_firms(self, client):
        tenure = serve(make_firm("Ampere AS"), place_charger())
        page = url("installer-finish", tenure.uid)
        assert client.get(page).status_code == 404
        assert client.post(page).status_code == 404
        assert Tenure.objects.get(pk=tenure.pk).ends_at is None

    def test_that_of_a_home_ends_with_its_only_charger(self, firm, member):

        charger = place_charger()
        tenure = serve(firm, charger.installation)
        tenures.change_owner(
            charger=Charger.objects.lock(charger.pk),
            to=make_person(),
            at=clock.now(),
            origin="ticket:x",
        )
        assert Tenure.objects.get(pk=tenure.pk).ends_at
        assert not Charger.objects.visible_to(member, clock.now()).exists()
