"""How every mail looks (U-19 to U-21): as text and as HTML, in every language, come what may."""

import itertools
import re
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from accounts.models import Code
from deploy.local import catalogues
from support import delivery, mail_layout, mails, postman
from support.notifications import EMAILS, notify
from support.services import links
from tests.chargers.world import PIN
from tests.security.naughty import OWN as NAUGHTY
from tests.support.mail_world import about, world

pytestmark = pytest.mark.django_db

LANGUAGES = ["en", "nb", "sv", "da", "de"]
LOCALE = Path(settings.BASE_DIR) / "locale"
# What breaks software, as far as PostgreSQL keeps it; with a line break and a header behind it.
TYPED = [f"{words[:60]}\r\nBcc: x@evil.example" for words in NAUGHTY if words.isprintable()][:30]
LEFTOVERS = ("{{", "{%", "%(", "None", "$", PIN)


class Page(HTMLParser):
    """What an HTML part holds that could lead or reach anywhere."""

    def __init__(self, html):
        super().__init__()
        self.hrefs, self.tags, self.sources = [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "href":
                self.hrefs.append(value)
            if name in ("src", "srcset", "background", "data", "poster"):
                self.sources.append(value)


@pytest.fixture(autouse=True)
def five_languages(settings):
    """Speak all of them, by the real catalogues."""
    catalogues.compile_all(LOCALE)
    settings.LOCALE_PATHS = [LOCALE]
    settings.LANGUAGES = [(code, code) for code in LANGUAGES]


def made(kind, language="en"):
    ticket, owner = world()
    notice = notify(kind, **about(kind, ticket, owner))
    notice.language = language
    return notice, ticket


def words_of(text):
    return set(re.findall(r"[^\W\d_]{4,}", text.lower()))


def shown_in(html):
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    said = [part for part in tree.iter() if isinstance(part.tag, str)]
    unsaid = [part for part in said if part.tag in ("style", "title")]
    own = [part.text for part in said if part not in unsaid]
    return " ".join(filter(None, [*own, *(part.tail for part in tree.iter())]))


def require_safe(rendered):
    """Refuse a mail that leads or reaches anywhere else, or whose parts do not say the same."""
    found = set(re.findall(r"https?://\S+", rendered.text))
    page = Page(rendered.html)
    assert found == set(page.hrefs)
    assert {urlsplit(url).netloc for url in found} <= {"testserver"}
    assert len({url.partition("?")[0] for url in found}) <= 1
    assert not page.sources and not re.search(r"url\(|@import", rendered.html)
    assert not page.tags & {"img", "script", "form", "iframe", "object", "link", "svg", "q7tag"}
    assert "\n" not in rendered.subject and "\r" not in rendered.subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", EMAILS)
def test_every_mail_says_the_same_in_text_and_html_with_one_way_in(kind, language):
    notice, ticket = made(kind, language)

    rendered = mails.render(notice, [notice])

    require_safe(rendered)
    everything = rendered.subject + rendered.text + rendered.html
    assert [left for left in LEFTOVERS if left in everything] == []
    assert len(rendered.html.encode()) + len(rendered.text.encode()) < 30_000
    assert max(len(line) for line in rendered.text.splitlines()) < 400
    assert words_of(shown_in(rendered.html)) == words_of(rendered.text + rendered.subject)
    assert f'lang="{language}"' in rendered.html and "color-scheme" in rendered.html
    assert "help@handover.example" in rendered.text and "Storgata" not in rendered.subject
    assert delivery.screen(notice, rendered) == []
    if notice.ticket_id:
        knows_code = EMAILS[kind].to in ("claimant", "giver")
        assert (ticket.request_code in everything) == knows_code
        assert knows_code or EMAILS[kind].to == "staff" or ticket.reference in rendered.subject


@pytest.mark.parametrize("first", [0, 10, 20])
def test_what_people_typed_stays_words_in_every_mail_and_language(first):
    typed = TYPED[first : first + 10]
    ticket, owner = world("\n\n".join(typed))
    models = itertools.cycle(typed)

    for kind in EMAILS:
        notice = notify(kind, **about(kind, ticket, owner))
        for notice.language in LANGUAGES:
            if notice.charger:
                notice.charger.model = next(models)
            rendered = mails.render(notice, [notice])
            require_safe(rendered)
            sent = as_sent(rendered)
            assert sent.get_all("To") == ["a@example.com"] and "Bcc" not in sent


def as_sent(rendered):
    """Return a mail as a mail server reads it."""
    postman.post(rendered, to="a@example.com", message_id="<1@handover>")
    raw = mail.outbox.pop().message().as_bytes()
    assert max(map(len, raw.splitlines())) <= 998
    return message_from_bytes(raw, policy=policy.default)


@pytest.mark.parametrize("kind", [k for k, m in EMAILS.items() if m.action == "link"])
def test_a_mail_with_a_way_in_says_what_can_be_typed_instead(kind):
    notice, _ticket = made(kind)

    text = " ".join(mails.render(notice, [notice]).text.split())

    assert (
        f"testserver/answer/ into your browser yourself and enter the code {code_in(text)}" in text
    )
    assert links.with_code(code_in(text), at=notice.made_at) == notice.link
    assert "never ask for your PIN or a password" in text


def code_in(text):
    return re.search(r"\b(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}\b", text)[0]


def test_owners_and_receivers_are_led_to_their_page_in_each_language():
    ticket, owner = world()
    for kind in ("owner_asked", "completed_former", "offer_made"):
        notice = notify(kind, **about(kind, ticket, owner))
        found = re.findall(r"^(.+): (\S+)\?in=(\w\w)$", mails.render(notice).text, flags=re.M)
        assert [code for _name, _url, code in found] == LANGUAGES, kind
        assert {url for _name, url, _code in found} == {mails.ACTIONS["link"](notice)}


def test_a_mail_links_the_languages_that_its_page_can_be_read_in(settings):
    settings.WHOLE_LANGUAGES = ("en",)
    ticket, owner = world()
    for kind, codes in {
        "use_began": LANGUAGES,
        "next_word": ["en"],
        "contact_told": LANGUAGES,
    }.items():
        notice = notify(kind, **about(kind, ticket, owner))
        found = re.findall(r"\?in=(\w\w)$", mails.render(notice).text, flags=re.M)
        assert found == codes, kind


def test_a_code_stands_alone_and_large():
    now = timezone.now()
    code = Code(purpose="sign_in", email="a@b.no", browser="b", made_at=now, expires_at=now)
    code.save()
    rendered = mails.render_code(code)

    digits = mails.codes.digits(code)
    assert f"\n\n    {digits}\n\n" in rendered.text
    assert f'<p class="code">{digits}</p>' in rendered.html
    require_safe(rendered)


def test_the_layout_wears_the_tokens_of_the_pages():
    html = mail_layout.as_html("A", [["b"]], [["c"]], mail_layout.Action("https://x", "Go"))

    tokens = mail_layout._tokens()
    for name in ("paper", "sheet", "ink", "go", "go_ink", "dark_paper", "dark_ink", "dark_go"):
        assert tokens[name] in html
    assert "$" not in html
