"""Several people at one desk: who is where, whose a ticket is, several tickets at once, finding."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import Role
from chargers.services import decoys
from records import clock
from records.models import Access, Event
from support.machine import State
from support.models import Message, Presence, Ticket
from support.services import assigning, desk, presence, search
from tests.factories import (
    asked,
    make_agent,
    make_person,
    make_senior,
    make_ticket,
    own,
    place_charger,
    reload,
)
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db


def here(client, ticket, **query) -> dict:
    answer = client.get(reverse("support:desk-ticket-here", args=[ticket.request_code]), query)
    assert answer.status_code == 200
    return answer.json()


def test_each_sees_who_else_has_the_ticket_open_and_who_writes():
    ticket, anna, ben = make_ticket(State.IN_REVIEW), desk_of(), desk_of()
    assert here(anna, ticket)["here"] == []
    assert here(ben, ticket, writing="")["here"] == [{"name": str(anna.person), "writes": False}]
    assert here(anna, ticket)["here"] == [{"name": str(ben.person), "writes": True}]
    listed = anna.get(reverse("support:desk-here")).json()["here"]
    assert listed == {ticket.request_code: [str(ben.person)]}
    here(ben, ticket, leaving="")
    assert here(anna, ticket)["here"] == []


def test_who_is_not_heard_of_is_gone_and_no_event_tells_of_it():
    ticket, anna, ben = make_ticket(State.IN_REVIEW), desk_of(), desk_of()
    events, version = Event.objects.count(), ticket.version
    here(ben, ticket)
    Presence.objects.update(seen_at=clock.now() - presence.GONE)
    assert here(anna, ticket)["here"] == []
    assert (Event.objects.count(), reload(ticket).version) == (events, version)


def test_a_page_that_asks_by_itself_keeps_no_session_alive():
    ticket, anna = make_ticket(State.IN_REVIEW), desk_of()
    session = anna.session
    session["seen_at"] -= 120
    session.save()
    before = anna.session["seen_at"]
    url = reverse("support:desk-ticket-here", args=[ticket.request_code])
    anna.get(url, headers={"X-Quiet": "1"})
    assert anna.session["seen_at"] == before
    anna.get(reverse("support:desk"))
    assert anna.session["seen_at"] > before


def test_what_is_drawn_and_left_alone_goes_back(later):
    ticket, anna, ben = make_ticket(State.IN_REVIEW), make_agent(), make_agent()
    assert desk.take(by=anna) == ticket
    assert desk.take(by=ben) is None
    later(minutes=29)
    assert reload(ticket).assigned_to == anna
    later(minutes=2)
    assert reload(ticket).assigned_to is None
    assert desk.take(by=ben) == ticket


def test_what_was_worked_on_stays_theirs(later):
    ticket, anna = make_ticket(State.IN_REVIEW), make_agent()
    desk.take(by=anna)
    desk.write(ticket_id=ticket.pk, by=anna, body="Called the seller.", internal=True)
    later(hours=5)
    assert reload(ticket).assigned_to == anna


def test_a_page_that_is_open_keeps_its_reservation(later):
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    desk.take(by=client.person)
    later(minutes=20)
    here(client, ticket)
    later(minutes=20)
    assert reload(ticket).assigned_to == client.person


def test_the_next_ticket_is_another_one():
    first, second, anna = make_ticket(State.IN_REVIEW), make_ticket(State.IN_REVIEW), make_agent()
    drawn = desk.take(by=anna)
    assert desk.take(by=anna) == drawn
    assert {drawn, desk.take(by=anna, but=drawn.request_code)} == {first, second}


def test_what_is_put_aside_is_not_drawn_until_its_day_or_news(later):
    ticket, anna = make_ticket(State.IN_REVIEW), make_agent()
    until = clock.now() + timedelta(days=3)
    assigning.snooze(ticket_id=ticket.pk, by=anna, until_at=until)
    assert desk.take(by=anna) is None
    desk.write(ticket_id=ticket.pk, by=ticket.claimant, body="Here is more.")
    assert reload(ticket).snoozed_until is None
    assigning.snooze(ticket_id=ticket.pk, by=anna, until_at=None)
    later(days=15)
    assert desk.take(by=anna) == ticket


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_a_ticket_is_put_aside_for_sixty_days_at_most(days):
    ticket, until = make_ticket(State.IN_REVIEW), clock.now() + timedelta(days=days)
    with pytest.raises(ValidationError):
        assigning.snooze(ticket_id=ticket.pk, by=make_agent(), until_at=until)


def test_a_senior_gives_tickets_out_without_a_flag_and_never_to_a_party():
    ticket, senior, anna = make_ticket(State.IN_REVIEW), make_senior(), make_agent()
    assigning.assign(ticket_id=ticket.pk, to=anna, by=senior)
    assert reload(ticket).assigned_to == anna
    assert not reload(ticket).picked_by_hand
    own(ticket.charger, anna)
    other = make_ticket(State.IN_REVIEW, charger=ticket.charger)
    for to, by in ((anna, senior), (make_agent(), anna), (senior, senior)):
        with pytest.raises(PermissionDenied):
            assigning.assign(ticket_id=other.pk, to=to, by=by)


def bulk(client, act: str, tickets: list[Ticket], **fields):
    codes = [ticket.request_code for ticket in tickets]
    return client.post(reverse("support:desk-bulk"), {"act": act, "code": codes, **fields})


def test_several_are_given_out_after_a_look_at_what_will_happen():
    senior, anna = desk_of(Role.SENIOR), make_agent()
    fine, closed = make_ticket(State.IN_REVIEW), make_ticket(State.REJECTED)
    shown = bulk(senior, "assign", [fine, closed], to=anna.uid, preview="1")
    assert [(o.code, o.fine) for o in shown.context["outcomes"]] == [
        (fine.request_code, True),
        (closed.request_code, False),
    ]
    assert reload(fine).assigned_to is None
    done = bulk(senior, "assign", [fine, closed], to=anna.uid, do="1")
    html = senior.get(done["Location"]).content.decode()
    assert "Not done:" in html and "With" in html
    assert reload(fine).assigned_to == anna


def test_several_claimants_are_written_to_each_with_their_own_facts():
    client = desk_of()
    charger = place_charger()
    own(charger, make_person(name="Kari Eiersen"))
    tickets = [make_ticket(State.IN_REVIEW), make_ticket(State.IN_REVIEW, charger=charger)]
    words = "Hello {name}, about {code}: Eiersen has written."
    bulk(client, "message", tickets, body=words, do="1")
    (message,) = Message.objects.all()
    assert message.body == f"Hello Nina Nyinnflyttet, about {tickets[0].request_code}: " + (
        "Eiersen has written."
    )
    refused = bulk(client, "message", tickets, body="{owner}", preview="1")
    assert refused.status_code == 422
    assert "There is no placeholder {owner}" in refused.content.decode()


def test_those_who_look_on_do_nothing_to_several():
    for role in (Role.AUDITOR, Role.SAFETY_OFFICER):
        assert bulk(desk_of(role), "message", [make_ticket(State.IN_REVIEW)]).status_code == 403


def found(client, text: str) -> list[str]:
    answer = client.get(reverse("support:desk-search"), {"q": text})
    assert answer.status_code == 200
    return [ticket.request_code for ticket in answer.context["rows"]]


def test_a_ticket_is_found_by_whatever_is_known_of_it():
    charger = place_charger()
    own(charger, make_person(name="Bjørg Eiersen-Løk", email="bjorg@example.org"))
    claimant = make_person(name="Zoë Nymoen", email="zoe@example.net")
    ticket = asked(charger, claimant=claimant, claimant_name="Zoë Nymoen")
    make_ticket(State.IN_REVIEW)
    desk.write(ticket_id=ticket.pk, by=claimant, body="The breaker is in the Übergang cellar.")
    client = desk_of()
    place, serial = charger.installation, charger.serial
    mangled = f"{serial[:3].lower()}-{serial[3:]}".replace("0", "o")
    for text in (
        *(ticket.request_code, ticket.request_code.upper().replace("-", " "), ticket.reference),
        *(serial, mangled, "Zoe nymo", "ZOE@example.net", "Eiersen", "bjorg@example.org"),
        *(f"{place.street} {place.house_number}", "ubergang", "breaker cellar"),
    ):
        assert found(client, text) == [ticket.request_code], text
    assert found(client, "nothing-like-this") == []


@pytest.mark.parametrize("text", ["'", ":*", "a & | !", "%", "\\", "((", '"', "🔌", "x" * 500])
def test_nothing_typed_breaks_the_search(text):
    make_ticket(State.IN_REVIEW)
    assert found(desk_of(), text) == []


def test_a_number_that_may_be_a_pin_finds_nothing_and_is_not_put_on_record():
    ticket = asked(place_charger())
    desk.write(ticket_id=ticket.pk, by=ticket.claimant, body="My PIN is 4912, I think.")
    search.learn_documents(ticket_id=ticket.pk, text="Contract PIN 4912 for charger")
    client = desk_of()
    assert found(client, "4912") == []
    assert found(client, "contract charger") == [ticket.request_code]
    said = Access.objects.filter(actor=client.person, what="search").values_list("subject")
    asked_for = {search.subject_of("contract charger"), search.subject_of("…")}
    assert {subject for (subject,) in said} == asked_for
    assert not any("contract" in subject for subject in asked_for)


def test_a_list_that_is_narrowed_by_what_was_typed_is_a_search_on_record():
    client, ticket = desk_of(), make_ticket(State.IN_REVIEW)
    decoys.add(ticket.charger)

    client.get(reverse("support:desk"), {"view": "all", "q": ticket.serial, "country": "NO"})
    client.get(reverse("support:desk"), {"view": "all", "country": "NO"})

    said = Access.objects.filter(actor=client.person)
    assert [row.subject for row in said.filter(what="search")] == [search.subject_of(ticket.serial)]
    assert said.filter(what="search_hit", subject=ticket.charger.stream).count() == 1


def test_a_party_at_the_desk_does_not_find_their_own_and_nobody_finds_a_draft():
    charger, agent = place_charger(), make_agent()
    own(charger, agent)
    asked(charger, claimant_name="Nina Nyinnflyttet")
    make_ticket(State.DRAFT)
    assert found(at_browser(agent), "Nyinnflyttet") == []
    assert len(found(desk_of(), "Nyinnflyttet")) == 1
