"""A resident asks for a charger, page by page."""

import pytest

from support.machine import State
from support.models import Ticket
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
    tell,
    text,
    url,
)

pytestmark = pytest.mark.django_db
STEPS = ("claim-serial", "claim-place", "claim-situation", "claim-name")
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
    for words in ("zap 123 456", "Storgata 12 B", "Oslo", "Norway", "I bought the home", NAME):
        assert words in check
    response = fill(client, url("claim-check", ticket.request_code))

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

    assert "By its number this is a" in page
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
        ("claim-situation", {"situation": "none"}, "Choose no or yes", "checked"),
        ("claim-name", {"claimant_name": ""}, "Type your name", ""),
        ("claim-name", {"claimant_name": "N" * 300}, "at most 200", "N" * 300),
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
    client = resident()
    ticket = begin(client)
    page = text(client.get(url("claim-situation", ticket.request_code)))

    assert "checked" not in page


def test_the_question_about_fear_is_asked_before_a_request_can_be_sent():
    client = resident()
    ticket = begin(client)
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
            {"situation": "none", "shared_garage": "on", "fears_owner": "yes"},
            {"shared_garage": True, "fears_owner": True, "bought_recently": False},
        ),
    ],
)
def test_the_situation_becomes_the_claim(situation, is_so):
    client = resident()
    ticket = begin(client)
    tell(client, ticket, serial="ZAP123456", situation={"fears_owner": "no"} | situation)
    ticket = Ticket.objects.get(pk=ticket.pk)

    assert {name: getattr(ticket, name) for name in is_so} == is_so
    check = client.get(url("claim-check", ticket.request_code))
    assert check.status_code == 200
    assert "fear" not in text(check)


def test_change_leads_back_to_the_check_page():
    client = resident()
    ticket = begin(client)
    tell(client, ticket, serial="ZAP123456")
    response = fill(
        client, url("claim-name", ticket.request_code) + "?from=check", claimant_name="Ny Navn"
    )

    assert response.url == url("claim-check", ticket.request_code)


def test_an_unfinished_request_is_not_sent_and_says_what_is_missing():
    client = resident()
    ticket = begin(client)
    fill(client, url("claim-situation", ticket.request_code), **SITUATION)
    response = fill(client, url("claim-check", ticket.request_code))

    assert response.status_code == 422
    assert "serial number" in text(response)
    assert Ticket.objects.get(pk=ticket.pk).state == State.DRAFT


def test_a_second_request_for_the_same_charger_shows_the_first():
    client = resident()
    first = ask(client, serial="ZAP123456")
    second = begin(client)
    tell(client, second, serial="zap-123456")
    response = fill(client, url("claim-check", second.request_code))

    assert response.url == url("claim-sent", first.request_code)
    assert "You have asked for this charger before" in text(client.get(response.url))


def test_a_sent_request_is_not_asked_again_and_not_changed():
    client = resident()
    ticket = begin(client)
    page = client.get(url("claim-name", ticket.request_code))
    tell(client, ticket, serial="ZAP123456")
    fill(client, url("claim-check", ticket.request_code))

    for step in STEPS:
        assert client.get(url(step, ticket.request_code)).url == ticket.get_absolute_url()
    stale = client.post(url("claim-name", ticket.request_code), {"claimant_name": "Other"})
    assert page.status_code == 200
    assert stale.status_code == 409
    assert Ticket.objects.get(pk=ticket.pk).claimant_name == NAME


@pytest.mark.parametrize("name", PAGES)
def test_somebody_elses_request_does_not_exist(name):
    ticket = make_ticket(State.DRAFT)

    assert resident().get(url(name, ticket.request_code)).status_code == 404
    assert resident().post(url(name, ticket.request_code)).status_code in (404, 405)
    assert at_browser(None).get(url(name, ticket.request_code)).status_code == 302
    assert resident().get(url(name, "no-such-0000")).status_code == 404


def test_a_draft_opens_at_the_first_question_without_an_answer():
    client = resident()
    ticket = begin(client)
    places = []
    for name, fields in (
        ("claim-serial", {"serial_typed": "ZAP123456"}),
        ("claim-place", PLACE),
        ("claim-situation", SITUATION),
    ):
        places.append(client.get(ticket.get_absolute_url()).url)
        fill(client, url(name, ticket.request_code), **fields)
    places.append(client.get(ticket.get_absolute_url()).url)

    steps = ("claim-serial", "claim-place", "claim-situation", "claim-evidence")
    assert places == [url(step, ticket.request_code) for step in steps]


def test_owner_and_free_charger_alike_get_a_request(run_outbox):
    charger = place_charger()
    own(charger)
    ticket = ask(resident(), serial=charger.serial)

    assert ticket.state == State.SUBMITTED
    assert ticket.charger_id is None
