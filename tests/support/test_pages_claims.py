"""A resident asks for a charger, page by page."""

import pytest

from support import situations
from support.machine import State
from support.models import Helped, Ticket
from support.services import tickets
from tests.factories import make_ticket, own, picture, place_charger
from tests.support.public_world import (
    NAME,
    PLACE,
    SITUATION,
    ask,
    at_browser,
    begin,
    fill,
    resident,
    send_off,
    tell,
    text,
    url,
)

pytestmark = pytest.mark.django_db
STEPS = ("claim-situation", "claim-serial", "claim-place")
PAGES = (*STEPS, "claim-evidence", "claim-check", "claim-sent", "ticket", "upload", "withdraw")


def test_start_page_helps_before_it_offers_a_request():
    page = text(at_browser(None).get("/"))

    assert page.index("user manual") < page.index("Ask for a charger")
    for words in ("packaging", "dashboard", "Installations", "web portal", "can never be changed"):
        assert words in page
    assert "request code" not in page.split("<textarea")[1].split("</textarea>")[0]


def test_message_to_the_previous_owner_has_the_request_code_once_there_is_one():
    client = resident()
    ticket = begin(client)
    message = text(client.get("/")).split("<textarea")[1].split("</textarea>")[0]

    assert ticket.request_code in message


def test_asking_needs_a_sign_in_and_comes_back():
    response = at_browser(None).get(url("new"))

    assert response.status_code == 302
    assert response.url == "/sign-in/?next=/requests/new/"


def test_a_request_goes_from_the_first_question_to_its_confirmation():
    client = resident()
    ticket = begin(client)
    assert ticket.state == State.DRAFT
    tell(client, ticket, serial="zap 123 456")

    evidence = text(client.get(url("claim-evidence", ticket.request_code)))
    assert evidence.count(ticket.request_code) > 2
    response = client.post(
        url("upload", ticket.request_code), {"kind": "label", "files": [picture()]}
    )
    assert response.url == url("claim-evidence", ticket.request_code)
    check = text(client.get(url("claim-check", ticket.request_code)))
    for words in ("ZAP123456", "Storgata 12 B", "Oslo", "Norway", "I bought the home", NAME):
        assert words in check
    response = send_off(client, ticket)

    assert response.url == url("claim-sent", ticket.request_code)
    sent = Ticket.objects.get(pk=ticket.pk)
    assert sent.state == State.SUBMITTED
    assert sent.serial == "ZAP123456"
    page = text(client.get(response.url))
    assert sent.request_code in page
    assert str(sent.next_word_at.year) in page
    assert "CET" in page or "CEST" in page


def test_starting_again_goes_on_with_the_draft():
    client = resident()
    first = begin(client)

    assert begin(client).pk == first.pk


def test_the_model_is_told_from_the_number_alone():
    client = resident()
    ticket = begin(client)
    response = fill(client, url("claim-serial", ticket.request_code), serial_typed="zap000001")
    page = text(client.get(response.url))

    assert "By its number the model is" in page
    assert "Go" in page


def test_a_meter_is_refused_politely_and_what_was_typed_is_kept():
    client = resident()
    ticket = begin(client)
    response = fill(client, url("claim-serial", ticket.request_code), serial_typed="APM123456")

    assert response.status_code == 422
    assert "energy meter" in text(response)
    assert 'value="APM123456"' in text(response)


@pytest.mark.parametrize(
    ("step", "fields", "words", "kept"),
    [
        ("claim-serial", {"serial_typed": " "}, "Type the serial number", ""),
        ("claim-serial", {"serial_typed": "Z" * 60}, "at most 40", "Z" * 60),
        ("claim-place", PLACE | {"postal_code": "9"}, "postcode", "Storgata 12 B"),
        ("claim-place", PLACE | {"country": ""}, "Choose the country", "Storgata 12 B"),
        ("claim-place", PLACE | {"country": "XX"}, "Choose the country from the list", "Oslo"),
        ("claim-place", PLACE | {"address_line": ""}, "Type the street", "0150"),
        ("claim-situation", {"installer_name": "Volt AS"}, "Choose the one", "Volt AS"),
        ("claim-situation", SITUATION | {"situation": "renting"}, "lease ends", "checked"),
        ("claim-situation", SITUATION | {"situation": "installer"}, "installer", "checked"),
        ("claim-situation", {"situation": "none"}, "Choose one of the three", "checked"),
        ("claim-check", {"claimant_name": ""}, "Type your name", ""),
        ("claim-check", {"claimant_name": "N" * 300}, "at most 200", "N" * 300),
    ],
)
def test_a_wrong_answer_names_the_field_and_keeps_what_was_typed(step, fields, words, kept):
    client = resident()
    ticket = begin(client)
    response = fill(client, url(step, ticket.request_code), **fields)

    assert response.status_code == 422
    assert words in text(response)
    assert kept in text(response)
    assert "error" in text(response)


