"""A form that comes after the session ended: nothing of it is done, nothing of it is lost."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import codes, kept, sessions
from accounts.models import Code, User
from records.models import Event
from support.models import Answer, Message
from tests.accounts.people_at_work import (
    digits,
    forget_steps,
    give_password,
)
from tests.accounts.people_at_work import make_staff as make_staff_with_app
from tests.chargers.world import make_person
from tests.factories import asked, own, place_charger
from tests.support.desk_world import at_browser
from tests.support.public_world import link_to, opened, url

pytestmark = pytest.mark.django_db
WORDS = 'Line one\r\n<b>"two"</b> & æ {{7*7}}'


def grow_idle(client):
    """Leave the browser alone for half an hour."""
    session = client.session
    session["seen_at"] = timezone.now().timestamp() - sessions.IDLE.total_seconds() - 1
    session.save()


def form_of(page) -> str:
    """Return the form that sends on what was kept."""
    return next(f for f in page.text.split("<form ") if 'name="kept-form"' in f)


def fields(page) -> dict:
    """Return what that form would send."""
    found: dict = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form_of(page)):
        found.setdefault(name, []).append(unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def action(page) -> str:
    return re.search(r'action="([^"]+)"', form_of(page))[1]


def write(client, ticket, words=WORDS):
    return client.post(url("message", ticket.request_code), {"body": words, "form_key": "k" * 20})


def sign_in_by_code(client, person, address):
    """Go on from the page of sign-in, as a person does; return where it leads."""
    target = client.get(address).context["next"]
    asked_for = client.post(reverse("accounts:sign-in"), {"email": person.email, "next": target})
    code = codes.digits(Code.objects.filter(email=person.email).latest("made_at"))
    return client.post(asked_for.url, {"digits": code, "next": target})


@pytest.fixture
def scene():
    ticket = asked(place_charger())
    client = at_browser(ticket.claimant)
    grow_idle(client)
    return ticket, client


def test_a_residents_message_waits_until_they_are_back(scene):
    ticket, client = scene

    lost = write(client, ticket)

    assert lost.status_code == 302 and lost.url.startswith(reverse("accounts:sign-in"))
    assert "Line" not in lost.url and "body" not in lost.url
    assert not Message.objects.exists()
    back = sign_in_by_code(client, ticket.claimant, lost.url)
    assert back.url == reverse("accounts:kept")
    page = client.get(back.url)
    assert "&lt;b&gt;" in page.text and "<b>" not in page.text
    assert page["Cache-Control"].startswith("no-store")
    assert not Message.objects.exists()

    sent = client.post(action(page), fields(page))

    assert sent.status_code == 302
    assert Message.objects.get().body.split() == WORDS.split()
    assert client.get(reverse("accounts:kept")).status_code == 302, "it is not given back twice"


def test_nobody_else_gets_it_at_this_browser(scene):
    ticket, client = scene
    lost = write(client, ticket)

    back = sign_in_by_code(client, make_person(), lost.url)
    answer = client.get(back.url)

    assert answer.status_code == 302 and answer.url == "/"


def test_the_session_holds_it_sealed_and_no_secret(scene):
    ticket, client = scene
    address = reverse("chargers:open-share", args=["00000000-0000-4000-8000-000000000000"])
    client.post(address, {"note": WORDS, "digits": "123456", "proof-digits": "654321"})

    row = client.session[kept.KEY]
    assert "Line" not in str(row)
    assert kept._open(row["sealed"], row["uid"]).count("Line") == 1
    assert "123456" not in kept._open(row["sealed"], row["uid"])
    assert "654321" not in kept._open(row["sealed"], row["uid"])


def test_it_can_be_let_go_of(scene):
    ticket, client = scene
    lost = write(client, ticket)
    sign_in_by_code(client, ticket.claimant, lost.url)

    client.post(reverse("accounts:kept"))

    assert client.get(reverse("accounts:kept")).url == "/"
    assert not Message.objects.exists()


def test_after_an_hour_it_is_gone(scene):
    ticket, client = scene
    lost = write(client, ticket)
    sign_in_by_code(client, ticket.claimant, lost.url)
    session = client.session
    session[kept.KEY] = session[kept.KEY] | {"at": timezone.now().timestamp() - 3601}
    session.save()

    assert client.get(reverse("accounts:kept")).url == "/"


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        ({"body": "x" * 200_000}, {}),
        ({"body": " "}, {}),
        ({"body": WORDS}, {"Sec-Fetch-Mode": "cors"}),
        ({"body": WORDS}, {"X-Quiet": "1"}),
    ],
)
def test_what_is_too_much_or_no_persons_doing_is_not_kept(scene, sent, headers):
    ticket, client = scene

    client.post(url("message", ticket.request_code), sent, headers=headers)

    assert kept.KEY not in client.session


def test_a_network_cannot_fill_the_sessions_with_it(scene):
    ticket, _client = scene
    stored = 0
    for _n in range(kept.throttles.KEPT_BY_NETWORK.most + 5):
        stranger = Client()
        write(stranger, ticket)
        stored += kept.KEY in stranger.session

    assert stored == kept.throttles.KEPT_BY_NETWORK.most


def test_an_agents_note_waits_for_both_factors():
    ticket, agent = asked(place_charger()), make_staff_with_app()
    client = at_browser(agent)
    grow_idle(client)

    lost = client.post(url("desk-write", ticket.request_code), {"body": WORDS})

    assert lost.url.startswith(reverse("accounts:staff"))
    target = client.get(lost.url).context["next"]
    second = give_password(client, agent.email, target=target)
    assert client.get(target).url == "/", "not before the second factor"
    forget_steps()
    back = client.post(second.url, {"proof-digits": digits(), "next": target})
    page = client.get(back.url)
    assert action(page) == url("desk-write", ticket.request_code)
    assert fields(page)["body"] == [WORDS]


def test_an_owners_answer_by_link_waits_until_the_link_is_opened_again():
    charger = place_charger()
    own(charger)
    asked(charger)
    link = link_to(charger, charger.owner(timezone.now()))
    client, before = Client(), Event.objects.count()

    lost = client.post(url("answer", link.uid), {"answer": "still_mine", "request_code": "amber"})

    assert lost.status_code == 403 and "waits there" in lost.text
    assert client.get(reverse("accounts:kept")).url == "/", "not without the link"
    assert Event.objects.count() == before and not Answer.objects.exists()
    other = link_to(place_charger(), make_person())
    opened(other, client)
    assert client.get(reverse("accounts:kept")).url == "/", "not by another link"
    opened(link, client)
    page = client.get(reverse("accounts:kept"))
    assert fields(page)["answer"] == ["still_mine"]
    client.post(action(page), fields(page))

    assert Answer.objects.get().kind == "still_mine"


def test_a_form_whose_token_is_old_is_kept_when_it_came_from_a_page_of_ours(scene):
    ticket, _client = scene
    client = Client(enforce_csrf_checks=True)
    client.cookies = at_browser(ticket.claimant).cookies
    address, sent = url("message", ticket.request_code), {"body": WORDS}

    ours = client.post(address, sent, headers={"Origin": "http://testserver"})
    assert ours.status_code == 302 and ours.url == reverse("accounts:kept")
    assert fields(client.get(ours.url))["body"] == [WORDS]

    client.cookies = at_browser(ticket.claimant).cookies
    for origin in ({"Origin": "https://evil.example"}, {}):
        theirs = client.post(address, sent, headers=origin)
        assert theirs.status_code == 403 and kept.KEY not in client.session
    assert not Message.objects.exists()


def test_quick_exit_takes_it_along(scene):
    ticket, client = scene
    write(client, ticket)

    client.get(url("leave"))

    assert kept.KEY not in client.session
    assert User.objects.filter(pk=ticket.claimant_id).exists() and not Code.objects.exists()
