"""Every state of a request tells its claimant all they need, and others whose turn it is."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from records import clock
from support import standing
from support.machine import OPEN, State
from support.models import Deadline, Ticket
from support.phases import Phase
from support.views import turns
from tests.factories import asked, make_ticket, own, place_charger
from tests.support.public_world import at_browser, text

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "nb")
STATES = [state for state in State if state != State.DRAFT]
DATE = re.compile(r"<time datetime=[^>]+>[^<]*\d{4}[^<]*\d{2}:\d{2} \([A-Z]+\)</time>")


def in_state(state) -> Ticket:
    ticket = make_ticket(state, use_until_date=clock.now().date() + timedelta(days=90))
    if state in OPEN:
        # What submit sets; the factory moves along the machine without services.
        Ticket.objects.filter(pk=ticket.pk).update(next_word_at=clock.now() + timedelta(days=9))
    if state == State.OFFERED:
        due = clock.now() + timedelta(days=30)
        Deadline.objects.update_or_create(ticket=ticket, kind="expiry", defaults={"due_at": due})
    return ticket


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_all_six_things_in_every_language(state, language):
    ticket = in_state(state)
    client = at_browser(ticket.claimant, proved=False)
    client.cookies["django_language"] = language
    response = client.get(ticket.get_absolute_url())
    page, said = text(response), response.context["standing"]

    for words in (said.sentence, said.turn_words, said.by, said.then, said.do):
        assert str(words).strip()
        assert str(words).replace("'", "&#x27;") in page
    assert DATE.search(page), "no date with time and zone"
    assert "mailto:help@handover.example" in page
    assert f'<html lang="{language}"' in page


def test_words_of_every_standing_are_sentences():
    ways = [*standing._CLOSED.values(), standing._NEED, standing._CHECKING, standing._OWNED]
    for each in [*ways, standing._USED, standing._OFFERED]:
        for words in (each.sentence, each.then, each.do):
            assert str(words).endswith(".")


def turn_of(ticket: Ticket) -> str:
    response = Client().get(turns.address(ticket))
    assert response.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text(response))


def test_the_page_for_others_has_nothing_personal_and_is_the_same_with_and_without_an_owner():
    owned, free = place_charger(), place_charger()
    owner = own(owned)
    pages = []
    for charger in (owned, free):
        ticket = asked(charger)
        Ticket.objects.filter(pk=ticket.pk).update(next_word_at=clock.now().replace(microsecond=0))
        page = turn_of(ticket)
        secrets = [ticket.request_code, charger.serial, ticket.claimant.email, ticket.reference]
        for secret in [*secrets, owner.name, owner.email, "Nyinnflyttet", "Storgata"]:
            assert secret not in page
        pages.append(re.sub(r"/turn/[^\"/]+/|<time.*?</time>", "", page))

    assert pages[0] == pages[1]


@pytest.mark.parametrize("state", STATES)
def test_the_page_for_others_tells_one_of_three_phases_and_no_outcome(state):
    page = turn_of(in_state(state))

    told = {
        Phase.NEED: "It is the turn of the one who asked",
        Phase.CHECKING: "It is our turn",
        Phase.DECIDED: "It is decided",
    }
    assert sum(words in page for words in told.values()) == 1
    for word in ("could not give", "is yours", "withdrawn", "dispute"):
        assert word not in page


def test_nobody_guesses_the_page_for_others():
    ticket = make_ticket(State.COLLECTING)
    address = turns.address(ticket)

    for wrong in (address[:-3] + "xx/", address.replace("/turn/", "/turn/A"), "/turn/x/"):
        assert Client().get(wrong).status_code == 404
    draft = make_ticket(State.DRAFT)
    assert Client().get(turns.address(draft)).status_code == 404


def test_the_timeline_shows_the_claimants_own_side_only():
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    page = text(at_browser(ticket.claimant, proved=False).get(ticket.get_absolute_url()))
    listed = re.search(r'<ol class="timeline">(.*?)</ol>', page, re.DOTALL)[1]

    assert re.findall(r"<p>(.*?)</p>", listed) == [
        "You began this request.",
        "You sent: photo of the label with the request code.",
        "You sent it.",
    ]
