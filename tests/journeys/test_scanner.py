"""T-11: a mail scanner in a real browser runs every script, clicks nothing, and changes no row."""

from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import sync_playwright

from accounts.models import InstallerFirm
from chargers.models import Charger
from deploy.local.environment import CHROMIUM
from records import clock
from support.models import Link
from support.services import links, offers
from tests.factories import make_agent, make_person, own, place_charger, ready_for_approval
from tests.journeys.conftest import ARGUMENTS
from tests.matrix.fingerprint import LEFT_OUT, content
from tests.support.desk_world import at_browser, page
from tests.support.public_world import link_to, url

PROFILES = ("head", "get", "get with what is in it", "a browser that runs scripts")


def everything() -> dict[str, str]:
    """Return a hash of every table but those that reads may write to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall() if not LEFT_OUT.search(name)]
    return {name: content(name) for name in names}


def scene() -> dict[str, tuple[str, list[str]]]:
    """Return whom a link could have reached: a session's cookie, and the addresses to open."""
    ticket = ready_for_approval()
    owner = ticket.charger.owner(clock.now())
    firm = InstallerFirm.objects.create(
        name="Volt", lookup_key="volt", email="v@example.com", registered_at=clock.now()
    )
    charger = place_charger()
    giver = own(charger, make_person(name="Gro Giver"))
    offer = offers.offer(charger_id=charger.pk, by=giver, to_name="Per", to_email="per@example.com")
    tokens = [
        links.token(link_to(ticket.charger, owner)),
        links.token(link_to(ticket.charger, firm=firm, ticket=ticket, purpose=Link.Purpose.FIRM)),
        links.token(offer.links.get()),
    ]
    code, uid = ticket.request_code, Charger.objects.get(pk=ticket.charger_id).uid
    claims = [url(name, code) for name in ("ticket", "upload", "withdraw")]
    theirs = [f"/chargers/{uid}/{part}" for part in ("", "settings/", "pin/", "share/")]
    return {
        "anonymous": ("", ["/", "/stop/", "/sign-in/", *(url("link", t) for t in tokens)]),
        "claimant": (cookie(ticket.claimant), ["/", "/requests/", "/requests/new/", *claims]),
        "owner": (cookie(owner), ["/chargers/", *theirs]),
        "agent": (cookie(make_agent(), proved=True), ["/desk/", page(ticket)]),
    }


def cookie(person, *, proved: bool = False) -> str:
    return at_browser(person, proved=proved).cookies["session"].value


def crawl(context, address: str, profile: str) -> None:
    """Open one address as one kind of scanner does."""
    if profile == "head":
        assert context.request.head(address).status < 500
        return
    if profile == "get":
        assert context.request.get(address).status < 500
        return
    seen = context.new_page()
    if profile.startswith("get with"):
        seen.route("**/*.js", lambda route: route.fulfill(body=""))
    assert seen.goto(address, wait_until="networkidle").status < 500
    seen.close()


@pytest.mark.security
def test_no_scanner_changes_a_row(base_url, aside):
    visited, before = aside(scene), aside(everything)
    host = urlsplit(base_url).hostname
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for profile in PROFILES:
            for session, addresses in visited.values():
                context = browser.new_context()
                if session:
                    context.add_cookies(
                        [{"name": "session", "value": session, "domain": host, "path": "/"}]
                    )
                for address in addresses:
                    crawl(context, f"{base_url}{address}", profile)
                context.close()
            after = aside(everything)
            changed = [name for name in after if after[name] != before[name]]
            assert changed == [], f"{profile}: {changed}"
        browser.close()
