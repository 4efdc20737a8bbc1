"""What every answer carries, whoever made it, and what never gets past the doorway."""

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.conf import settings as project
from django.test import Client

from accounts import network, sessions
from accounts.models import Role
from support.services import links
from support.spreadsheets import harmless
from tests.accounts.people_at_work import give_password, go_to_work, make_staff
from tests.factories import asked, make_person, own, place_charger
from tests.support.desk_world import at_browser, desk_of, page

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.urls("tests.config.urls"),
]
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
ANSWERS = [
    *("/", "/nothing-here/", "/sign-in/", "/me/", "/desk/", "/admin/", "/admin/nothing/"),
    *("/healthz", "/readyz", "/language/", "/stop/", "/refuse/who/", "/refuse/when/"),
    *("/refuse/what/", "/refuse/unreadable/", "/refuse/away/", "/refuse/mistake/", "/only-post/"),
    *("/refuse/too-long/", "/static/support/handover.css", "/leave/", "/%00"),
]


@pytest.fixture
def static_files(settings, tmp_path):
    """Serve the style sheet as production does."""
    settings.STATIC_ROOT = str(tmp_path)
    (tmp_path / "support").mkdir()
    source = Path(project.BASE_DIR) / "support/static/support/handover.css"
    (tmp_path / "support/handover.css").write_bytes(source.read_bytes())


def directives(response) -> dict[str, str]:
    parts = response["Content-Security-Policy"].split(";")
    return {p.split()[0]: " ".join(p.split()[1:]) for p in parts if p.strip()}


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_has_every_header(path, static_files):
    browser = Client(raise_request_exception=False)

    answer = browser.get(path)

    answer.close()
    assert path != "/static/support/handover.css" or answer.status_code == 200
    assert {name: answer.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    policy = directives(answer)
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Server" not in answer and "X-Powered-By" not in answer


def test_pages_of_staff_and_files_have_them_too(client):
    charger = place_charger()
    own(charger)
    ticket = asked(charger)
    desk = desk_of(Role.AGENT)
    item = ticket.items.first()

    for browser, path in (
        (desk, page(ticket)),
        (desk, f"/evidence/{item.uid}/picture/?page=1"),
        (at_browser(ticket.claimant), f"/evidence/{item.uid}/picture/?page=1"),
    ):
        answer = browser.get(path)
        b"".join(answer.streaming_content if answer.streaming else [])
        assert answer.status_code == 200
        assert {name: answer.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
)
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/language/", "/desk/", "/admin/", "/nothing/"])
def test_other_methods_are_refused_everywhere(client, method, path):
    answer = client.generic(method, path)

    assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("mode", "dest", "method", "status"),
    [
        ("navigate", "document", "GET", 200),
        ("navigate", "iframe", "GET", 403),
        ("navigate", "document", "POST", 403),
        ("no-cors", "image", "GET", 403),
        ("no-cors", "script", "GET", 403),
        ("cors", "empty", "GET", 403),
    ],
)
def test_other_sites_may_link_to_us_and_nothing_else(client, site, mode, dest, method, status):
    fetched = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}

    assert client.generic(method, "/sign-in/", headers=fetched).status_code == status


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_our_own_pages_and_old_browsers_are_not_held_up(client, site):
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "cors"} if site else {}

    assert client.get("/sign-in/", headers=headers).status_code == 200


