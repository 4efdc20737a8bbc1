"""What is kept and for how long is said on a page, by the schedule; the maker's own notice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from support.services.retention import schedule
from support.views import start
from tests.factories import make_person
from tests.support.public_world import at_browser, begin, text, url

pytestmark = pytest.mark.django_db
NOTICE = "https://maker.example.com/{language}/privacy"


def test_the_page_says_what_the_nightly_run_does(monkeypatch):
    page = text(Client().get(url("what-we-keep")))
    assert "deleted 30 days after the time to appeal or object is over" in page
    assert "deleted 36 months after that time" in page

    longer = [replace(rule, keep=timedelta(days=41)) for rule in schedule.SCHEDULE if rule.work]
    monkeypatch.setattr(start, "SCHEDULE", longer)

    assert "deleted 41 days after the time to appeal" in text(Client().get(url("what-we-keep")))


@pytest.mark.parametrize("language", ["en", "nb", "sv", "da", "de"])
def test_the_makers_notice_is_in_the_foot_in_the_language_of_the_page(settings, language):
    settings.LANGUAGES = [(code, code) for code in ("en", "nb", "sv", "da", "de")]
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert "maker.example.com" not in text(client.get("/"))
    assert url("what-we-keep") in text(client.get("/"))

    settings.PRIVACY_NOTICE_URL = NOTICE

    assert f'href="https://maker.example.com/{language}/privacy"' in text(client.get("/"))


def test_it_stands_beside_the_request_for_documents(settings):
    settings.PRIVACY_NOTICE_URL = NOTICE
    client = at_browser(make_person())
    ticket = begin(client)

    page = text(client.get(url("claim-evidence", ticket.request_code)))

    section = page.split("what happens to your documents")[1].split("</section>")[0]
    assert "https://maker.example.com/en/privacy" in section and url("what-we-keep") in section
