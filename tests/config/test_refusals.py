import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import OperationalError
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.sessions import end_idle
from tests.spoken import compiled

TEMPLATES = Path(project.BASE_DIR) / "templates"


@pytest.fixture
def browser(settings, db):
    settings.ROOT_URLCONF = "tests.config.urls"
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ("who", 403, "You have approved this already."),
        ("when", 409, "This has moved on"),
        ("what", 422, "The code is missing."),
        ("stale", 409, "The owner has answered."),
        ("nothing", 404, "There is nothing here"),
        ("unreadable", 400, "Nothing was changed"),
        ("too-long", 400, "Nothing was changed"),
        ("too-big", 413, "larger than we take"),
        ("too-often", 429, "Five codes were wrong."),
        ("away", 503, "Prøv igjen om et minutt"),
        ("mistake", 500, "We made a mistake"),
    ],
)
def test_every_refusal_is_a_page_that_says_what_happened(browser, how, status, words):
    page = browser.get(f"/refuse/{how}/")

    assert page.status_code == status
    assert words in page.text
    assert "help@handover.example" in page.text
    assert "secret detail" not in page.text
    assert page.text.count("<h1>") == 1


@pytest.fixture(scope="module")
def norwegian_words(tmp_path_factory):
    """The Norwegian catalogue, compiled: tests have none else."""
    return compiled(tmp_path_factory.mktemp("locale"), "nb")


@pytest.mark.parametrize(
    ("how", "status", "heading"),
    [
        ("who", 403, "This is not open to you"),
        ("when", 409, "This has moved on since you opened the page"),
        ("what", 422, "That does not work like this"),
        ("nothing", 404, "There is nothing here"),
        ("unreadable", 400, "We could not read that"),
        ("too-big", 413, "That was too much at once"),
        ("too-often", 429, "That was too often"),
        ("away", 503, "Back in a moment"),
        ("mistake", 500, "We made a mistake"),
    ],
)
def test_every_refusal_speaks_norwegian(browser, settings, norwegian_words, how, status, heading):
    settings.LOCALE_PATHS = [norwegian_words]
    page = browser.get(f"/refuse/{how}/", headers={"accept-language": "nb-NO"})

    assert page.status_code == status
    assert '<html lang="nb"' in page.text
    said = re.search(r"<h1>([^<]+)</h1>", page.text)[1]
    with translation.override("nb"):
        assert html.unescape(said) == gettext(heading) != heading


def test_what_was_written_is_given_back_as_text(browser):
    page = browser.post(
        "/refuse/stale/", HTTP_REFERER="http://testserver/desk/1/", HTTP_HOST="testserver"
    )

    assert "My &lt;b&gt;words&lt;/b&gt;" in page.text
    assert 'href="/desk/1/"' in page.text


@pytest.mark.parametrize(
    "before", ["http://evil.example/x", "http://testserver//evil.example", "x:y"]
)
def test_the_way_back_is_a_page_of_ours(browser, before):
    page = browser.post("/refuse/when/", HTTP_REFERER=before, HTTP_HOST="testserver")

    assert "evil" not in page.text


def test_the_address_of_a_form_explains_itself(browser):
    page = browser.get("/only-post/")

    assert page.status_code == 405 and page["Allow"] == "POST"
    assert "cannot be opened by itself" in page.text


@pytest.mark.parametrize("address", ["/no\x00where/", "/sign-in/?next=%00", "/%00", "/nowhere"])
def test_strange_addresses_are_answered(browser, address):
    assert browser.get(address).status_code in (400, 404)


def test_a_form_from_elsewhere_is_refused_with_a_cure():
    page = Client(enforce_csrf_checks=True).post("/sign-in/", {"email": "kari@example.com"})

    assert page.status_code == 403
    assert "Open the page again" in page.text


def test_a_database_that_is_away_is_a_503_wherever_it_is_missed(browser, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    browser.cookies["session"] = "a" * 32
    page = browser.get("/sign-in/")

    assert page.status_code == 503
    assert page["Retry-After"] == "30"


def test_pages_of_a_session_are_stored_by_nobody(browser):
    assert "Cache-Control" not in browser.get("/sign-in/")
    browser.force_login(User.objects.create_user("kari@example.com"))

    for address in ("/me/", "/nowhere/", "/refuse/who/"):
        assert browser.get(address)["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    "address", ["/sign-in/", "/refuse/mistake/", "/refuse/away/", "/only-post/"]
)
def test_every_answer_guards_the_browser(browser, address):
    headers = browser.get(address).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "noindex" in headers["X-Robots-Tag"]


class Inline(HTMLParser):
    """Collects what the content security policy would stop."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        handlers = [name for name in names if name == "style" or name.startswith("on")]
        bare = tag == "style" or (tag == "script" and "src" not in names and "nonce" not in names)
        self.found += handlers + ([tag] if bare else [])


@pytest.mark.parametrize(
    "template",
    [p for p in TEMPLATES.rglob("*.html") if "emails" not in p.parts],
    ids=lambda p: str(p.relative_to(TEMPLATES)),
)
def test_no_template_has_what_the_policy_stops(template):
    parser = Inline()
    # A tag of the template's own may hold quotation marks: to a browser it is not there.
    parser.feed(re.sub(r"{%.*?%}|{{.*?}}", "", template.read_text()))

    assert parser.found == []


def test_the_idle_guard_is_in_place(settings):
    assert f"{end_idle.__module__}.{end_idle.__name__}" in settings.MIDDLEWARE


def test_health_and_readiness(browser, settings):
    assert browser.get("/healthz").text == "ok\n"

    ready = browser.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"database": True, "migrations": True, "outbox": True, "clock": True},
    )


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_moved_clock_is_not_ready_for_production(browser, settings, pass_time):
    pass_time(days=1)
    settings.CLOCK_MAY_MOVE = False

    assert browser.get("/readyz").json()["clock"] is False
    assert browser.get("/readyz").status_code == 503
