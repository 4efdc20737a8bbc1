"""The desk in a real browser: a keyboard alone decides a day's tickets; two people in one."""

from statistics import median

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from support.machine import State
from support.models import Ticket
from tests.factories import make_agent, make_staff
from tests.journeys import desk_days
from tests.journeys.desk_agent import Agent, Decision

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.real_sandbox,
]
# U-11, U-16: the median, key presses of each, page changes, wrong decisions.
MOST_SECONDS, MOST_KEYS, MOST_PAGES, MOST_WRONG = 60, 12, 0, 0
YES = (State.APPROVED, State.SECOND_REVIEW)


def what_became_of(case: desk_days.Case) -> str:
    """Return what was decided, by what is on record: approve, or the kind that is asked for."""
    ticket = Ticket.objects.get(request_code=case.request_code)
    if ticket.state in YES:
        return "approve"
    asked = ticket.items.filter(state="returned").values_list("kind", flat=True)
    return asked[0] if ticket.state == State.COLLECTING and asked else str(ticket.state)


def decide_day(number: int, sit_down, aside) -> None:
    cases = {case.request_code: case for case in aside(desk_days.make_day, number)}
    person = aside(make_agent)
    visitor = sit_down(person)
    visitor.page.goto(f"{visitor.base_url}/desk/?view=review")
    agent = Agent(visitor.page)
    decisions = []
    for _ticket in range(number):
        assert agent.draw() in cases
        decisions.append(agent.decide())

    wrong = [code for code, case in cases.items() if aside(what_became_of, case) != case.right]
    print(report(decisions, cases, wrong))
    assert visitor.faults == []
    assert len(decisions) == number
    assert len(wrong) <= MOST_WRONG, [cases[code] for code in wrong]
    assert max(each.keys for each in decisions) <= MOST_KEYS
    assert max(each.pages for each in decisions) <= MOST_PAGES
    assert median(each.seconds for each in decisions) <= MOST_SECONDS


def report(decisions: list[Decision], cases, wrong: list[str]) -> str:
    """Return the figures of a day, in lines."""
    took = sorted(each.seconds for each in decisions)
    rows = [
        f"{len(decisions)} tickets decided by the keyboard alone",
        f"seconds, median {median(took):5.1f}  (at most {MOST_SECONDS})",
        f"seconds, longest {took[-1]:5.1f}",
        f"of them the machine's, median {median(d.machine_s for d in decisions):5.2f}",
        f"key presses, most {max(d.keys for d in decisions)}  (at most {MOST_KEYS})",
        f"page changes, most {max(d.pages for d in decisions)}  (at most {MOST_PAGES})",
        f"wrong decisions {len(wrong)}  (at most {MOST_WRONG})",
    ]
    for story in sorted({case.story for case in cases.values()}):
        those = [d for d in decisions if cases[d.request_code].story == story]
        rows.append(f"  {story:14} {len(those):3}  keys {max(d.keys for d in those):3}")
    return "\n".join(rows)


def test_a_keyboard_alone_decides_tickets_rightly_and_soon(sit_down, aside):
    decide_day(6, sit_down, aside)


@pytest.mark.long
def test_a_keyboard_alone_decides_a_day_of_sixty(sit_down, aside):
    decide_day(60, sit_down, aside)


def test_two_people_in_one_ticket_see_each_other_and_lose_no_words(sit_down, aside):
    case = aside(desk_days.make_case, 0, "")
    first, second = aside(make_agent), aside(make_staff, Role.AGENT)
    one, other = sit_down(first), sit_down(second)
    for visitor in (one, other):
        visitor.page.goto(f"{visitor.base_url}/desk/tickets/{case.request_code}/")

    expect(one.page.locator("[data-here-list]")).to_contain_text(str(second), timeout=5_000)

    other.page.keyboard.press("r")
    other.page.get_by_label("Words to the claimant").fill("Send the whole agreement, please.")
    other.page.locator("#reject-reason").select_option("not_shown")
    one.page.keyboard.press("1")
    one.page.keyboard.press("2")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("[data-item] .state-go").first).to_be_visible()
    expect(other.page.locator("[data-changed]")).to_be_visible(timeout=5_000)
    other.page.keyboard.press("Control+Enter")

    expect(other.page.get_by_text("Accepted: photo of the label").first).to_be_visible()
    expect(other.page.get_by_label("Words to the claimant")).to_have_value(
        "Send the whole agreement, please."
    )
    assert aside(what_became_of, case) == State.IN_REVIEW
