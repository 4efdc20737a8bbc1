"""Languages: catalogues whole where they are offered, kept through link and page, never mixed."""

import re
from datetime import date
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils import translation

from deploy.local import catalogues
from records import dates
from support.languages import PARTY_PAGES
from support.models import Notice
from support.services import links
from support.services.kinds import REASONS
from tests.factories import asked, own, place_charger
from tests.spoken import compiled
from tests.support.public_world import at_browser, link_to, resident, url

LOCALE = Path(settings.BASE_DIR) / "locale"
# What owners and households read: mails, letters, answer and stop pages, and all around them.
PARTY_FILES = (
    "templates/emails/",
    "templates/parts/",
    "templates/base.html",
    "templates/problem.html",
    "templates/form_expired.html",
    *(f"templates/{status}.html" for status in (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)),
    "templates/accounts/code.html",
    "templates/accounts/kept",
    "templates/accounts/sign_in.html",
    "templates/accounts/signed_out.html",
    "templates/chargers/_",
    "templates/chargers/charger.html",
    "templates/chargers/installation",
    "templates/chargers/mine.html",
    "templates/chargers/open_share.html",
    "templates/chargers/pin.html",
    "templates/chargers/refused.html",
    "templates/chargers/reveal.html",
    "templates/chargers/settings.html",
    "templates/chargers/share",
    "templates/support/card.html",
    "templates/support/charger_requests.html",
    "templates/support/danger",
    "templates/support/establish_code.html",
    "templates/support/firm",
    "templates/support/form_used.html",
    "templates/support/helped.html",
    "templates/support/leaving",
    "templates/support/parts/code_box.html",
    "templates/support/parts/offer_state.html",
    "templates/support/parts/owner_message.html",
    "templates/support/parts/where_pin.html",
    "templates/support/parts/what_to_send.html",
    "templates/support/start.html",
    "templates/support/upload.html",
    "templates/support/use.html",
    "templates/support/vacate.html",
    "templates/support/what_we_keep.html",
    "templates/support/answer",
    "templates/support/stop",
    "templates/support/change.html",
    "templates/support/link",
    "templates/support/offer",
    "templates/support/parts/asked.html",
    "templates/support/parts/own_charger.html",
    "templates/support/proof.html",
    "templates/support/parts/quick_exit",
    "support/letter",
    "support/mail",
    "support/notifications.py",
    "support/offer_forms.py",
    "support/services/taking.py",
    "support/uploads.py",
    "support/views/files.py",
    "support/party_forms.py",
    "support/services/answers.py",
    "support/services/contact_letters.py",
    "support/services/kinds.py",
    "support/services/links.py",
    "support/views/proofs.py",
    "accounts/codes.py",
    "accounts/throttles.py",
    "chargers/refusals.py",
    "chargers/services/shares.py",
    "chargers/services/standing.py",
    "chargers/portal.py",
    "chargers/views.py",
    "support/models/leaving.py",
    "support/reading/leaving.py",
    "support/services/offers.py",
    "support/views/danger.py",
    "support/views/leaving.py",
    "support/views/offers.py",
    "support/views/uses.py",
    "support/views/answers.py",
    "support/views/stops.py",
)
NAMES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def catalogue(language):
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    return [e for e in polib.pofile(str(path)) if not e.obsolete] if path.exists() else []


def for_parties(entry):
    return any(path.startswith(PARTY_FILES) for path, _line in entry.occurrences)


def is_done(entry):
    words = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
    return all(words) and not entry.fuzzy


@pytest.mark.parametrize("language", [p.name for p in sorted(LOCALE.glob("*"))])
def test_a_catalogue_has_every_message_that_is_read_in_its_language(language):
    whole = language in settings.WHOLE_LANGUAGES

    missing = [e.msgid for e in catalogue(language) if (whole or for_parties(e)) and not is_done(e)]

    assert missing == []


@pytest.mark.parametrize("language", [p.name for p in sorted(LOCALE.glob("*"))])
def test_a_translation_names_what_its_message_names(language):
    wrong = []
    for entry in catalogue(language):
        words = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        names = set(NAMES.findall(entry.msgid + entry.msgid_plural))
        for text in filter(None, words):
            if not set(NAMES.findall(text)) <= names or (
                not entry.msgid_plural and set(NAMES.findall(text)) != names
            ):
                wrong.append((entry.msgid, text))

    assert wrong == []


