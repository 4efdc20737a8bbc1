"""Every page in a language two fifths longer, and from right to left (U-28)."""

import re

import pytest
from django.utils.dates import MONTHS
from playwright.sync_api import sync_playwright

from deploy.local.environment import CHROMIUM
from tests.journeys import exhibits, gallery, pseudo
from tests.journeys.conftest import ARGUMENTS

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NARROW = {"width": 320, "height": 568}
# All words that a reader or a screen reader is told, but those marked as not to be translated.
WORDS = """() => {
    for (const each of document.querySelectorAll('[translate=no], script, style, .languages'))
        each.remove();
    const told = [document.body.innerText, document.title];
    for (const name of ['alt', 'title', 'placeholder', 'aria-label'])
        for (const each of document.querySelectorAll(`[${name}]`))
            told.push(each.getAttribute(name));
    return told.join('\\n');
}"""
WORD = re.compile(r"[A-Za-z]{3,}")
REFERENCE = re.compile(r"\bh-[0-9a-f]{8}\b")
# What people of the gallery are called, typed, and own; and what we call ourselves.
OF_PEOPLE = frozenset(
    """nina nyinnflyttet kari eier siri snekker per mont volt ampere storgata oslo example com org
    handover help elektro the line one label blurred will take another today nowhere gallery test
    person amber otter amp ref code https http www""".split()
)
# Their words are made by the tests, or said in every language at once (503).
SAID_ELSEWHERE = ("refused-",)


# A date alone is in Django's own words, which have no pseudo-language.
OF_DATES = frozenset(str(month) for month in MONTHS.values())


def names(words: list[str]) -> set[str]:
    return {word for word in words if word.lower() in OF_PEOPLE or word in OF_DATES}


@pytest.fixture
def speak(settings, tmp_path):
    """Return a function that lets the product speak a pseudo-language alone."""

    def begin(language: str) -> gallery.Gallery:
        pseudo.make(tmp_path / "locale", language)
        settings.LOCALE_PATHS = [tmp_path / "locale"]
        settings.LANGUAGES = [(language, "Pseudo")]
        settings.LANGUAGE_CODE = language
        settings.WHOLE_LANGUAGES = (language,)
        settings.LETTERS_DIR = str(tmp_path / "letters")
        return exhibits.all_of()

    return begin


def look(hung: gallery.Gallery, find) -> list[str]:
    """Show every public page at 320 px; return what ``find(page, picture)`` has against it."""
    pictures = hung.of("public")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=NARROW)
        show, wrong = gallery.hang(page, pictures), []
        for picture in pictures:
            show(picture)
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > NARROW["width"]:
                wrong.append(f"{picture.name}: scrolls sideways: {needed} px")
            wrong += find(page, picture)
        browser.close()
    return wrong


def test_a_longer_language_fits_and_no_words_come_past_the_catalogue(speak):
    def untranslated(page, picture) -> list[str]:
        if picture.name.startswith(SAID_ELSEWHERE):
            return []
        left = WORD.findall(REFERENCE.sub("", pseudo.outside(page.evaluate(WORDS))))
        # Serial numbers and codes are in capitals.
        found = sorted({word for word in left if not word.isupper()} - names(left))
        return [f"{picture.name}: not translated: {' '.join(found)}"] if found else []

    wrong = look(speak(pseudo.LEFT_TO_RIGHT), untranslated)

    assert not wrong, "\n".join(wrong)


def test_from_right_to_left_nothing_sticks_out(speak):
    def turned(page, picture) -> list[str]:
        heading = "getComputedStyle(document.querySelector('h1')).direction"
        sides = f"[document.documentElement.dir, {heading}]"
        return [] if page.evaluate(sides) == ["rtl", "rtl"] else [f"{picture.name}: not turned"]

    wrong = look(speak(pseudo.RIGHT_TO_LEFT), turned)

    assert not wrong, "\n".join(wrong)
