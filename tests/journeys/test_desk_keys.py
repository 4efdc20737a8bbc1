"""The desk's keys and its command menu in a real browser; and each act without any script."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from records import clock
from support.models import Message, Ticket, Undo
from support.services import assigning, desk
from tests.factories import make_agent, make_staff, reload
from tests.factories import ready_for_approval as ready
from tests.journeys import desk_days
from tests.support.test_desk_decisions import (
    completed,
    contested,
    disputed,
    drawn_for_second_look,
    in_second_review,
    with_reply,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.real_sandbox,
    pytest.mark.long,
]


def focused(page: Page) -> str:
    """Return the name, or else the words, of what the keyboard is in."""
    return page.evaluate(
        "(document.activeElement.name || document.activeElement.textContent).trim()"
    )


def opened(page: Page, verb: str) -> bool:
    return page.locator(f"details#{verb}").get_attribute("open") is not None


def menu(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#desk-menu")).to_be_visible()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_the_list_is_walked_and_opened_by_keys_which_rest_while_somebody_types(sit_down, aside):
    cases = [aside(desk_days.make_case, number, "") for number in range(3)]
    visitor = sit_down(aside(make_agent))
    page, press = visitor.page, visitor.page.keyboard.press
    page.goto(f"{visitor.base_url}/desk/?view=review")
    rows = [page.locator("[data-row] a").nth(n).inner_text().strip() for n in range(3)]
    assert set(rows) == {case.request_code for case in cases}

    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        press(key)
        assert focused(page) == rows[at]
    press("/")
    page.keyboard.type("jjo?n")
    assert page.evaluate("document.activeElement.value") == "jjo?n"
    press("Escape")
    press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    press("j")  # nothing behind an open dialog
    press("Escape")
    page.locator("[data-row] a").first.focus()
    with page.expect_navigation():
        press("o")
    assert page.url.split("?")[0].endswith(f"/{rows[0]}/")
    assert visitor.faults == []


def test_the_ticket_is_decided_by_keys_and_by_the_menu(sit_down, aside):
    case = aside(desk_days.make_case, 0, "")
    visitor = sit_down(aside(make_agent))
    page, press = visitor.page, visitor.page.keyboard.press
    page.goto(f"{visitor.base_url}/desk/tickets/{case.request_code}/")

    press("1")
    press("2")
    press("Enter")
    expect(page.locator("[data-item] >> nth=0 >> .state-go")).to_be_visible()
    press("u")
    expect(page.locator("[data-item] >> nth=0 >> .state-go")).to_have_count(0)
    for key, verb, name in (("r", "reject", "reason"), ("m", "ask", "label_reason")):
        press(key)
        assert opened(page, verb) and focused(page) == name
        press("Escape")
    press("c")
    page.keyboard.type("arme 123 cu? jk")
    assert page.evaluate("document.activeElement.value") == "arme 123 cu? jk"
    assert not opened(page, "object")
    press("Escape")
    press("e")
    assert opened(page, "object") and focused(page) == "words"
    press("Escape")
    press("a")  # not yet: the keyboard goes to why
    expect(page.locator("[data-blocked=approve]")).to_be_focused()

    menu(page, "return purchase")
    assert focused(page) == "reason"
    press("Escape")
    menu(page, "accept photo")
    assert focused(page) == "ticks"
    with page.expect_navigation():
        menu(page, "next ticket")
    assert visitor.faults == []


def test_keys_can_be_changed_and_switched_off(sit_down, aside):
    aside(desk_days.make_case, 0, "")
    visitor = sit_down(aside(make_agent))
    page, press = visitor.page, visitor.page.keyboard.press

    def keep(*, keys_on: bool = True, **keys: str) -> None:
        page.goto(f"{visitor.base_url}/desk/keys/")
        page.locator("[name=keys_on]").set_checked(keys_on)
        for name, key in keys.items():
            page.locator(f"[name={name}]").fill(key)
        page.get_by_role("button", name="Keep these keys").click()
        page.goto(f"{visitor.base_url}/desk/?view=review")
        page.locator("[data-row] a").first.click()
        page.wait_for_load_state()

    keep(refuse="y")
    press("r")
    assert not opened(page, "reject")
    press("y")
    assert opened(page, "reject")
    keep(keys_on=False)
    press("y")
    press("1")
    assert not opened(page, "reject")
    assert page.locator("[name=ticks]:checked").count() == 0
    menu(page, "reject")
    assert opened(page, "reject")


def waited_for() -> Ticket:
    ticket = ready()
    desk.write(ticket_id=ticket.pk, by=make_agent(), body="Who sold it?", waits=True)
    Message.objects.filter(ticket=ticket).update(at=clock.now() - timedelta(minutes=1))
    return reload(ticket)


def asleep() -> Ticket:
    ticket = ready()
    assigning.snooze(ticket_id=ticket.pk, by=make_agent(), until_at=None)
    return reload(ticket)


def in_words(page: Page) -> None:
    for area in page.locator("form:visible textarea").all():
        area.fill("Said in a few words.")


def choose(name: str, value: str):
    """Return what chooses a value, of a list or of buttons, and writes words beside it."""

    def do(page: Page) -> None:
        in_words(page)
        for field in page.locator(f"form:visible [name={name}]").all():
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            elif field.get_attribute("value") == value:
                field.check()

    return do


def upheld(page: Page) -> None:
    choose("uphold", "yes")(page)
    page.locator("form:visible [name=reason]").select_option("objection")


AGENT, SENIOR = Role.AGENT, Role.SENIOR
# verb: a ticket, who acts, what they fill in beside it.
ACTS = {
    "approve": (ready, AGENT, choose("why", "agrees")),
    "decide": (disputed, SENIOR, upheld),
    "vote": (contested, SENIOR, choose("restore", "no")),
    "second-look": (drawn_for_second_look, AGENT, choose("fine", "yes")),
    "send-back": (in_second_review, AGENT, in_words),
    "ask": (ready, AGENT, choose("label_reason", "no_code")),
    "reject": (ready, AGENT, choose("reason", "not_shown")),
    "object": (ready, AGENT, in_words),
    "contest": (completed, AGENT, in_words),
    "freeze": (ready, AGENT, lambda page: None),
    "letter": (ready, AGENT, lambda page: None),
    "read-replies": (with_reply, AGENT, lambda page: None),
    "snooze": (ready, AGENT, lambda page: None),
    "wake": (asleep, AGENT, lambda page: None),
    "write": (ready, AGENT, choose("waits", "on")),
}


def test_each_act_of_the_ticket_page_works_without_a_script(sit_down, aside):
    people = {role: sit_down(aside(make_staff, role), scripts=False) for role in (AGENT, SENIOR)}
    for verb, (make, role, fill) in ACTS.items():
        ticket, visitor = aside(make), people[role]
        page = visitor.page
        page.goto(f"{visitor.base_url}/desk/tickets/{ticket.request_code}/")
        panel = page.locator(f"details#{verb}")
        if panel.get_attribute("open") is None:
            panel.locator("> summary").click()
        for other in page.locator(f"details[open]:not(#{verb}) > summary").all():
            other.click()  # what is folded away is not filled in
        fill(page)
        with page.expect_navigation():
            panel.locator("button:not([type=button])").last.click()
        done = page.locator(".messages, [role=status]").first.inner_text()
        assert aside(reload, ticket).version > ticket.version, (verb, done)
        assert visitor.faults == [], verb


def test_items_undo_and_what_stands_outside_the_panels_work_without_a_script(sit_down, aside):
    case = aside(desk_days.make_case, 0, "")
    visitor = sit_down(aside(make_agent), scripts=False)
    page = visitor.page
    address = f"{visitor.base_url}/desk/tickets/{case.request_code}/"
    page.goto(address)

    label = page.locator("[data-item]").nth(0)
    for box in label.locator("[name=ticks]").all():
        box.check()
    label.get_by_role("button", name="Accept").click()
    expect(page.locator("[data-item] >> nth=0 >> .state-go")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    assert aside(Undo.objects.exclude(done_at=None).count) == 1
    paper = page.locator("[data-item]").nth(1)
    paper.get_by_text("Return it, with a reason").click()
    paper.locator("[name=reason]").last.select_option("other_person")
    paper.get_by_role("button", name="Return").click()
    page.get_by_text("Returned: purchase agreement").first.wait_for()
    page.get_by_role("button", name="Pick by hand").click()
    page.get_by_text("Yours").first.wait_for()
    waiting = aside(waited_for)
    page.goto(f"{visitor.base_url}/desk/tickets/{waiting.request_code}/")
    page.get_by_role("button", name="We have the answer").click()
    page.get_by_text("Nothing is waited for any more").first.wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="Next ticket").click()
    assert visitor.faults == []