@pytest.mark.parametrize("language", [p.name for p in sorted(LOCALE.glob("*"))])
def test_every_reason_for_giving_a_file_back_is_there_in_every_language(language):
    """The mail that tells it is, and a reason in another language would be no cure."""
    done = {entry.msgid for entry in catalogue(language) if is_done(entry)}
    with translation.override("en"):
        told = {str(words) for reason in REASONS.values() for words in reason}

    assert told - done == set()


def test_a_catalogue_is_compiled_when_it_changed(tmp_path):
    folder = tmp_path / "nb" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Send"\nmsgstr "Send inn"\n\n#, fuzzy\nmsgid "Stop"\nmsgstr "Kanskje"\n'
    )

    assert catalogues.compile_all(tmp_path) == ["nb"]
    assert catalogues.compile_all(tmp_path) == []
    made = polib.mofile(str(folder / "django.mo"))
    assert [(e.msgid, e.msgstr) for e in made] == [("Send", "Send inn")]


def test_party_pages_are_pages():
    names = set()

    def walk(patterns, prefix=""):
        for found in patterns:
            if hasattr(found, "url_patterns"):
                space = f"{found.namespace}:" if found.namespace else ""
                walk(found.url_patterns, prefix + space)
            elif found.name:
                names.add(prefix + found.name)

    walk(get_resolver().url_patterns)

    assert PARTY_PAGES <= names


@pytest.fixture
def five(settings):
    settings.LANGUAGES = [(c, c) for c in ("en", "nb", "sv", "da", "de")]


@pytest.mark.django_db
def test_the_page_behind_a_link_speaks_the_language_of_the_mail(five):
    charger = place_charger()
    owner = own(charger)
    link = link_to(charger, owner)
    Notice.objects.create(
        kind="owner_asked", email="a@example.org", language="sv", link=link, made_at=link.made_at
    )
    client = Client()

    client.get(url("link", links.token(link)))
    page = client.get(url("answer", link.uid))

    assert '<html lang="sv"' in page.content.decode()


@pytest.fixture
def swede():
    """Somebody whose browser asks for Swedish, signed in."""
    client = resident()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "sv"
    return client


@pytest.mark.django_db
def test_a_page_that_is_not_in_the_chosen_language_falls_back_as_a_whole(five, swede):
    assert '<html lang="en"' in swede.get(url("tickets")).content.decode()
    assert '<html lang="sv"' in swede.get("/chargers/").content.decode()


@pytest.mark.django_db
def test_a_page_offers_the_languages_that_it_can_be_read_in(five, swede):
    assert 'value="sv"' not in swede.get(url("tickets")).content.decode()
    assert 'value="sv"' in swede.get("/chargers/").content.decode()


@pytest.mark.django_db
def test_the_language_that_a_link_asks_for_is_kept_through_the_sign_in(five):
    client = Client(headers={"accept-language": "nb"})

    page = client.get("/chargers/?in=de", follow=True)

    assert '<html lang="de"' in page.content.decode()
    assert '<html lang="de"' in client.get("/stop/").content.decode()
    assert '<html lang="de"' in client.get("/stop/?in=xx").content.decode()


@pytest.mark.django_db
def test_a_refusal_is_in_every_language(five):
    page = Client(headers={"accept-language": "da"}).get("/no/such/page/").content.decode()

    assert '<html lang="da"' in page and 'value="da"' in page


@pytest.mark.parametrize(
    ("language", "words"),
    {
        "en": "Thursday 12 November 2026",
        "nb": "torsdag 12. november 2026",
        "sv": "torsdag 12 november 2026",
        "da": "torsdag 12. november 2026",
        "de": "Donnerstag 12. November 2026",
    }.items(),
)
def test_a_date_is_written_as_its_language_writes_it(language, words):
    with translation.override(language):
        assert dates.weekday(date(2026, 11, 12)) == words


@pytest.mark.django_db
def test_what_to_leave_out_of_a_document_is_said_in_every_language(five, settings, tmp_path):
    """T-31: who sends an agreement reads there that prices and identity numbers may be covered."""
    settings.LOCALE_PATHS = [compiled(tmp_path, language) for language in ("nb", "sv", "da", "de")]
    covered = {
        "en": "Prices",
        "nb": "til priser",
        "sv": "Priser och",
        "da": "CPR",
        "de": "verdeckt",
    }
    ticket = asked(place_charger(), items=())
    browser, address = at_browser(ticket.claimant, proved=False), url("upload", ticket.request_code)

    for language, word in covered.items():
        page = browser.get(f"{address}?kind=purchase_agreement&in={language}").content.decode()
        assert f'<html lang="{language}"' in page
        assert word in page
