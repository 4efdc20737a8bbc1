"""A request that was sent, as its claimant follows it."""

import pytest

from accounts.models import Role
from records.models import Access, Event
from support.machine import OPEN, State
from support.models import EvidenceItem, Helped, Message, Ticket
from support.rules import EvidenceKind
from support.services import desk, evidence
from tests.factories import (
    add,
    asked,
    make_agent,
    make_person,
    make_staff,
    make_ticket,
    own,
    picture,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import desk_of
from tests.support.public_world import at_browser, fill, resident, text, url

pytestmark = pytest.mark.django_db


def claimant_of(ticket):
    return at_browser(ticket.claimant, proved=False)


def in_review(**fields):
    charger = place_charger()
    own(charger)
    return asked(charger, **fields)


@pytest.mark.parametrize("state", [s for s in State if s != State.DRAFT])
def test_every_state_has_its_page_for_the_claimant(state):
    ticket = make_ticket(state)
    page = text(claimant_of(ticket).get(ticket.get_absolute_url()))

    assert ticket.request_code in page
    for secret in ("Kari Eier", "disputed", "awaiting"):
        assert secret not in page
    listed = text(claimant_of(ticket).get(url("tickets")))
    assert ticket.request_code in listed


@pytest.mark.parametrize("state", OPEN)
def test_open_states_show_one_of_three_phases_and_nothing_finer(state):
    ticket = make_ticket(state)
    client = claimant_of(ticket)
    needed = text(client.get(ticket.get_absolute_url()))
    EvidenceItem.objects.create(
        ticket=ticket,
        kind="label",
        state="accepted",
        made_at=ticket.made_at,
        decided_at=ticket.made_at,
        decided_by=make_agent(),
    )
    checking = text(client.get(ticket.get_absolute_url()))

    assert "It is your turn" in needed
    assert "It is our turn" in checking
    assert "received" in checking
    assert "accepted" not in checking


def test_a_returned_item_says_why_and_how_and_takes_a_better_one():
    ticket = in_review()
    item = ticket.items.get()
    words = "Hold it a little closer."
    version = ticket.facts_version
    evidence.return_item(
        item_uid=str(item.uid),
        by=make_agent(),
        facts_version=version,
        reason="unreadable",
        words=words,
    )
    client = claimant_of(ticket)
    page = text(client.get(ticket.get_absolute_url()))
    assert "We cannot read it." in page
    assert "good light" in page
    assert words in page
    address = url("upload", ticket.request_code)
    assert "We cannot read it." in text(client.get(f"{address}?kind=label"))

    sent = client.post(address, {"kind": "label", "files": [picture(colour="blue")]})
    assert sent.url == ticket.get_absolute_url()
    assert ticket.items.filter(kind="label", replaced_by=None).get().state == "uploaded"
    assert "It is our turn" in text(client.get(ticket.get_absolute_url()))


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("serial", {"serial_typed": "ZAP777777"}, {"serial_typed": "APM123456"}),
        (
            "address",
            {"address_line": "Storgata 9", "postal_code": "0150", "city": "Oslo", "country": "NO"},
            {"address_line": "Storgata 9", "postal_code": "x", "city": "Oslo", "country": "NO"},
        ),
        ("installer", {"installer_name": "Volt AS"}, {"installer_name": " "}),
    ],
)
def test_a_field_that_was_asked_for_again_is_corrected(kind, right, wrong):
    ticket = in_review()
    tickets_ = {"ticket_id": ticket.pk, "by": make_agent(), "facts_version": ticket.facts_version}
    desk.ask(**tickets_, asks=[(kind, "check_again", "")])
    client = claimant_of(ticket)
    address = url("correct", ticket.request_code, kind)
    assert address in text(client.get(ticket.get_absolute_url()))

    refused = fill(client, address, **wrong)
    assert refused.status_code == 422
    taken = fill(client, address, **right)
    assert taken.url == ticket.get_absolute_url()
    stored = Ticket.objects.get(pk=ticket.pk)
    assert {name: getattr(stored, name) for name in right} == right
    assert client.post(address, right).status_code == 409
    assert client.get(url("correct", ticket.request_code, "label")).status_code == 404


def test_a_message_reaches_the_desk_and_its_answer_comes_back(later):
    ticket = in_review()
    client = claimant_of(ticket)
    response = client.post(url("message", ticket.request_code), {"body": "Hello\r\nthere"})
    assert response.url == ticket.get_absolute_url()
    assert Message.objects.get().body == "Hello\nthere"
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="Soon.")
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="SECRET NOTE", internal=True)
    assert "Soon." not in text(client.get(ticket.get_absolute_url()))  # it can be taken back yet
    later(seconds=20)

    page = text(client.get(ticket.get_absolute_url()))
    assert "Soon." in page
    assert "Staff" not in page
    assert "SECRET NOTE" not in page
    empty = client.post(url("message", ticket.request_code), {"body": "  "})
    assert empty.status_code == 422
    assert "Write your message first" in text(empty)


@pytest.mark.parametrize(("way", "counted"), [("asked", 1), ("found", 1), ("", 0)])
def test_who_was_helped_by_their_code_is_counted_when_they_withdraw(way, counted):
    ticket = asked(place_charger())
    client, page = claimant_of(ticket), url("withdraw", ticket.request_code)
    assert fill(client, page, helped="other").status_code == 422
    assert fill(client, page, helped=way).url == url("tickets")

    assert reload(ticket).state == State.WITHDRAWN
    assert sum(row.count for row in Helped.objects.filter(way=way)) == counted


