"""Every page of the gallery in a real browser: nothing sticks out, axe finds nothing, few bytes."""

from pathlib import Path

import axe_playwright_python
import brotli
import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright

from deploy.local.environment import CHROMIUM
from tests.journeys import exhibits, gallery
from tests.journeys.conftest import ARGUMENTS
from tests.spoken import compiled

pytestmark = pytest.mark.django_db
AXE = next(Path(axe_playwright_python.__file__).parent.glob("axe.min.js")).read_text()
# All of axe's rules: WCAG 2.2 A and AA, and its best practices.
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .flatMap(wrong => wrong.nodes.map(node => `${wrong.id}: ${node.target.join(' ')}`))"""
# A mail is no page: the program that shows it has the landmarks.
NOT_OF_MAILS = ("landmark-one-main", "region")
NARROW, TABLET, WIDE = 320, 768, 1280
SCHEMES = ("light", "dark")
# U-25, compressed: style sheets, scripts, the page itself, all of it, and how many files.
BUDGET = {"html": 14_000, "css": 40_000, "js": 20_000, "all": 90_000, "requests": 10}


@pytest.fixture
def pictures(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path)
    return exhibits.all_of()


def look_over(pictures, views, *, axe_on_every=1):
    """Show every picture in the views that ``views(number)`` gives; return what is wrong.

    Axe, which takes most of the time, looks at every so many of them.
    """
    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages = {}
        for number, picture in enumerate(pictures):
            for view in views(number):
                if view not in pages:
                    width, scheme = view
                    page = browser.new_page(
                        viewport={"width": width, "height": 740}, color_scheme=scheme
                    )
                    pages[view] = page, gallery.hang(page, pictures)
                page, show = pages[view]
                show(picture)
                faults = _sideways(page)
                if number % axe_on_every == 0:
                    faults += _found_by_axe(page, picture)
                wrong += [f"{picture.name} {view}: {what}" for what in faults]
        browser.close()
    return wrong


def _sideways(page) -> list[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"scrolls sideways: {needed} px"] if needed > page.viewport_size["width"] else []


def _found_by_axe(page, picture) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(RUN_AXE)
    if picture.audience == "mail":
        found = [wrong for wrong in found if not wrong.startswith(NOT_OF_MAILS)]
    return found


def test_no_page_sticks_out_on_a_narrow_phone_or_is_heavy_and_axe_finds_nothing(pictures):
    """All at 320 px; axe on every third page, and every third mail, for they have one frame.

    The long form has axe on all of them, in every pair of width, scheme and language.
    """
    shown = pictures.of("public") + pictures.of("mail")[::3]

    wrong = look_over(shown, lambda number: [(NARROW, SCHEMES[number % 2])], axe_on_every=3)

    assert wrong + too_heavy(pictures.of("public")) == []


# Every pair of width, scheme and language: so many views of each language.
PAIRWISE = {
    "en": ((NARROW, "light"), (TABLET, "dark"), (WIDE, "light")),
    "nb": ((NARROW, "dark"), (TABLET, "light"), (WIDE, "dark")),
}


@pytest.mark.long
@pytest.mark.parametrize("language", PAIRWISE)
def test_no_page_has_a_fault_in_any_view(settings, tmp_path, language):
    settings.LETTERS_DIR = str(tmp_path / "letters")
    settings.LOCALE_PATHS = [compiled(tmp_path / "locale", "nb")]
    settings.LANGUAGE_CODE = language
    pictures = exhibits.all_of()
    shown = pictures.of("public") + pictures.of("mail")

    wrong = look_over(shown, lambda number: PAIRWISE[language])

    assert not wrong, "\n".join(wrong)


def too_heavy(pictures) -> list[str]:
    """Print what each page weighs; return what is over its budget."""
    heavy, rows = [], []
    for picture in pictures:
        weight = weigh(picture.body.decode())
        rows.append(f"{picture.name:28}" + "".join(f"{k} {v:6}  " for k, v in weight.items()))
        heavy += [f"{picture.name}: {k} {v}" for k, v in weight.items() if v > BUDGET[k]]
    print("\n".join(rows))
    return heavy


def weigh(html: str) -> dict[str, int]:
    """Return what a page costs, compressed as it is served; its icon counts as well."""
    files = {name for name in _files(html)}
    weight = {"html": len(brotli.compress(html.encode(), quality=4)), "css": 0, "js": 0}
    other = 0
    for name in files:
        size = len(brotli.compress(Path(finders.find(name)).read_bytes()))
        kind = name.rpartition(".")[2]
        weight[kind] = weight.get(kind, 0) + size if kind in weight else weight.get(kind, 0)
        other += 0 if kind in ("css", "js") else size
    weight["all"] = weight["html"] + weight["css"] + weight["js"] + other
    weight["requests"] = 1 + len(files)
    return {name: weight[name] for name in BUDGET}


def _files(html: str) -> list[str]:
    parts = html.split('"/static/')[1:]
    return [part.partition('"')[0] for part in parts]