def test_nothing_is_chosen_beforehand():
    page = text(resident().get(url("new")))

    assert page.count('type="radio"') == len(situations.TABLE) + 3
    assert "checked" not in page


def test_the_question_about_fear_is_asked_before_a_request_can_be_sent():
    client = resident()
    ticket = tickets.start(by=client.person)
    response = client.get(url("claim-check", ticket.request_code))

    assert response.url.startswith(url("claim-situation", ticket.request_code))


@pytest.mark.parametrize(
    ("situation", "is_so"),
    [
        ({"situation": "bought"}, {"bought_recently": True, "outcome": "ownership"}),
        (
            {"situation": "renting", "use_until_date": "2031-05-31"},
            {"renting": True, "outcome": "use"},
        ),
        (
            {"situation": "installer", "installer_name": "Volt AS"},
            {"only_installer": True, "installer_name": "Volt AS"},
        ),
        (
            {"situation": "none", "fears_owner": "yes"},
            {"fears_owner": True, "bought_recently": False, "can_ask_owner": False},
        ),
    ],
)
def test_the_situation_becomes_the_claim(situation, is_so):
    client = resident()
    ticket = begin(client)
    told = {"fears_owner": "no"} | situation
    tell(client, ticket, serial="ZAP123456", situation=told, shared_garage="on")
    ticket = Ticket.objects.get(pk=ticket.pk)

    assert {name: getattr(ticket, name) for name in is_so} == is_so
    assert ticket.shared_garage
    check = client.get(url("claim-check", ticket.request_code))
    assert check.status_code == 200
    assert "fear" not in text(check)


def test_change_leads_back_to_the_check_page():
    client = resident()
    ticket = begin(client)
    tell(client, ticket, serial="ZAP123456")
    address = url("claim-serial", ticket.request_code) + "?from=check"
    response = fill(client, address, serial_typed="ZAP654321")

    assert response.url == url("claim-check", ticket.request_code)


def test_an_unfinished_request_is_not_sent_and_says_what_is_missing():
    client = resident()
    ticket = begin(client)
    response = send_off(client, ticket)

    assert response.status_code == 422
    assert "serial number" in text(response)
    assert Ticket.objects.get(pk=ticket.pk).state == State.DRAFT


def test_a_second_request_for_the_same_charger_shows_the_first():
    client = resident()
    first = ask(client, serial="ZAP123456")
    second = begin(client)
    tell(client, second, serial="zap-123456")
    response = send_off(client, second)

    assert response.url == url("claim-sent", first.request_code)
    assert "You have asked for this charger before" in text(client.get(response.url))


def test_a_sent_request_is_not_asked_again_and_not_changed():
    client = resident()
    ticket = begin(client)
    page = client.get(url("claim-serial", ticket.request_code))
    tell(client, ticket, serial="ZAP123456")
    send_off(client, ticket)

    for step in STEPS:
        assert client.get(url(step, ticket.request_code)).url == ticket.get_absolute_url()
    stale = client.post(url("claim-serial", ticket.request_code), {"serial_typed": "ZAP1"})
    assert page.status_code == 200
    assert stale.status_code == 409
    assert Ticket.objects.get(pk=ticket.pk).serial_typed == "ZAP123456"


@pytest.mark.parametrize("name", PAGES)
def test_somebody_elses_request_does_not_exist(name):
    ticket = make_ticket(State.DRAFT)

    assert resident().get(url(name, ticket.request_code)).status_code == 404
    assert resident().post(url(name, ticket.request_code)).status_code in (404, 405)
    assert at_browser(None).get(url(name, ticket.request_code)).status_code == 302
    assert resident().get(url(name, "no-such-0000")).status_code == 404


