"""The product behind a real port, its post, and people at their browsers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connections
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from deploy.local.environment import CHROMIUM
from deploy.local.processes import LOOPBACK
from tests.journeys.visitor import DESKTOP, Visitor
from tests.story.mails import CODE, LINK
from tests.support.desk_world import at_browser

# Tests run as root, too, and where /dev/shm is small; the only pages are our own.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def base_url(django_db_setup):
    """The product with all its middleware, in threads of this process."""
    server = LiveServer(LOOPBACK)
    yield server.url
    server.stop()


@pytest.fixture
def aside(transactional_db):
    """Return a function that calls another one in a thread of its own.

    Playwright keeps an event loop in the test's thread: Django reaches no database from there.
    """

    def call(function, *args, **kwargs):
        with ThreadPoolExecutor(1) as pool:
            try:
                return pool.submit(function, *args, **kwargs).result()
            finally:
                pool.submit(connections.close_all).result()

    return call


class Post:
    """What happens behind the pages, and the mails that come of it."""

    def __init__(self, deliver) -> None:
        self.deliver = deliver

    def code(self, address: str) -> str:
        """Deliver, and return the six digits of the newest code to this address."""
        return self._newest(address, lambda sent: CODE.search(sent.subject))[1]

    def link(self, address: str) -> str:
        """Deliver, and return the newest link to this address."""
        return self._newest(address, lambda sent: LINK.search(sent.body))[0]

    def _newest(self, address: str, find):
        self.deliver()
        found = [find(sent) for sent in mail.outbox if address in sent.to and find(sent)]
        assert found, f"nothing for {address} among {[sent.subject for sent in mail.outbox]}"
        return found[-1]


@pytest.fixture
def post(aside, run_outbox, base_url, settings):
    """The outbox, delivered when asked; links lead to the port that is open now."""
    settings.BASE_URL = base_url
    return Post(lambda: aside(run_outbox))


@pytest.fixture
def visit(base_url, post):
    """Return a function that gives somebody a browser: ``visit(PHONE)``."""
    visitors = []

    def begin(device: dict, *, scripts: bool = True, locale: str = "en-GB") -> Visitor:
        visitors.append(Visitor(browser, base_url, device, scripts=scripts, locale=locale))
        return visitors[-1]

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield begin
        for visitor in visitors:
            if not visitor.page.is_closed():
                print(visitor.brief())  # pytest shows it when the test has failed
        browser.close()


@pytest.fixture
def sit_down(visit, aside, base_url):
    """Return a function that lets somebody of the desk sit down at a browser of their own."""

    def begin(person, *, scripts: bool = True):
        visitor = visit(DESKTOP, scripts=scripts)
        cookies = aside(lambda: dict(at_browser(person).cookies))
        visitor.context.add_cookies(
            [{"name": k, "value": v.value, "url": base_url} for k, v in cookies.items()]
        )
        return visitor

    return begin
