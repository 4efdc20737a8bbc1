"""Reports: figures that can be counted by hand, kept, shown, and given as CSV."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse

from accounts.models import Role
from records import clock
from records.models import Access, OutboxRow
from support import reports as table
from support.machine import State
from support.models import Contest, EvidenceItem, Notice, ReportTable, Ticket
from support.reports.shape import period
from support.rules import EvidenceKind
from support.services import approvals, due, evidence, reports
from tests.factories import (
    add,
    asked,
    draw,
    make_agent,
    make_person,
    make_ticket,
    place_charger,
    ready_for_approval,
    reload,
)
from tests.support.desk_world import desk_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def rows(name, slug="30d"):
    return table.REPORTS[name].make(period(slug, clock.now() + timedelta(seconds=1)))


def released(hours, *, country="NO", kind="transfer", state=State.COMPLETED):
    ticket = make_ticket(state=state)
    now = clock.now()
    Ticket.objects.filter(pk=ticket.pk).update(
        submitted_at=now - hours * HOUR, decided_at=now, country=country, kind=kind
    )
    return ticket


def test_time_to_the_pin_is_median_and_90th_by_country_and_route():
    for hours in (1, 2, 3, 4, 100):
        released(hours)
    released(7, country="SE", kind="verification")

    assert rows("time-to-pin") == [
        ["NO", "transfer", 5, 3.0, 61.6],
        ["SE", "verification", 1, 7.0, 7.0],
    ]


def test_what_was_released_before_the_period_is_not_counted():
    ticket = released(1)
    Ticket.objects.filter(pk=ticket.pk).update(decided_at=clock.now() - timedelta(days=31))

    assert rows("time-to-pin") == []
    assert len(rows("time-to-pin", "90d")) == 1


def test_the_backlog_is_told_by_age_and_overdue():
    now = clock.now()
    for days in (0.5, 2, 2, 5, 10, 30):
        ticket = make_ticket(state=State.IN_REVIEW)
        Ticket.objects.filter(pk=ticket.pk).update(submitted_at=now - timedelta(days=days))
    Ticket.objects.filter(pk=ticket.pk).update(due_at=now - HOUR)

    assert rows("backlog") == [["in_review", 6, 1, 2, 1, 1, 1, 1]]


def test_first_time_right_counts_first_files_only():
    ticket = asked(place_charger())
    item = ticket.items.get(kind="label")
    evidence.return_item(
        item_uid=str(item.uid),
        by=make_agent(),
        facts_version=reload(ticket).facts_version,
        reason="unreadable",
    )
    better = add(ticket, EvidenceKind.LABEL, "red")
    evidence.accept(
        item_uid=str(better.uid),
        by=make_agent(),
        facts_version=reload(ticket).facts_version,
        ticks=["serial_shown"],
    )

    assert EvidenceItem.objects.filter(state="accepted").exists()
    assert rows("first-time-right") == [["label", 1, 0.0]]
    assert rows("returned") == [["unreadable", "label", 1]]


def approved(agent, *, seconds, country="NO"):
    ticket = ready_for_approval()
    Ticket.objects.filter(pk=ticket.pk).update(country=country)
    opened_at = clock.now() - timedelta(seconds=seconds)
    Access.objects.create(at=opened_at, actor=agent, what="ticket", subject=ticket.stream)
    draw(ticket, agent)
    facts_version = reload(ticket).facts_version
    approvals.approve(ticket_id=ticket.pk, by=agent, facts_version=facts_version)


def test_work_is_told_by_agent_with_what_was_too_fast_to_be_read():
    quick, careful = make_agent(), make_agent()
    approved(quick, seconds=2)
    approved(careful, seconds=30)
    limit = period("30d", clock.now() + timedelta(minutes=1))

    found = table.REPORTS["agents"].make(limit)

    assert found[0][:4] == [None, 2, 2, 0]
    assert {row[0]: row[5] for row in found} == {None: 1, quick.pk: 1, careful.pk: 0}


def test_figures_of_agents_can_be_switched_off_by_country_and_the_teams_stay(settings):
    settings.AGENT_FIGURES_OFF = ["DE"]
    agent = make_agent()
    approved(agent, seconds=0, country="DE")
    approved(agent, seconds=0)

    found = table.REPORTS["agents"].make(period("7d", clock.now() + HOUR))

    assert [row[:2] for row in found] == [[None, 2], [agent.pk, 1]]


def test_objections_after_release_and_wrong_grants():
    now = clock.now()
    for restored in (None, False, True):
        ticket = released(1)
        Contest.objects.create(
            ticket=ticket,
            by=make_person(),
            opened_at=now,
            closed_at=None if restored is None else now,
            restored=restored,
        )
    released(1)

    assert rows("after-release") == [["NO", 4, 3, 75.0, 1, 1]]


def test_mails_are_told_by_whether_they_arrived():
    now = clock.now()
    for said in ({"accepted_at": now}, {"accepted_at": now, "bounced_at": now}, {"failed_at": now}):
        Notice.objects.create(kind="owner_asked", email="a@example.org", made_at=now, **said)

    assert rows("notices") == [["owner_asked", 3, 1, 1, 1, 33.3]]


@pytest.mark.parametrize("name", table.REPORTS)
def test_every_report_can_be_made_of_nothing_and_shown(name):
    assert rows(name) == []
    reports.make("30d")

    page = desk_of(Role.SENIOR).get(reverse("support:reports"))

    assert f'id="{name}"' in page.content.decode()


def test_the_hours_reports_are_made_once_in_the_background():
    due.daily()
    due.daily()

    queued = OutboxRow.objects.filter(topic="reports")
    assert {row.key.split(":")[1] for row in queued} == {"7d", "30d", "90d", "12m"}
    assert queued.count() == 4
    for row in queued:
        reports.make_from_outbox(key=row.key, **row.payload)
    assert ReportTable.objects.count() == 4 * len(table.REPORTS)


# --- the pages ---


def test_a_page_shows_what_was_kept_in_words_picture_and_table():
    released(2)
    reports.make("7d")

    page = desk_of(Role.AUDITOR).get(reverse("support:reports") + "?period=7d").content.decode()

    assert "NO, transfer 2.0 h" in page  # the picture's words for those who do not see it
    assert "90th percentile" in page


def test_a_page_asks_the_database_the_same_however_much_there_is(django_assert_max_num_queries):
    reports.make("30d")
    client = desk_of(Role.SENIOR)
    client.get(reverse("support:reports"))

    with django_assert_max_num_queries(16):
        client.get(reverse("support:reports"))


def test_a_csv_holds_no_formula():
    agent = make_agent()
    type(agent).objects.filter(pk=agent.pk).update(name='=HYPERLINK("x")')
    approved(agent, seconds=0)
    ReportTable.objects.create(
        name="agents",
        period="30d",
        made_at=clock.now(),
        rows=table.REPORTS["agents"].make(period("30d", clock.now() + HOUR)),
    )

    answer = desk_of(Role.SENIOR).get(reverse("support:report-table", args=["agents"]))

    cells = list(csv.reader(StringIO(answer.content.decode())))
    assert cells[2][0] == '\'=HYPERLINK("x")'


@pytest.mark.parametrize("role", [Role.AGENT, Role.PRIVACY_OFFICER, Role.SAFETY_OFFICER])
def test_reports_are_for_those_who_answer_for_the_work(role):
    assert desk_of(role).get(reverse("support:reports")).status_code == 404
