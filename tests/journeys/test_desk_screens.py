"""Every page of the desk in a real browser: axe finds nothing, nothing sticks out; pictures."""

import itertools
import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from deploy.local.environment import CHROMIUM
from tests.journeys import desk_afterwards, desk_exhibits, gallery
from tests.journeys.conftest import ARGUMENTS
from tests.journeys.test_every_page import AXE, RUN_AXE

pytestmark = pytest.mark.django_db
SCHEMES = ("light", "dark")
# The sizes of U-18; half of 1280 is what 200 % leaves of it.
WIDTHS = (1280, 1440, 1920)
ZOOMED = 640
FOLDER = Path(settings.BASE_DIR) / ".screens"


@pytest.fixture
def pictures(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path)
    hung = gallery.Gallery()
    desk_exhibits.hang(hung)
    return list(hung.pictures.values())


def look_over(pictures, views, *, keep: bool = False) -> list[str]:
    """Show the pictures in views of (width, scheme); return what is wrong with them."""
    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width, scheme in views:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            show = gallery.hang(page, pictures)
            for picture in pictures:
                show(picture)
                needed = page.evaluate("document.documentElement.scrollWidth")
                where = f"{picture.name} {width} {scheme}"
                if needed > width:
                    wrong.append(f"{where}: scrolls sideways: {needed} px")
                page.evaluate(AXE)
                wrong += [f"{where}: {what}" for what in page.evaluate(RUN_AXE)]
                if keep:
                    name = f"{picture.name}-{width}-{scheme}.png"
                    page.screenshot(path=FOLDER / name, full_page=True)
            page.close()
        browser.close()
    return wrong


def test_axe_finds_nothing_on_any_page_of_the_desk(pictures):
    wide = look_over(pictures[::2], [(1440, "dark")]) + look_over(pictures[1::2], [(1280, "light")])

    assert wide == []


@pytest.fixture
def longer_stories(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path)
    hung = gallery.Gallery()
    desk_afterwards.hang(hung)
    return list(hung.pictures.values())


@pytest.mark.long
def test_no_page_of_the_desk_scrolls_sideways_at_twice_its_size(pictures):
    assert look_over(pictures, [(ZOOMED, "light")]) == []


@pytest.mark.long
def test_every_page_of_the_desk_has_its_pictures(pictures, longer_stories):
    """SCREENS=desk-ticket takes only pages whose names begin so."""
    FOLDER.mkdir(exist_ok=True)
    wanted = tuple(os.environ.get("SCREENS", "").split(","))
    chosen = [each for each in pictures + longer_stories if each.name.startswith(wanted)]

    assert look_over(chosen, list(itertools.product(WIDTHS, SCHEMES)), keep=True) == []
