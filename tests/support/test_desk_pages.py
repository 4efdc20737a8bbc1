"""The ticket's page: everything a decision rests on, in words, for those who may see it."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import Role
from chargers.models import Charger
from records import bundle, clock, put_together
from records.models import Access, Event
from support import queues, reading, saved_views
from support.machine import State
from support.models import Answer, Notice, Ticket
from support.reading import desk as beside
from support.reading import finding, people, timeline
from support.services import approvals, desk, disputes, dossiers, freezes
from tests.chargers.world import PIN, make_service
from tests.factories import (
    accept,
    asked,
    make_agent,
    make_person,
    make_ticket,
    own,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import DESK, desk_of, everyone, page

pytestmark = pytest.mark.django_db
TICKET_QUERIES = 12
STATIC = Path(settings.BASE_DIR, "support/static/support")
DESK_VERBS = set(reading.moves.DESK_MOVES)


def html_of(ticket: Ticket, role: str = Role.AGENT) -> str:
    response = desk_of(role).get(page(ticket))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", DESK)
def test_a_ticket_in_any_state_has_its_page(role):
    client = desk_of(role)
    for state in State:
        if state == State.DRAFT:
            continue
        ticket = make_ticket(state)
        response = client.get(page(ticket))
        assert response.status_code == 200
        assert ticket.request_code in response.content.decode()


@pytest.mark.parametrize("role", DESK)
@pytest.mark.parametrize("state", ["in_review", "second_review", "disputed", "contested"])
def test_exactly_the_moves_of_the_machine_are_offered(role, state):
    ticket, client = make_ticket(state), desk_of(role)
    found = Ticket.objects.get(pk=ticket.pk)
    allowed = {t.name for t in found.get_available_user_state_transitions(client.person)}
    context = client.get(page(ticket)).context
    offered = {p.verb.move for p in context["panels"] if p.verb.move and (p.form or p.why)}
    open_ = {p.verb.move for p in context["panels"] if p.verb.move and p.form}
    assert open_ <= allowed & DESK_VERBS
    assert allowed & DESK_VERBS <= offered | {"dismiss", "restore"}
    assert all(p.form or p.why for p in context["panels"])


def test_who_sees_a_ticket():
    ticket = make_ticket(State.IN_REVIEW)
    seen = {who: c.get(page(ticket)).status_code for who, c in everyone(ticket).items()}
    assert [who for who, status in seen.items() if status == 200] == [
        "agent",
        "senior",
        "safety_officer",
        "auditor",
    ]
    assert seen["anonymous"] == 302
    assert seen["claimant"] == seen["stranger"] == seen["superuser"] == 404


def test_a_draft_is_nobodys_but_its_claimants():
    assert desk_of().get(page(make_ticket(State.DRAFT))).status_code == 404


def test_opening_a_ticket_is_on_record_and_changes_nothing_else():
    ticket, client = ready_for_approval(), desk_of()
    events, before = Event.objects.count(), reload(ticket).version
    client.get(page(ticket))
    looks = Access.objects.filter(subject=ticket.stream, actor=client.person, what="ticket")
    assert looks.count() == 1
    assert Event.objects.count() == events
    assert reload(ticket).version == before


def test_what_differs_is_said_in_words():
    charger = place_charger()
    own(charger)
    ticket = asked(charger, address_line="Storgata 99999", postal_code="0151")
    html = html_of(ticket)
    assert "2 lines differ" in html
    assert html.count("these differ") == 2
    assert "Nothing differs" in html_of(asked(place_charger()))


def test_the_policy_says_which_group_is_short():
    html = html_of(asked(place_charger()))
    assert "A right:</b> missing" in html
    assert "a right (consent, agreement, register or first customer): missing" in html
    assert "Accept or return the evidence first" in html
    ready = html_of(ready_for_approval())
    assert "A right:</b> met by: purchase agreement" in ready


def test_contacts_are_masked():
    charger = place_charger()
    owner = own(charger, make_person(name="Kari Eier", email="kari.eier@example.org"))
    make_service(charger.installation)
    ticket = asked(charger, claimant=make_person(name="Nina", email="nina.ny@example.net"))
    html = html_of(ticket)
    assert owner.name in html
    assert "k•••@e•••.org" in html
    assert "kari.eier" not in html
    assert "nina.ny" not in html
    assert people.mask_phone("+47 12 34 56 78") == "••• 78"
    assert people.mask_email("broken") == ""


def test_notices_say_whether_they_arrived():
    ticket, now = make_ticket(State.AWAITING_OWNER), clock.now()
    for fields in ({"accepted_at": now}, {"failed_at": now, "error": "no such mailbox"}, {}):
        Notice.objects.create(kind="owner_asked", ticket=ticket, made_at=now, **fields)
    html = html_of(ticket)
    assert "accepted by the mail server" in html
    assert "no such mailbox" in html
    assert "on its way" in html


def test_rivals_and_earlier_requests_are_listed():
    charger, claimant = place_charger(), make_person()
    ticket = make_ticket(State.IN_REVIEW, charger=charger, claimant=claimant)
    rival = make_ticket(State.COLLECTING, charger=charger)
    earlier = make_ticket(State.REJECTED, claimant=claimant)
    html = html_of(ticket)
    assert re.search(rf"{rival.request_code}</a>.*?rival: same charger, open", html)
    assert re.search(rf"{earlier.request_code}</a>.*?same person", html)


def test_the_second_person_is_blind_to_the_first_ones_note():
    ticket = ready_for_approval()
    first = make_agent()
    desk.pick(ticket_id=ticket.pk, by=first)
    note = "The seller told me on the phone."
    approvals.approve(
        ticket_id=ticket.pk, by=first, facts_version=reload(ticket).facts_version, note=note
    )
    assert reload(ticket).state == State.SECOND_REVIEW
    assert note not in html_of(ticket)
    accept(ticket, "label")
    assert reload(ticket).state == State.IN_REVIEW
    assert note in html_of(ticket)
    assert "void" in html_of(ticket)


def test_the_command_menu_finds_each_item_by_what_can_be_done_with_it():
    html = html_of(ready_for_approval())

    label = "photo of the label with the request code"
    for act in ("Accept", "Return"):
        assert f'data-menu="{act}: {label}"' in html
    assert "[data-item] summary[data-menu]" in (STATIC / "desk-menu.js").read_text()


def test_internal_notes_are_shown_as_such_and_escaped():
    ticket = make_ticket(State.IN_REVIEW)
    body = "<script>alert(1)</script>"
    desk.write(ticket_id=ticket.pk, by=make_agent(), body=body, internal=True)
    html = html_of(ticket)
    assert "Internal note" in html
    assert body not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.COLLECTING, "Waiting for the claimant."),
        (State.AWAITING_OWNER, "The time in which the owner can answer"),
        (State.DISPUTED, "a senior decides that first"),
        (State.APPROVED, "Approved already"),
    ],
)
def test_a_blocked_approval_says_why(state, says):
    assert says in html_of(make_ticket(state))


def test_a_freeze_and_a_dispute_say_since_when():
    frozen = make_ticket(State.IN_REVIEW)
    freezes.freeze_ticket(ticket_id=frozen.pk, by=make_agent())
    assert "Frozen since" in html_of(frozen)
    disputed = ready_for_approval()
    disputes.object_at_desk(ticket_id=disputed.pk, by=make_agent(), words="Odd.")
    assert "Dispute open since" in html_of(disputed)


def test_no_page_of_the_desk_has_a_pin():
    ticket = ready_for_approval()
    assert Charger.objects.get(pk=ticket.charger_id).pin
    text = re.sub(r"<[^>]+>", " ", html_of(ticket))
    assert not re.search(rf"\b{PIN}\b", text.replace(ticket.request_code, ""))


def test_every_kind_of_event_has_its_sentence():
    recorded = set()
    for path in (Path(settings.BASE_DIR) / "support" / "services").glob("*.py"):
        code = path.read_text()
        recorded |= set(re.findall(r'save_and_record\(\s*\w+,\s*"(\w+)"', code))
        recorded |= set(re.findall(r'_record_on_all\(\s*[\w.]+,\s*"(\w+)"', code))
    assert len(recorded) > 20
    assert recorded - set(timeline.SENTENCES) == set()


@pytest.mark.parametrize("kind", timeline.SENTENCES)
def test_a_sentence_never_breaks_on_what_an_event_lacks(kind):
    assert timeline.sentence(kind, {})
    assert timeline.sentence(kind, {"what": None, "why": None, "reason": None, "tier": "x"})
    assert timeline.sentence("never_heard_of", {}) == "Never heard of."


@pytest.mark.parametrize(
    "typed",
    [
        "'; DROP TABLE support_ticket; --",
        "{{ settings.SECRET_KEY }}",
        "%s %(x)s %",
        "Ｚ\u202eﾟ𝕏",
        "🔌",
    ],
)
def test_naughty_strings_in_a_claim_do_not_break_its_page(typed):
    fields = {"claimant_name": typed, "installer_name": typed, "city": typed}
    ticket = make_ticket(State.IN_REVIEW, address_line=typed, serial_typed=typed, **fields)
    Answer.objects.create(
        charger=ticket.charger, party=own(ticket.charger), kind="never_mine", at=clock.now()
    )
    html_of(ticket)


@pytest.mark.parametrize("code", ["no-such-ticket-0000", "x" * 300, "-"])
def test_an_unknown_request_code_is_404(code):
    assert desk_of().get(f"/desk/tickets/{code}/").status_code == 404
    assert desk_of().post(f"/desk/tickets/{code}/approve").status_code == 404


def test_the_page_speaks_norwegian_without_breaking():
    ticket, client = ready_for_approval(), desk_of()
    with translation.override("nb"):
        assert client.get(page(ticket), headers={"accept-language": "nb"}).status_code == 200


def test_the_page_asks_the_database_a_bounded_number_of_times():
    ticket, client = ready_for_approval(), desk_of()
    for number in range(5):
        desk.write(ticket_id=ticket.pk, by=make_agent(), body=f"Note {number}.", internal=True)
    with CaptureQueriesContext(connection) as queries:
        client.get(page(ticket))
    asked = [query["sql"] for query in queries]
    assert len(asked) <= TICKET_QUERIES, "\n".join(sql[:160] for sql in asked)


LARGE = ("evidenceitem", "ticket", "notice", "letter", "message", "approval", "decision", "answer")


def plan_for_anything(statement: str) -> str:
    """Return how PostgreSQL would go about a statement whatever its parameters are."""
    count = statement.count("%s")
    numbered = statement % tuple(f"${number + 1}" for number in range(count))
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE asked AS {numbered}")
        cursor.execute(f"EXPLAIN EXECUTE asked{given}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
    return plan


def test_nothing_of_a_ticket_is_sought_through_a_whole_table():
    ticket, agent = ready_for_approval(), make_agent()
    (ticket,) = finding.find(agent, pk=ticket.pk)
    facts = (dossiers.rows_of(ticket, clock.now()), reading.rows_shown(ticket, agent))
    for queue in saved_views.QUEUES.values():
        for at in (clock.now(), None):
            setattr(ticket, queue.order, at)
            around = beside.rows_around(ticket, agent, clock.now(), queue)
            plan = plan_for_anything(put_together.of((*facts, around), bundle._join).text)
            for table in LARGE:
                assert f"Seq Scan on support_{table} " not in plan, f"{queue.slug}: {plan}"
        facts = ()


def test_each_way_to_a_say_in_a_charger_is_a_look_up_of_its_own():
    """An OR of two reads every place there is; with so few rows as here its plan does not show."""
    ways = queues._SAY.partition(")\nSELECT")[2].split("UNION")
    sought_by = [way.count("%(user)s") + way.count("IN (SELECT") for way in ways]
    assert sought_by == [1] * 6, ways


@pytest.mark.parametrize("queue", [saved_views.QUEUES["review"], saved_views.QUEUES["all"]])
def test_what_stands_beside_a_ticket_is_what_the_queue_has_before_and_after_it(queue):
    agent, now = make_agent(), clock.now()
    made = [make_ticket(State.IN_REVIEW) for _each in range(9)]
    for ticket, hours in zip(made, (3, 1, 2, 2, None, 3, None, 1, None), strict=True):
        at = None if hours is None else now + timedelta(hours=hours)
        Ticket.objects.filter(pk=ticket.pk).update(**{queue.order: at})
    in_order = list(queues.tickets_of(queue, queues.reader_of(agent, now)))

    for at, ticket in enumerate(in_order):
        (found,) = finding.find(agent, pk=ticket.pk)
        rows = bundle.at_once(beside.rows_around(found, agent, now, queue))
        shown = beside.around(found, queue, rows).slice
        assert shown == in_order[max(0, at - beside.BEFORE) : at + 1 + beside.AFTER]


def test_the_desk_is_reached_from_every_page():
    page = desk_of().get(reverse("support:tickets"))
    assert f'href="{reverse("support:desk")}"' in page.content.decode()
