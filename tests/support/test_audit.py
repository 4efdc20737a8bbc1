"""Who saw what: every page that staff are shown is on record, and auditors find it again."""

import csv
from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse

from accounts.models import Role
from chargers.services import access as pins
from config.reads import OWN
from records import access, clock
from records.models import Access
from support.machine import State
from support.reading.reads import Question, read
from support.views.audit import harmless
from tests.chargers.world import make_person, make_staff
from tests.factories import asked, make_ticket, own, place_charger
from tests.matrix import table
from tests.support.desk_world import at_browser, desk_of

pytestmark = pytest.mark.django_db
AUDIT, CSV = reverse("support:audit"), reverse("support:audit-csv")


def ask(client, **typed):
    return client.post(AUDIT, typed, follow=True)


def words(response) -> str:
    return response.content.decode()


@pytest.fixture
def seen():
    """A charger with a request that an agent has opened, and its owner who saw the PIN."""
    charger = place_charger()
    owner = own(charger)
    pins.reveal(charger=charger, by=owner, authenticated_at=clock.now())
    ticket = asked(charger)
    agent = make_staff(Role.AGENT)
    at_browser(agent).get(reverse("support:desk-ticket", args=[ticket.request_code]))
    return ticket, agent, owner


# --- Every page that staff are shown is on record ---


def pages_of_staff():
    """Yield the names of the addresses that show a page to staff and name nothing."""
    matrix = table.read()
    for url in table.urls():
        entry = matrix.entry_of(url)
        if entry.names or url.takes or "GET" not in entry.rows:
            continue
        for actor in ("agent", "senior", "safety-officer", "reader", "privacy-officer"):
            if entry.outcome("GET", actor, "", matrix.groups) == "page":
                yield url.name, actor


STAFF_PAGES = sorted(
    {name for name, _actor in pages_of_staff() if not name.startswith("accounts:")}
    - {"support:stop", "support:stopped"}
    - OWN
)


def reader():
    person = make_staff(Role.AUDITOR)
    for role in (Role.SENIOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR):
        person.staff_roles.create(role=role, starts_at=clock.now() - timedelta(days=9))
    person.is_staff = True
    person.save()
    return person


def test_there_are_staff_pages_to_try():
    assert {"support:desk", "support:alerts", "support:audit", "admin:index"} <= set(STAFF_PAGES)


def test_every_page_shown_to_staff_leaves_its_row():
    person, shown = reader(), set()
    client = at_browser(person)
    for name in STAFF_PAGES:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        rows = Access.objects.filter(actor=person).count()
        if client.get(address).status_code == 200:
            shown.add(name)
            assert Access.objects.filter(actor=person).count() == rows + 1, name
    assert len(shown) > 30 and "support:desk" in shown and "admin:records_event_changelist" in shown


def test_a_row_of_the_records_is_on_record_as_what_it_is():
    person, somebody, charger = reader(), make_person(), place_charger()
    client = at_browser(person)

    client.get(reverse("admin:accounts_user_change", args=[somebody.pk]))
    client.get(reverse("admin:chargers_charger_change", args=[charger.pk]))
    client.get(reverse("admin:accounts_user_changelist"), {"q": "somebody@example.com"})

    looks = [(row.what, row.subject) for row in Access.objects.order_by("at")]
    assert looks == [
        ("page accounts_user_change", f"person:{somebody.uid}"),
        ("page chargers_charger_change", charger.stream),
        ("records search", "records:accounts.user"),
    ]


def test_a_ticket_shown_with_a_refused_form_is_on_record_although_it_was_rolled_back():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of(Role.AGENT)

    address = reverse("support:desk-approve", args=[ticket.request_code])
    response = client.post(address, {"form_key": "k" * 32, "facts_version": ticket.facts_version})

    assert response.status_code == 422 and ticket.request_code in words(response)
    assert Access.objects.get(actor=client.person).subject == ticket.stream


def test_what_people_see_of_their_own_is_nobodys_business(seen):
    _ticket, _agent, owner = seen
    before = Access.objects.count()

    at_browser(owner, proved=False).get(reverse("chargers:mine"))

    assert Access.objects.count() == before


# --- And auditors find it again ---


