"""A request taken by phone is the same ticket with the same gates; silence is chased and closed."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import Role, User
from records import clock
from support.machine import State
from support.models import Approval, Notice, Ticket
from support.reading import moves
from support.services import behalf, desk, evidence, routing, tickets
from tests.factories import (
    AGREEMENT_TICKS,
    accept,
    add,
    asked,
    claim_of,
    make_agent,
    make_person,
    make_senior,
    make_ticket,
    own,
    place_charger,
    reload,
)
from tests.support.desk_world import at_browser, desk_of, page

pytestmark = pytest.mark.django_db


def type_for(by, charger, email="caller@example.org", **claim) -> Ticket:
    return behalf.type_for(by=by, email=email, **claim_of(charger, **claim))


def sent(by) -> Ticket:
    """A request typed by an agent, looked through and sent by the caller, ready to approve."""
    charger = place_charger()
    own(charger)
    ticket = type_for(by, charger, bought_recently=True)
    for kind in ("label", "purchase_agreement"):
        add(ticket, kind)
    tickets.submit(ticket_id=ticket.pk, by=ticket.claimant)
    routing.route(ticket_id=ticket.pk)
    accept(ticket, "label")
    accept(ticket, "purchase_agreement", ticks=AGREEMENT_TICKS)
    return reload(ticket)


def test_the_caller_is_mailed_and_sends_it_themselves():
    agent, charger = make_agent(), place_charger()
    ticket = type_for(agent, charger)
    assert (ticket.state, ticket.claimant.email) == (State.DRAFT, "caller@example.org")
    assert Notice.objects.get(ticket=ticket).kind == "typed_for_you"
    with pytest.raises(PermissionDenied):
        tickets.submit(ticket_id=ticket.pk, by=agent)
    assert at_browser(agent).get(page(ticket)).status_code == 404
    tickets.submit(ticket_id=ticket.pk, by=ticket.claimant)
    assert reload(ticket).state == State.SUBMITTED
    assert reload(ticket).typed_by == agent


def test_who_typed_it_never_approves_it_and_is_told_why():
    agent = make_agent()
    ticket = sent(agent)
    assert ticket.state == State.IN_REVIEW
    html = at_browser(agent).get(page(ticket)).content.decode()
    assert "You typed it for the claimant: somebody else approves." in html
    assert desk.take(by=agent) is None
    assert desk.take(by=make_agent()) == ticket
    with pytest.raises(IntegrityError):
        Approval.objects.create(ticket=ticket, by=agent, at=clock.now(), facts_version=1)


def test_what_is_wrong_is_said_as_to_a_resident_and_nothing_is_kept():
    agent, charger = make_agent(), place_charger()
    with pytest.raises(ValidationError) as refused:
        type_for(agent, charger, serial_typed="APM000001", claimant_name=" ")
    assert {"serial_typed", "claimant_name"} <= set(refused.value.message_dict)
    with pytest.raises(ValidationError):
        type_for(agent, charger, email=make_senior().email)
    begun = make_person()
    tickets.start(by=begun)
    with pytest.raises(ValidationError):
        type_for(agent, charger, email=begun.email)


def test_the_page_asks_what_the_resident_is_asked():
    client, charger = desk_of(), place_charger()
    place = charger.installation
    typed = {
        "email": "caller@example.org",
        "claimant_name": "Nina Nyinnflyttet",
        "serial_typed": charger.serial.lower(),
        "country": place.country,
        "address_line": f"{place.street} {place.house_number}",
        "postal_code": place.postal_code,
        "city": place.city,
        "situation": "bought",
        "fears_owner": "no",
    }
    url = reverse("support:desk-phone")
    wrong = client.post(url, typed | {"email": "nobody"})
    assert wrong.status_code == 422
    assert typed["address_line"] in wrong.content.decode()
    done = client.post(url, typed, follow=True)
    ticket = Ticket.objects.get()
    assert ticket.request_code in done.content.decode()
    assert (ticket.lookup_key, ticket.typed_by) == (charger.lookup_key, client.person)
    assert User.objects.get(email="caller@example.org").proved_at is None
    assert desk_of(Role.AUDITOR).get(url).status_code == 403


def test_a_claimant_is_reminded_of_what_was_asked_and_closed_when_silent(later):
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    version = reload(ticket).facts_version
    asks = [("label", "unreadable", "")]
    desk.ask(ticket_id=ticket.pk, by=make_agent(), facts_version=version, asks=asks)
    reminders = Notice.objects.filter(kind="items_reminder", ticket=ticket)
    later(days=6)
    assert not reminders.exists()
    later(days=2)
    assert reminders.count() == 1
    assert reload(ticket).facts_version == version + 1
    later(days=8)
    assert reload(ticket).state == State.EXPIRED
    assert reminders.count() == 1


def test_who_has_answered_is_not_reminded(later):
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    evidence.return_item(
        item_uid=str(ticket.items.get().uid),
        by=make_agent(),
        facts_version=reload(ticket).facts_version,
        reason="unreadable",
    )
    add(ticket, "label", colour="ivory")
    assert reload(ticket).state == State.IN_REVIEW
    later(days=8)
    assert not Notice.objects.filter(kind="items_reminder").exists()


def test_a_blocked_move_names_the_next_best_act():
    frozen_free = make_ticket(State.COLLECTING)
    shown = desk_of().get(page(frozen_free)).context["reading"].moves["approve"]
    assert isinstance(shown, moves.Move)
    assert (shown.is_open, shown.instead) == (False, "write")