def test_withdrawing_is_asked_about_first():
    ticket = in_review()
    client = claimant_of(ticket)
    assert "Keep it" in text(client.get(url("withdraw", ticket.request_code)))
    assert reload(ticket).state != State.WITHDRAWN

    assert fill(client, url("withdraw", ticket.request_code)).url == url("tickets")
    assert reload(ticket).state == State.WITHDRAWN
    assert client.get(url("withdraw", ticket.request_code)).url == ticket.get_absolute_url()


def test_a_refusal_says_why_what_would_change_it_and_takes_an_appeal():
    ticket = in_review()
    desk.reject(
        ticket_id=ticket.pk,
        by=make_agent(),
        facts_version=ticket.facts_version,
        reason="not_shown",
        words="The paper names nobody.",
    )
    client = claimant_of(ticket)
    page = text(client.get(ticket.get_absolute_url()))
    assert "The paper names nobody." in page
    assert "What would change it" in page
    address = url("appeal", ticket.request_code)
    assert address in page

    assert fill(client, address, words=" ").status_code == 422
    assert fill(client, address, words="Look at page two.").url == ticket.get_absolute_url()
    assert reload(ticket).state == State.IN_REVIEW
    assert client.post(address, {"words": "Again"}).status_code == 409


def test_an_appeal_that_is_too_late_is_not_offered(later):
    ticket = in_review()
    desk.reject(
        ticket_id=ticket.pk,
        by=make_agent(),
        facts_version=ticket.facts_version,
        reason="not_shown",
        words="No.",
    )
    later(days=31, run=False)
    client = claimant_of(ticket)

    shown = text(client.get(ticket.get_absolute_url()))
    assert url("appeal", ticket.request_code) not in shown
    assert "how to ask for a second opinion" not in shown and "you can ask again" in shown
    assert client.get(url("appeal", ticket.request_code)).status_code == 302
    assert client.post(url("appeal", ticket.request_code), {"words": "x"}).status_code == 409


def test_a_letter_code_is_always_asked_for_and_refused_in_the_same_words():
    with_letter, without = in_review(), in_review()
    answers = []
    for ticket in (with_letter, without):
        client = claimant_of(ticket)
        assert url("letter-code", ticket.request_code) in text(
            client.get(ticket.get_absolute_url())
        )
        response = client.post(url("letter-code", ticket.request_code), {"code": "WRONG-234"})
        answers.append((response.status_code, "This is no code of a letter" in text(response)))

    assert answers == [(422, True)] * 2
    assert claimant_of(without).post(url("letter-code", without.request_code)).status_code == 422


def test_after_completion_the_page_leads_to_the_pin():
    ticket = make_ticket(State.COMPLETED)
    page = text(claimant_of(ticket).get(ticket.get_absolute_url()))

    assert f"/chargers/{ticket.charger.uid}/settings/" in page


class TestFile:
    """Who may open an evidence file, and how it is given out."""

    @pytest.fixture
    def item(self):
        ticket = in_review()
        return ticket.items.get()

    def test_its_claimant_sees_the_picture_made_of_it(self, item):
        response = at_browser(item.ticket.claimant, proved=False).get(url("picture", item.uid))

        assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]
        assert not Access.objects.exists()

    def test_the_desk_sees_it_and_is_on_record(self, item):
        client = desk_of(Role.AGENT)
        response = client.get(url("picture", item.uid))

        assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")
        assert response["Content-Disposition"].startswith("inline")
        assert "sandbox" in response["Content-Security-Policy"]
        look = Access.objects.get()
        assert (look.actor, look.what) == (client.person, "evidence")

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PRIVACY_OFFICER])
    def test_others_who_work_here_do_not(self, item, role):
        assert desk_of(role).get(url("picture", item.uid)).status_code == 404

    def test_strangers_owners_and_staff_without_password_do_not(self, item):
        for person in (make_person(), item.ticket.charger.owner(item.made_at), None):
            response = at_browser(person, proved=False).get(url("picture", item.uid))
            assert response.status_code == (404 if person else 302)
        half = at_browser(make_staff(Role.AGENT), proved=False)
        assert half.get(url("picture", item.uid)).status_code == 404
        assert not Access.objects.exists()

    def test_an_agent_who_is_a_party_does_not(self):
        charger = place_charger()
        own(charger, make_agent())
        item = asked(charger).items.get()
        owner = charger.owner(item.made_at)

        assert at_browser(owner).get(url("picture", item.uid)).status_code == 404

    def test_a_file_that_the_store_lost_is_a_page(self, item):
        item.pictures.update(file_key="evidence/gone")
        client = at_browser(item.ticket.claimant, proved=False)

        assert client.get(url("picture", item.uid)).status_code == 404


def test_looking_changes_nothing():
    ticket = ready_for_approval()
    add(ticket, EvidenceKind.OTHER, "red")
    client = claimant_of(ticket)
    before = Event.objects.count(), reload(ticket).version
    for name in ("ticket", "upload", "withdraw", "appeal", "claim-sent", "message"):
        for verb in (client.get, client.head, client.options):
            assert verb(url(name, ticket.request_code)).status_code < 500
    client.get("/"), client.get(url("tickets")), client.get(url("new"))

    assert (Event.objects.count(), reload(ticket).version) == before
    assert Ticket.objects.count() == 1


def test_a_resident_without_requests_has_a_page_too():
    assert "You have not asked for a charger yet" in text(resident().get(url("tickets")))