def test_by_charger_by_person_and_by_who_looked(seen):
    ticket, agent, owner = seen
    client = desk_of(Role.AUDITOR)

    for typed in ({"serial": ticket.charger.serial}, {"person": ticket.claimant.email}):
        page = words(ask(client, **typed))
        assert f"<td>{agent}</td><td>opened the request</td>" in page
        assert f"<td>{owner}</td><td>was shown the PIN</td>" in page or "person" in typed
    page = words(ask(client, by=agent.email))
    assert "opened the request" in page and "was shown the PIN" not in page
    assert "UTC)</time>" in page


def test_a_person_is_found_by_the_chargers_where_they_had_a_part(seen):
    ticket, _agent, owner = seen
    stranger = make_person()

    assert {row.what for row in read(Question(person=owner))} >= {"opened the request"}
    assert read(Question(person=stranger)) == []
    assert read(Question(charger=ticket.charger, person=stranger)) == []


def test_a_time_is_from_a_day_on_up_to_a_day(seen):
    client, today = desk_of(Role.AUDITOR), clock.now().date()

    found = words(ask(client, since=today.isoformat(), until=today.isoformat()))
    before = words(ask(client, until=(today - timedelta(days=1)).isoformat()))

    assert "opened the request" in found
    assert "Nobody has." in before


def test_the_question_is_on_record_and_no_serial_or_mail_stands_in_its_address(seen):
    ticket, _agent, _owner = seen
    client = desk_of(Role.AUDITOR)

    answer = ask(client, serial=ticket.charger.serial, person=ticket.claimant.email)

    (address, _status), *_more = answer.redirect_chain
    assert ticket.charger.serial not in address and "%40" not in address and "@" not in address
    assert Access.objects.filter(actor=client.person, what="audit").count() == 1
    assert Access.objects.get(what="audit").subject == ticket.charger.stream


@pytest.mark.parametrize(
    ("typed", "field", "why"),
    [
        ({"serial": "ZAP999999"}, "serial", "No charger with this serial number"),
        ({"person": "nobody@example.com"}, "person", "Nobody with this mail address"),
        ({"by": "nobody@example.com"}, "by", "Nobody with this mail address"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "until", "before the first"),
        ({"since": "soon"}, "since", "valid date"),
        ({}, "", "at least one field"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(typed, field, why):
    response = ask(desk_of(Role.AUDITOR), **typed)

    assert response.status_code == 422 and why in words(response)
    assert not Access.objects.filter(what="audit").exists()


@pytest.mark.parametrize(
    "query",
    [
        "charger=x",
        "person=00000000-0000-4000-8000-000000000000",
        "since=soon",
        "since=0001-01-01",
        "until=9999-12-31",
        "by=%00",
        "since=2026-01-01&after=later",
        "since=2026-01-01&after=0001-01-01T00:00:00+23:00_00000000-0000-4000-8000-000000000000",
    ],
)
def test_an_address_that_was_made_up_is_not_there(query):
    assert desk_of(Role.AUDITOR).get(f"{AUDIT}?{query}").status_code in (400, 404)


def test_page_after_page_each_read_comes_once(seen):
    ticket, agent, _owner = seen
    for _n in range(120):
        access.saw(actor=agent, what="ticket", subject=ticket.stream)
    client, found, address = desk_of(Role.AUDITOR), [], f"{AUDIT}?by={agent.uid}"

    while address:
        page = client.get(address).context
        found += [row.place for row in page["rows"]]
        address = page["next"]

    assert len(found) == len(set(found)) == 121
    assert found == sorted(found, reverse=True)


def test_the_table_has_every_row_and_no_formula(seen):
    _ticket, agent, _owner = seen
    agent.name = '=HYPERLINK("http://evil.example")'
    agent.save()
    client = desk_of(Role.PRIVACY_OFFICER)

    response = client.get(f"{CSV}?by={agent.uid}")
    rows = list(csv.reader(b"".join(response).decode().splitlines()))

    assert response["Content-Type"].startswith("text/csv")
    assert rows[0] == ["when (UTC)", "who", "what", "about"]
    assert rows[1][1] == "'" + agent.name and rows[1][2] == "opened the request"
    assert Access.objects.filter(actor=client.person, what="audit_csv").count() == 1


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "\u00a0=1"])
def test_what_looks_like_a_formula_is_made_harmless(cell):
    assert harmless(cell) == "'" + cell
    assert harmless("a" + cell) == "a" + cell


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR, Role.SAFETY_OFFICER, Role.ADMINISTRATOR])
def test_others_may_not_ask(role):
    client = desk_of(role)

    assert client.get(AUDIT).status_code == 403
    assert client.get(f"{CSV}?by={client.person.uid}").status_code == 403
