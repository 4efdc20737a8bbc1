"""The PIN in a real Chromium: shown for a while, never printed, not there on the way back."""

import os

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error

from tests.chargers.world import make_charger, make_owner
from tests.journeys.visitor import DESKTOP, PHONE
from tests.support.desk_world import at_browser

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PIN, SHOWN = "Q7x4Z9w2", "Q7x4 Z9w2"
PICTURES = os.environ.get("PICTURES")  # a folder: keep a picture of each page there


@pytest.fixture
def owned(aside):
    """A charger with a PIN, and the session of its owner, who signed in just now."""

    def make():
        charger = make_charger(pin=PIN)
        return charger, at_browser(make_owner(charger), proved=False).cookies

    return aside(make)


@pytest.fixture
def at_page(owned, visit):
    """Return a function that brings the owner to the page with the PIN."""
    charger, cookies = owned

    def bring(device, **options):
        visitor = visit(device, **options)
        visitor.context.add_cookies(
            [
                {"name": name, "value": morsel.value, "url": visitor.base_url}
                for name, morsel in cookies.items()
            ]
        )
        visitor.open(reverse("chargers:reveal", args=[charger.uid]))
        visitor.sees("can never be changed")
        visitor.press("Show the PIN")
        return visitor

    return bring


def settled(page) -> str:
    """Return the content once no navigation is under way: a refused way back is one, too."""
    for _ in range(40):
        page.wait_for_load_state()
        try:
            return page.content()
        except Error as moving:
            if "navigating" not in str(moving):
                raise
        page.wait_for_timeout(250)
    return page.content()


def has_pin(visitor) -> bool:
    content = settled(visitor.page)
    return any(shape in content for shape in (PIN, SHOWN, "Q, 7, x, 4"))


@pytest.mark.parametrize("scripts", [True, False])
def test_the_way_back_shows_no_pin(at_page, scripts):
    owner = at_page(PHONE, scripts=scripts)
    assert has_pin(owner)

    owner.follow("Hide it now")
    assert not has_pin(owner)
    try:
        owner.page.go_back(timeout=5_000)
    except Exception as refused:  # Chromium asks before it sends a form again
        assert "ERR_CACHE_MISS" in str(refused) or "Timeout" in str(refused)

    assert not has_pin(owner)


def test_leaving_by_another_address_and_coming_back_shows_no_pin(at_page):
    owner = at_page(DESKTOP)
    owner.open("/chargers/")
    try:
        owner.page.go_back(timeout=5_000)
    except Exception as refused:
        assert "ERR_CACHE_MISS" in str(refused) or "Timeout" in str(refused)

    assert not has_pin(owner)


def test_it_is_large_spelled_and_not_printed(at_page):
    owner = at_page(DESKTOP)
    pin = owner.page.locator(".pin")

    assert pin.bounding_box()["height"] > 40
    assert owner.page.locator(".pin .visually-hidden").inner_text() == "Q, 7, x, 4, Z, 9, w, 2"
    for scheme in ("light", "dark"):
        owner.page.emulate_media(color_scheme=scheme)
        keep(owner, f"pin-{scheme}")
    owner.page.emulate_media(media="print")
    assert not pin.is_visible()


def test_without_scripts_the_page_leaves_by_itself(at_page, monkeypatch):
    monkeypatch.setattr("chargers.views.SHOWN_SECONDS", 2)
    owner = at_page(PHONE, scripts=False)
    assert has_pin(owner)

    owner.page.wait_for_url("**/pin/", timeout=15_000)
    owner.sees("Before you see the PIN")

    assert not has_pin(owner)


def keep(visitor, name: str) -> None:
    if PICTURES:
        at = f"{timezone.now():%H%M%S}"
        visitor.page.screenshot(path=f"{PICTURES}/{name}-{at}.png", full_page=True)
