"""R-F02: the same form, sent fifty times at once over HTTP, is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlsplit

import pytest
import requests

from accounts.models import Role
from chargers.models import Hold
from records import clock
from records.models import Event, OutboxRow
from support.models import Answer, Approval, Deadline, Dispute, FormKey, Notice, Ticket
from support.services import claims, links, tickets
from tests.factories import (
    add,
    claim_of,
    draw,
    make_person,
    make_staff,
    own,
    place_charger,
    ready_for_approval,
)
from tests.faults import parts
from tests.story.browser import Browser, Form
from tests.support.desk_world import at_browser, page
from tests.support.public_world import link_to, url

FIFTY = 50
COUNTED = (Answer, Approval, Deadline, Dispute, Event, FormKey, Hold, Notice, OutboxRow, Ticket)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def base_url(django_db_setup, tmp_path_factory):
    with parts.web(tmp_path_factory.mktemp("web")) as address:
        yield address


def signed_in(base_url: str, person, *, proved: bool = False) -> Browser:
    """Return a browser in which this person has signed in already."""
    browser = Browser(base_url)
    session = at_browser(person, proved=proved).cookies["session"].value
    browser.session.cookies.set("session", session, domain=urlsplit(base_url).hostname)
    return browser


def start(base_url: str):
    """A resident starts a request."""
    browser = signed_in(base_url, make_person(name="Nina Nyinnflyttet"))
    form = browser.get(url("new")).form(having="situation")
    effects = {"Ticket": 1, "Deadline": 1, "Event": 1, "FormKey": 1}
    return browser, form, {"situation": "bought", "fears_owner": "no"}, effects


def submit(base_url: str):
    """A resident sends a request that is complete."""
    claimant, charger = make_person(name="Nina Nyinnflyttet"), place_charger()
    own(charger)
    draft = tickets.start(by=claimant)
    claims.save_claim(ticket_id=draft.pk, by=claimant, **claim_of(charger, bought_recently=True))
    add(draft, "label")
    browser = signed_in(base_url, claimant)
    form = browser.get(url("claim-check", draft.request_code)).form(button="Send")
    effects = {"Event": 2, "OutboxRow": 2, "Notice": 1, "Deadline": 2, "FormKey": 1}
    return browser, form, {"claimant_name": "Nina Nyinnflyttet"}, effects


def object_by_link(base_url: str):
    """An owner objects by the link in the mail, without a code."""
    ticket = ready_for_approval()
    owner = ticket.charger.owner(clock.now())
    browser = Browser(base_url)
    opened = browser.get(url("link", links.token(link_to(ticket.charger, owner))))
    form = opened.form(having="still_mine")
    effects = {"Event": 2, "Answer": 1, "Dispute": 1, "Hold": 1, "FormKey": 1}
    return browser, form, {"answer": "still_mine"}, effects


def approve(base_url: str):
    """An agent approves: the last yes that was missing."""
    ticket = ready_for_approval()
    Notice.objects.filter(starts_clock=True).update(accepted_at=clock.now())
    agent = make_staff(Role.AGENT)
    draw(ticket, agent)
    browser = signed_in(base_url, agent, proved=True)
    form = browser.get(page(ticket)).form(to="/approve")
    effects = {"Event": 1, "Approval": 1, "Notice": 1, "OutboxRow": 1, "FormKey": 1, "Deadline": 1}
    return browser, form, {"note": "All of it fits."}, effects


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def send_fifty(browser: Browser, form: Form, typed: dict) -> list[tuple[int, str]]:
    """Press the button fifty times at the same moment, over fifty connections."""
    data = {name: values[-1] for name, values in form.values.items()} | typed
    cookies = requests.utils.dict_from_cookiejar(browser.session.cookies)
    together = Barrier(FIFTY)

    def send(_number: int) -> tuple[int, str]:
        together.wait(timeout=60)
        response = requests.post(
            form.action,
            data=data,
            cookies=cookies,
            headers={"Referer": browser.page.url},
            allow_redirects=False,
            timeout=60,
        )
        return response.status_code, response.headers.get("Location", "")

    with ThreadPoolExecutor(FIFTY) as pool:
        return list(pool.map(send, range(FIFTY)))


@pytest.mark.parametrize("way", [start, submit, object_by_link, approve])
def test_fifty_of_one_form_have_one_effect_and_fifty_equal_redirects(way, base_url):
    browser, form, typed, effects = way(base_url)
    before = counts()

    answers = send_fifty(browser, form, typed)

    ((status, location),) = set(answers)
    assert status == 302 and location
    now = counts()
    assert {name: now[name] - before[name] for name in now if now[name] != before[name]} == effects
