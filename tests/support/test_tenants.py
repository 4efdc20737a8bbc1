"""Use without ownership: the landlord's yes, the tenant's page, and the end of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from chargers.models import Charger, OwnerState, Tenure
from records import clock
from support.machine import State
from support.models import Answer, Notice
from support.rules import Outcome
from support.services import answers, due, uses
from tests.factories import accept, add, asked, make_person, own, place_charger, reload
from tests.support.public_world import (
    at_browser,
    fill,
    link_to,
    opened,
    text,
    type_code,
    url,
)

pytestmark = pytest.mark.django_db


def rent(charger, days=300, **claim):
    """A tenant asks, and the desk has accepted label and lease."""
    until = (clock.now() + timedelta(days=days)).date()
    claim = {"renting": True, "outcome": Outcome.USE, "use_until_date": until} | claim
    ticket = asked(charger, items=("label", "lease"), **claim)
    accept(ticket, "label")
    accept(ticket, "lease", ends_date=until)
    return ticket


def agree(ticket, owner, **said):
    said = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"} | said
    return answers.answer(
        charger_id=ticket.charger_id,
        party=owner,
        kind="named",
        code_proved=True,
        for_use=True,
        **said,
    )


def told(kind):
    return Notice.objects.filter(kind=kind)


@pytest.fixture
def home():
    charger = place_charger(pin="0Q7F21AB")
    return charger, own(charger)


class TestLandlordsAnswer:
    def test_the_mail_and_the_page_say_use_and_not_a_new_owner(self, home, run_outbox, mailoutbox):
        charger, owner = home
        ticket = rent(charger)
        run_outbox()
        (sent,) = [m for m in mailoutbox if m.to == [owner.email]]
        words = " ".join(sent.body.split())
        assert "rent the home from you" in words and "would stay yours" in words
        assert "put in their name" not in words and ticket.claimant_name not in words

        page = text(opened(link_to(charger, owner)).get(url("answer", link_to(charger, owner).uid)))
        assert "May your tenant use the charger?" in page
        assert "Yes, my tenant may use it" in page

    def test_the_yes_goes_by_code_and_names_the_last_day(self, home):
        charger, owner = home
        ticket = rent(charger)
        link = link_to(charger, owner)
        client = opened(link)
        said = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"}
        fill(client, url("answer", link.uid), answer="tenant", **said)
        confirm = type_code(client, link)
        page = text(client.get(confirm.url))
        assert "Your tenant may use this charger?" in page
        assert "stays yours" in page and f"{ticket.use_until_date.year} at the latest" in page
        assert "cannot be undone" not in page

        done = fill(client, confirm.url)
        assert "The charger stays yours" in text(client.get(done.url))
        given = Answer.objects.get()
        assert (given.kind, given.for_use, given.ticket) == ("named", True, ticket)
        ticket = reload(ticket)
        assert (ticket.state, ticket.tenure.role) == (State.COMPLETED, "charging_user")
        assert Charger.objects.get(pk=charger.pk).owner(clock.now()) == owner

    def test_a_tenants_yes_never_gives_the_charger_away(self, home):
        charger, owner = home
        buyer = asked(charger)
        accept(buyer, "label")

        with pytest.raises(ValidationError, match="no open request with this code"):
            agree(buyer, owner)
        assert reload(buyer).state != State.COMPLETED
        assert Charger.objects.get(pk=charger.pk).owner_state == OwnerState.KNOWN

    @pytest.mark.parametrize("missing", ["request_code", "surname"])
    def test_a_yes_names_the_tenant(self, home, missing):
        charger, owner = home
        ticket = rent(charger)
        link = link_to(charger, owner)
        said = {"request_code": ticket.request_code, "surname": "Nyinnflyttet"} | {missing: ""}
        response = fill(opened(link), url("answer", link.uid), answer="tenant", **said)

        assert response.status_code == 422
        assert "of your tenant." in text(response)

    def test_without_a_tenant_the_page_asks_what_it_always_asked(self, home):
        charger, owner = home
        asked(charger)
        link = link_to(charger, owner)
        page = text(opened(link).get(url("answer", link.uid)))
        assert "Is the charger still yours?" in page and "my tenant" not in page

    def test_where_both_are_asked_for_the_page_has_both_answers(self, home):
        charger, owner = home
        rent(charger)
        asked(charger, claimant=make_person(name="Bo Kjøper"))
        link = link_to(charger, owner)
        page = text(opened(link).get(url("answer", link.uid)))
        assert "Is the charger still yours?" in page
        assert "Yes, my tenant may use it" in page and "it is no longer mine" in page

    @pytest.mark.parametrize("surname", ["Nyinnflyttet", "Helt Annen"])
    def test_who_has_left_gives_no_tenant_the_use(self, home, surname):
        charger, owner = home
        ticket = rent(charger)
        before = reload(ticket).state
        link = link_to(charger, owner)
        client = opened(link)
        said = {"request_code": ticket.request_code, "surname": surname}
        fill(client, url("answer", link.uid), answer="no_longer", **said)
        confirm = type_code(client, link)

        response = fill(client, confirm.url)

        assert response.status_code == 422
        assert "the code of a tenant" in text(response)
        assert not Answer.objects.exists()
        assert reload(ticket).state == before
        assert Charger.objects.get(pk=charger.pk).owner_state == OwnerState.KNOWN
        assert not Tenure.objects.filter(role="charging_user").exists()

    def test_a_no_stops_it_without_a_code(self, home):
        charger, owner = home
        ticket = rent(charger)
        link = link_to(charger, owner)
        fill(opened(link), url("answer", link.uid), answer="still_mine")
        assert reload(ticket).state in (State.DISPUTED, State.IN_REVIEW)
        assert not Tenure.objects.filter(role="charging_user").exists()

    def test_no_lease_no_use(self, home):
        charger, owner = home
        until = (clock.now() + timedelta(days=300)).date()
        claim = {"renting": True, "outcome": Outcome.USE, "use_until_date": until}
        ticket = asked(charger, **claim)
        accept(ticket, "label")
        agree(ticket, owner)
        assert reload(ticket).state != State.COMPLETED
        add(ticket, "lease")
        accept(ticket, "lease", ends_date=until)
        assert reload(ticket).state == State.COMPLETED


class TestUse:
    @pytest.fixture
    def used(self, home):
        charger, owner = home
        ticket = rent(charger)
        agree(ticket, owner)
        return charger, owner, reload(ticket)

    def test_both_are_told_that_it_began_and_the_tenant_sees_no_pin(self, used):
        charger, owner, ticket = used
        assert told("use_given").get().person == ticket.claimant
        assert told("use_began").get().person == owner
        client = at_browser(ticket.claimant, proved=False)
        page = text(client.get(ticket.get_absolute_url()))
        assert f"You may use the charger until {ticket.use_until_date.day} " in page
        assert "See the PIN" not in text(
            client.get(reverse("chargers:settings", args=[charger.uid]))
        )
        assert client.post(reverse("chargers:reveal", args=[charger.uid])).status_code == 403

    def test_an_earlier_lease_is_the_last_day_that_is_told(self, home):
        charger, owner = home
        until = (clock.now() + timedelta(days=300)).date()
        claim = {"renting": True, "outcome": Outcome.USE, "use_until_date": until}
        ticket = asked(charger, items=("label", "lease"), **claim)
        accept(ticket, "label")
        early = until - timedelta(days=100)
        accept(ticket, "lease", ends_date=early)
        agree(ticket, owner)
        ticket = reload(ticket)
        assert uses.last_day(ticket) == early
        page = text(at_browser(ticket.claimant, proved=False).get(ticket.get_absolute_url()))
        assert f"until {early.day} " in page

    def test_the_tenant_is_told_before_and_both_when_it_is_over(self, used, pass_time):
        charger, _owner, ticket = used
        pass_time(days=280)
        due.run()
        assert not told("use_ends_soon").exists()
        pass_time(days=8)
        due.run()
        due.run()
        assert told("use_ends_soon").get().person == ticket.claimant
        assert not told("use_ended").exists()
        pass_time(days=14)
        due.run()
        due.run()
        assert (told("use_ended").count(), told("use_over").count()) == (1, 1)
        assert not Charger.objects.visible_to(ticket.claimant, clock.now()).exists()
        client = at_browser(ticket.claimant, proved=False)
        page = text(client.get(ticket.get_absolute_url()))
        assert "Your use of the charger has ended" in page and "with a new lease" in page

    def test_a_short_lease_is_not_told_of_before(self, home, pass_time):
        charger, owner = home
        ticket = rent(charger, days=10)
        agree(ticket, owner)
        pass_time(days=5)
        due.run()
        assert not told("use_ends_soon").exists()
        pass_time(days=7)
        due.run()
        assert told("use_ended").count() == 1

    def test_the_owner_ends_it_early_from_the_settings(self, used, pass_time):
        charger, owner, ticket = used
        client = at_browser(owner, proved=False)
        page = url("use", ticket.tenure.uid)
        assert page in text(client.get(reverse("chargers:settings", args=[charger.uid])))
        shown = text(client.get(page))
        assert ticket.claimant_name not in shown and ticket.claimant.email not in shown
        assert fill(client, page).status_code == 302

        assert told("use_ended").get().data == {"early": True}
        assert not Charger.objects.visible_to(ticket.claimant, clock.now()).exists()
        assert client.get(page).status_code == 404
        assert page not in text(client.get(reverse("chargers:settings", args=[charger.uid])))
        pass_time(days=400)
        due.run()
        assert told("use_ended").count() == 1 and not told("use_over").exists()

    def test_it_can_be_ended_under_a_freeze(self, used):
        charger, owner, ticket = used
        charger.holds.create(kind="freeze", placed_at=clock.now())
        uses.end_early(tenure_uid=str(ticket.tenure.uid), by=owner)
        assert Tenure.objects.get(pk=ticket.tenure_id).ends_at <= clock.now()

    def test_only_the_owner_has_this_page(self, used):
        _charger, _owner, ticket = used
        page = url("use", ticket.tenure.uid)
        for person in (ticket.claimant, make_person()):
            client = at_browser(person, proved=False)
            assert client.get(page).status_code == 404
            assert client.post(page).status_code == 404
        with pytest.raises(PermissionDenied):
            uses.end_early(tenure_uid=str(ticket.tenure.uid), by=ticket.claimant)
        assert Tenure.objects.get(pk=ticket.tenure_id).ends_at > clock.now()

    def test_a_users_tenure_from_the_registry_is_not_the_owners_to_end_here(self, home):
        charger, owner = home
        tenure = Tenure.objects.create(
            role="charging_user",
            charger=charger,
            person=make_person(),
            starts_at=clock.now(),
            source="import",
        )
        client = at_browser(owner, proved=False)
        assert client.get(url("use", tenure.uid)).status_code == 404
