"""The queue: what each view holds, in which order, a page at a time."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from records import clock
from records.models import OutboxRow
from support import delivery, queues
from support.machine import State
from support.models import Answer, Freeze, Notice, Ticket
from support.services import desk, progress
from tests.factories import make_agent, make_ticket, own, place_charger, reload
from tests.support.desk_world import at_browser, desk_of, everyone, page

pytestmark = pytest.mark.django_db
QUEUE_QUERIES = 12


def rows(client, **query) -> list[str]:
    response = client.get(reverse("support:desk"), query)
    assert response.status_code == 200
    return [ticket.request_code for ticket in response.context["rows"]]


def changed(ticket: Ticket, **fields) -> Ticket:
    Ticket.objects.filter(pk=ticket.pk).update(**fields)
    return reload(ticket)


def test_each_view_shows_its_tickets():
    agent = make_agent()
    now = clock.now()
    made = {state: make_ticket(state) for state in State if state != State.DRAFT}
    mine = changed(make_ticket(State.IN_REVIEW), assigned_to=agent)
    look = changed(make_ticket(State.APPROVED), second_look="wanted")
    reply = changed(make_ticket(State.APPROVED), unread_reply_at=now)
    appeal = changed(make_ticket(State.IN_REVIEW), appealed_at=now)
    lost = make_ticket(State.AWAITING_OWNER)
    notice = Notice.objects.create(kind="owner_asked", ticket=lost, made_at=now)
    delivery.settle([notice], at=now, error="no such mailbox")
    back = make_ticket(State.APPROVED)
    desk.write(ticket_id=back.pk, by=back.claimant, body="A word.")
    reopened = make_ticket(State.APPROVED)
    progress.reopen(reopened, at=now, why="facts_changed")
    aside = changed(make_ticket(State.IN_REVIEW), snoozed_until=now + timedelta(days=2))
    own_approval = make_ticket(State.SECOND_REVIEW)
    own_approval.approvals.create(by=agent, at=now, facts_version=1)
    expected = {
        "mine": {mine},
        "unassigned": {
            made["in_review"],
            made["second_review"],
            made["disputed"],
            appeal,
            own_approval,
            reopened,
        },
        "review": {made["in_review"], mine, appeal, reopened},
        "returned": {reopened},
        "snoozed": {aside},
        "second": {made["second_review"]},
        "looks": {look},
        "replies": {reply, back},
        "disputes": {made["disputed"]},
        "appeals": {appeal},
        "waiting": {
            made["submitted"],
            made["awaiting_owner"],
            made["collecting"],
            made["offered"],
            lost,
        },
        "undelivered": {lost},
        "approved": {made["approved"], look, reply, back},
    }
    client = at_browser(agent)
    for view, tickets in expected.items():
        assert set(rows(client, view=view)) == {t.request_code for t in tickets}, view
    assert len(rows(client, view="all")) == Ticket.objects.exclude(state=State.DRAFT).count()


def test_views_of_seniors_and_officers():
    frozen, stopped = make_ticket(State.IN_REVIEW), make_ticket(State.COLLECTING)
    contested, now = make_ticket(State.CONTESTED), clock.now()
    Freeze.objects.create(ticket=frozen, opened_at=now)
    owner = own(stopped.charger)
    Answer.objects.create(
        charger=stopped.charger, party=owner, kind="still_mine", at=now, needs_confirmation=True
    )
    senior, officer = desk_of(Role.SENIOR), desk_of(Role.SAFETY_OFFICER)
    assert rows(senior, view="contests") == [contested.request_code]
    assert rows(senior, view="stops") == [stopped.request_code]
    assert rows(officer, view="safety") == [frozen.request_code]
    shown = [view.slug for view, _count in desk_of().get(reverse("support:desk")).context["views"]]
    assert not {"contests", "stops", "safety"} & set(shown)


def test_the_oldest_due_come_first_and_pages_follow_without_gaps(monkeypatch):
    monkeypatch.setattr(queues, "PAGE", 2)
    now = clock.now()
    due = [now + timedelta(days=3), now - timedelta(days=1), None, now + timedelta(days=1), None]
    tickets = [changed(make_ticket(State.IN_REVIEW), due_at=at) for at in due]
    wanted = [tickets[n].request_code for n in (1, 3, 0, 2, 4)]
    client, seen, address = desk_of(), [], "?view=review"
    while address:
        response = client.get(reverse("support:desk") + address)
        seen.append([ticket.request_code for ticket in response.context["rows"]])
        address = response.context["next"]
    assert seen == [wanted[:2], wanted[2:4], wanted[4:]]
    assert "overdue" in client.get(reverse("support:desk") + "?view=review").content.decode()


def test_counts_stop_at_a_thousand(monkeypatch):
    monkeypatch.setattr(queues, "COUNT_CAP", 2)
    for _each in range(3):
        make_ticket(State.IN_REVIEW)
    response = desk_of().get(reverse("support:desk"), {"view": "review"})
    assert dict((v.slug, n) for v, n in response.context["views"])["review"] == "2+"
    assert response.context["total"] == "2+"


def test_filters_stay_in_the_address():
    swede = changed(make_ticket(State.IN_REVIEW), country="SE", kind="transfer", queue_tier=3)
    other = make_ticket(State.COLLECTING)
    client = desk_of()
    for query in ({"state": "in_review"}, {"country": "SE"}, {"kind": "transfer"}, {"tier": "3"}):
        assert rows(client, view="all", **query) == [swede.request_code]
    assert rows(client, view="all", q=other.request_code.replace("-", " ").upper()) == [
        other.request_code
    ]
    typed = f" {other.serial[:3].lower()} {other.serial[3:]}".replace("0", "O")
    assert rows(client, view="all", q=typed) == [other.request_code]
    empty = client.get(reverse("support:desk"), {"view": "all", "q": "nothing-like-0000"})
    assert "Take the filters off" in empty.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"view": "no-such-view"},
        {"after": "no-such-code"},
        {"after": "\x00"},
        {"q": "\x00"},
        {"q": "'; DROP TABLE support_ticket; --"},
        {"q": "ｚａｐ０００１" * 20},
        {"tier": "99999999999999999999"},
        {"state": "🔌"},
        {"country": "no"},
    ],
)
def test_nothing_typed_into_the_address_breaks_the_queue(query):
    make_ticket(State.IN_REVIEW)
    assert desk_of().get(reverse("support:desk"), query).status_code in (200, 400, 422)


def test_the_queue_is_for_the_desk():
    people = everyone(make_ticket(State.IN_REVIEW))
    answers = {
        who: client.get(reverse("support:desk")).status_code for who, client in people.items()
    }
    assert answers == {
        "anonymous": 302,
        "claimant": 404,
        "stranger": 404,
        "agent": 200,
        "senior": 200,
        "safety_officer": 200,
        "auditor": 200,
        "privacy_officer": 404,
        "administrator": 404,
        "superuser": 404,
    }


def test_a_member_of_the_desk_without_the_second_factor_is_asked_for_it():
    response = at_browser(make_agent(), proved=False).get(reverse("support:desk"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:staff"))


def test_the_next_ticket_is_drawn_and_assigned():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    response = client.post(reverse("support:desk-take"))
    assert response["Location"] == page(ticket)
    assert reload(ticket).assigned_to == client.person
    assert not reload(ticket).picked_by_hand


def test_with_nothing_to_draw_the_desk_is_told():
    response = desk_of().post(reverse("support:desk-take"), follow=True)
    assert "Nothing waits for you just now." in response.content.decode()


def test_those_who_look_on_draw_nothing():
    ticket = make_ticket(State.IN_REVIEW)
    for role in (Role.AUDITOR, Role.SAFETY_OFFICER):
        assert desk_of(role).post(reverse("support:desk-take")).status_code == 403
    assert reload(ticket).assigned_to is None


def test_picking_by_hand_is_said_and_flagged():
    ticket, client = make_ticket(State.IN_REVIEW), desk_of()
    response = client.post(reverse("support:desk-pick", args=[ticket.request_code]), follow=True)
    assert "Picked by hand is a flag" in response.content.decode()
    assert reload(ticket).picked_by_hand


def test_what_did_not_go_out_is_shown():
    ticket, now = make_ticket(State.AWAITING_OWNER), clock.now()
    Notice.objects.create(
        kind="owner_asked", ticket=ticket, made_at=now, failed_at=now, error="no such mailbox"
    )
    OutboxRow.objects.create(
        topic="mail", key="k", made_at=now, due_at=now, attempts=8, parked_at=now, last_error="away"
    )
    html = desk_of().get(reverse("support:desk-undelivered")).content.decode()
    assert "no such mailbox" in html
    assert "after 8 attempts" in html


def test_the_queue_asks_the_database_a_fixed_number_of_times(django_assert_max_num_queries):
    charger = place_charger()
    for _each in range(12):
        make_ticket(State.IN_REVIEW, charger=charger)
    desk.take(by=make_agent())
    client = desk_of()
    client.get(reverse("support:desk"))
    with django_assert_max_num_queries(QUEUE_QUERIES):
        client.get(reverse("support:desk"), {"view": "review"})


def test_a_row_is_a_row_and_what_was_typed_is_text():
    ticket = make_ticket(State.IN_REVIEW)
    Ticket.objects.filter(pk=ticket.pk).update(city="<b>Oslo</b> & 'co'", serial="<i>ZAP</i>")

    content = desk_of().get("/desk/?view=all").content.decode()

    assert f'<tr data-row="{ticket.request_code}">' in content
    assert "<b>" not in content and "<i>" not in content
    assert "&lt;b&gt;Oslo&lt;/b&gt; &amp; &#39;co&#39;" in content