def test_evidence_is_not_embedded_by_another_site():
    charger = place_charger()
    ticket = asked(charger)
    shown = f"/evidence/{ticket.items.first().uid}/"
    browser, elsewhere = at_browser(ticket.claimant), {"sec-fetch-site": "cross-site"}

    assert browser.get(shown).status_code == 200
    embedded = elsewhere | {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert browser.get(shown, headers=embedded).status_code == 403


TRICKS = [
    *("https://evil.example/", "//evil.example/", "///evil.example/", "////evil.example"),
    *(
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\\/evil.example",
        "/ /evil.example",
    ),
    *("http:evil.example", "https:///evil.example", "https:evil.example", "http://evil.example"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "mailto:x@x"),
    *("/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example"),
    *(
        "\x00/evil.example",
        " //evil.example",
        "evil.example",
        "@evil.example",
        "//evil.example\\@x",
    ),
    *("https://testserver@evil.example/", "https://testserver.evil.example/", "//testserver:80@e/"),
    *("ftp://evil.example/", "?next=//evil.example", "#//evil.example", "", "\u2028//evil.example"),
    *("\uff0f\uff0fevil.example", "https://evil.example%23.testserver/", "//\u3002evil.example"),
]


def is_ours(location: str) -> bool:
    """Resolve an address as browsers do, which take a backslash for a slash and drop tabs."""
    seen = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    return urlsplit(urljoin("http://testserver/language/", seen)).netloc == "testserver"


@pytest.mark.parametrize("trick", TRICKS)
def test_no_next_leads_elsewhere(trick):
    make_staff()
    browser = Client()
    places = [sessions.own_path(trick)]
    sent = {"email": "agent@example.com", "next": trick}
    led = browser.post("/sign-in/", sent).get("Location", "")
    places.append(unquote(led.partition("next=")[2]))
    led = browser.post("/language/", {"language": "en", "next": trick})
    places.append(led.get("Location", ""))
    go_to_work(browser, target=trick)
    for path in ("/sign-in/", "/sign-in/staff/", "/sign-in/again/"):
        places.append(browser.get(path, {"next": trick}).get("Location", ""))

    assert [place for place in places if not is_ours(place)] == []


def test_no_form_of_ours_posts_elsewhere(client):
    shown = client.get("/sign-in/", {"next": "https://evil.example/"}).text

    assert not re.search(r'(action|value|href)="(https?:)?//evil', shown)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "testserver.evil.example"},
        {"host": "testserver@evil.example"},
        {"host": "testserver:80/evil"},
    ],
)
def test_another_host_is_refused(client, headers):
    for path in ("/", "/sign-in/", "/nothing/", "/healthz"):
        assert client.get(path, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "name", ["x-forwarded-host", "x-host", "x-forwarded-server", "forwarded", "x-original-url"]
)
def test_what_a_client_says_of_the_host_counts_for_nothing(client, name):
    told = {name: "host=evil.example" if name == "forwarded" else "evil.example"}

    answer = client.get("/me/", headers=told)

    assert answer.url == "/sign-in/?next=/me/"
    assert "evil.example" not in client.get("/sign-in/", headers=told).text


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "", "192.0.2.9"),
        (0, "198.51.100.7", "192.0.2.9"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.1, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "198.51.100.7"),
        (1, "", "192.0.2.9"),
    ],
)
def test_only_proxies_of_ours_say_where_a_request_is_from(rf, settings, proxies, told, expected):
    settings.PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.9", headers={"x-forwarded-for": told})

    assert network.address_of(request) == expected


def test_a_new_address_in_a_header_gives_no_new_tries():
    make_staff()
    for n in range(6):
        browser = Client(headers={"x-forwarded-for": f"198.51.100.{n}"})
        last = give_password(browser, password=f"wrong {n}")

    assert "too often" in last.text


def test_https_is_believed_from_proxies_only(client, settings):
    request = client.get("/sign-in/", headers={"x-forwarded-proto": "https"}).wsgi_request

    assert not request.is_secure()


def test_a_link_of_a_mail_tells_nobody_where_it_came_from(client):
    charger = place_charger()
    person = own(charger)
    ticket = asked(charger)
    link = links.make(purpose="owner", charger=charger, at=ticket.made_at, party=person)

    answer = client.get(f"/l/{links.token(link)}/")

    assert answer.status_code == 302 and answer["Referrer-Policy"] == "no-referrer"
    assert links.token(link) not in answer.url


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\0", "\r", "\n", "|", "%"])
def test_no_cell_is_a_formula(sign):
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(f" {sign}1+1").startswith("'")
    assert harmless("plain = text") == "plain = text" and harmless(None) == ""


def test_every_personal_page_is_stored_nowhere():
    browser = at_browser(make_person())

    for path in ("/me/", "/requests/", "/chargers/", "/stop/", "/nothing/", "/sign-in/?again=1"):
        assert "no-store" in browser.get(path)["Cache-Control"], path
