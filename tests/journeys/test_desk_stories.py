"""Longer stories of the desk in a real browser: a policy tried and published; both appeals."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts.models import Role
from support.machine import State
from support.models import Policy, Ticket
from tests.factories import draw, make_agent, make_staff, ready_for_approval
from tests.journeys import desk_afterwards
from tests.journeys.desk_afterwards import AGAIN, REASON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def whole(ticket: Ticket) -> Ticket:
    """Return a ticket as it is now, with whom and what it leads to."""
    return Ticket.objects.select_related("claimant", "policy").get(pk=ticket.pk)


def test_a_policy_is_drafted_tried_on_the_past_and_published_by_somebody_else(sit_down, aside):
    aside(desk_afterwards.decided_in_the_past, 5, older=2)
    open_ticket = aside(ready_for_approval)
    author, second = (sit_down(aside(make_staff, Role.ADMINISTRATOR)) for _n in range(2))
    senior = sit_down(aside(make_staff, Role.SENIOR))

    author.open("/desk/policies/")
    author.follow("Draft a new version")
    author.page.locator("[name=agreement_months]").fill("6")
    author.fill("Why it should change", REASON)
    author.press("Save the draft")
    author.sees("2 of 5 would have been decided differently:")
    author.sees("tier normal would be high, 1 to approve would be 2, a longer wait")
    author.sees("You wrote this draft: a second administrator publishes it.")
    assert author.page.get_by_role("button", name="Publish").count() == 0

    second.open(author.page.url)
    second.press("Publish this version")
    second.sees("Published: version 2 is in force now.")
    assert aside(lambda: Policy.objects.current().data["agreement_months"]) == 6
    assert aside(whole, open_ticket).policy.version == 1

    senior.open("/desk/policies/")
    senior.fill("Request code", open_ticket.request_code)
    senior.page.locator("form:visible [name=reason]").fill("short")
    senior.page.get_by_role("button", name="Move this request").click()
    senior.sees("Say why in at least 20 characters.")
    senior.faults.clear()  # the browser notes the 422
    senior.page.locator("form:visible [name=reason]").fill(REASON)
    senior.press("Move this request")
    assert aside(whole, open_ticket).policy.version == 2


def appeal(visitor, ticket: Ticket) -> None:
    visitor.open(ticket.get_absolute_url())
    visitor.follow("Ask for a second opinion")
    visitor.page.locator("form [name=words]").fill(AGAIN)
    visitor.press("Send it")
    visitor.sees("Your request is being checked.")
    visitor.sees("You asked for a second opinion.")


@pytest.mark.parametrize("granted", [False, True])
def test_an_appeal_is_decided_by_somebody_else_either_way(sit_down, aside, post, granted):
    first, other = aside(make_agent), aside(make_agent)
    ticket = aside(lambda: whole(desk_afterwards.rejected(first)))
    claimant, before, after = sit_down(ticket.claimant), sit_down(first), sit_down(other)
    appeal(claimant, ticket)
    address = f"/desk/tickets/{ticket.request_code}/"

    before.open(address)
    before.sees("You decided this before the appeal: somebody new must.")
    aside(draw, ticket, other)
    after.open(address)
    after.sees(AGAIN)
    if granted:
        after.page.locator("#approve [name=why][value=agrees]").check()
        after.page.get_by_role("button", name="Approve this request").click()
        expect(after.page.get_by_text("Your approval is on file").first).to_be_visible()
    else:
        after.page.locator("#reject > summary").click()
        after.page.locator("#reject [name=reason]").select_option("not_shown")
        after.page.get_by_label("Words to the claimant").fill("It is as before: page two too.")
        after.page.get_by_role("button", name="Reject this request").click()
        expect(after.page.get_by_text("Rejected. The claimant is told").first).to_be_visible()
    post.deliver()

    claimant.open(ticket.get_absolute_url())
    told = [sent.body for sent in mail.outbox if ticket.claimant.email in sent.to]
    if granted:
        claimant.sees("Your request is being checked.")
        assert aside(whole, ticket).state == State.SECOND_REVIEW
        return
    claimant.sees("With something new you can ask again.")
    claimant.sees("It is as before: page two too.")
    assert claimant.page.get_by_role("link", name="Ask for a second opinion").count() == 0
    assert "appeal once" not in told[-1] and "It is as before" in told[-1]
    assert aside(whole, ticket).state == State.REJECTED