def test_a_draft_opens_at_the_first_question_without_an_answer():
    client = resident()
    ticket = tickets.start(by=client.person)
    places = []
    for name, fields in (
        ("claim-situation", SITUATION),
        ("claim-serial", {"serial_typed": "ZAP123456"}),
        ("claim-place", PLACE),
    ):
        places.append(client.get(ticket.get_absolute_url()).url)
        fill(client, url(name, ticket.request_code), **fields)
    places.append(client.get(ticket.get_absolute_url()).url)

    client.post(url("upload", ticket.request_code), {"kind": "label", "files": [picture()]})
    places.append(client.get(ticket.get_absolute_url()).url)

    steps = (*STEPS, "claim-evidence", "claim-check")
    assert places == [url(step, ticket.request_code) for step in steps]


def test_owner_and_free_charger_alike_get_a_request(run_outbox):
    charger = place_charger()
    own(charger)
    ticket = ask(resident(), serial=charger.serial)

    assert ticket.state == State.SUBMITTED
    assert ticket.charger_id is None


@pytest.mark.parametrize("chosen", situations.TABLE, ids=lambda chosen: chosen.name)
def test_every_situation_ends_in_a_way(chosen):
    client = resident()
    more = {"use_until_date": "2031-05-31", "installer_name": "Volt AS"}
    response = fill(client, url("new"), situation=chosen.name, fears_owner="no", **more)

    if chosen.instead:
        page = text(client.get(response.url))
        assert str(chosen.instead[0])[:60] in page
        assert not Ticket.objects.exists()
        return
    ticket = Ticket.objects.get()
    assert response.url == url("claim-serial", ticket.request_code)
    assert ticket.situation == chosen.name
    tell(
        client,
        ticket,
        serial="ZAP123456",
        situation=dict(situation=chosen.name, fears_owner="no", **more),
    )
    page = text(client.get(url("claim-evidence", ticket.request_code)))
    assert ticket.request_code in page
    assert "We delete documents" in page
    assert "working days" in page
    assert send_off(client, ticket).url == url("claim-sent", ticket.request_code)


def test_separated_is_fear_whatever_else_was_answered():
    client = resident()
    ticket = begin(client, situation="separated", fears_owner="reach")

    assert Ticket.objects.get(pk=ticket.pk).fears_owner


def test_what_was_told_of_the_situation_is_known_on_another_device():
    client = resident()
    ticket = begin(client, situation="inherited", fears_owner="reach")
    page = text(at_browser(ticket.claimant).get(url("claim-situation", ticket.request_code)))

    for value in ("inherited", "reach"):
        assert page.split(f'value="{value}"')[1].split(">")[0].strip().endswith("checked")


@pytest.mark.parametrize(
    ("country", "first", "words"),
    [
        ("NO", "postal_code", "Street and number"),
        ("GB", "city", "Number and street"),
        ("US", "city", "ZIP code"),
        ("IE", "city", "Eircode"),
    ],
)
def test_an_address_is_asked_for_as_its_country_writes_it(country, first, words):
    client = resident()
    ticket = begin(client)
    address = url("claim-place", ticket.request_code)
    typed = PLACE | {"country": country, "postal_code": "not yet", "reformat": "1"}
    page = text(client.post(address, typed))

    order = sorted(("postal_code", "city"), key=lambda name: page.index(f'name="{name}"'))
    assert order[0] == first
    assert words in page
    assert 'value="not yet"' in page
    assert "another look" not in page


def test_the_country_is_guessed_from_the_browser_and_no_other_answer_is():
    client = resident()
    ticket = begin(client)
    address = url("claim-place", ticket.request_code)

    assert 'value="GB" selected' in text(client.get(address, HTTP_ACCEPT_LANGUAGE="en-GB,en"))
    assert 'value="NO" selected' in text(client.get(address, HTTP_ACCEPT_LANGUAGE="nb"))
    assert 'value="" selected' in text(client.get(address, HTTP_ACCEPT_LANGUAGE="x-klingon"))


def test_who_was_helped_is_counted_and_not_known():
    client = at_browser(None)
    for way in ("found", "asked", "asked"):
        assert client.post(url("helped"), {"way": way}).url == url("helped")

    assert {row.way: row.count for row in Helped.objects.all()} == {"found": 1, "asked": 2}
    assert {field.name for field in Helped._meta.fields} == {"id", "day", "way", "count"}
    assert client.post(url("helped"), {"way": "other"}).status_code == 422
    assert "session" not in client.cookies
