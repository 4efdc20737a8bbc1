"""Which language a mail or a letter is written in, and which a page can be read in."""

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import resolve
from django.utils.translation import to_locale

# By this an address asks for its page in a language.
ASKED_BY = "in"
# Pages that owners, receivers, firms and households come to from a mail or a letter: in every
# language that we have. All others are in settings.WHOLE_LANGUAGES.
PARTY_PAGES = frozenset(
    {
        "language",
        "accounts:kept",
        "accounts:sign-in",
        "accounts:code",
        "accounts:sign-out",
        "chargers:mine",
        "chargers:own-settings",
        "chargers:charger",
        "chargers:settings",
        "chargers:installations",
        "chargers:installation",
        "chargers:general",
        "chargers:reveal",
        "chargers:establish",
        "chargers:renew-service",
        "chargers:share",
        "chargers:shares",
        "chargers:open-share",
        "chargers:cancel-share",
        "home",
        "support:helped",
        "support:what-we-keep",
        "support:offer-take",
        "support:danger",
        "support:danger-done",
        "support:link",
        "support:link-code",
        "support:leave",
        "support:answer",
        "support:answer-code",
        "support:answer-confirm",
        "support:answer-done",
        "support:contest",
        "support:firm-answer",
        "support:firm-code",
        "support:firm-confirm",
        "support:firm-done",
        "support:firm-object",
        "support:upload",
        "support:offer",
        "support:offer-code",
        "support:offer-confirm",
        "support:offer-decline",
        "support:leaving",
        "support:leaving-list",
        "support:vacate",
        "support:card",
        "support:charger-requests",
        "support:use",
        "support:establish-code",
        "support:offers",
        "support:offer-new",
        "support:offer-own",
        "support:offer-cancel",
        "support:change-link",
        "support:change",
        "support:stop",
        "support:stopped",
    }
)

# What is spoken where an installation is, for people who never told us their language.
SPOKEN = {
    "NO": "nb",
    "SE": "sv",
    "DK": "da",
    "DE": "de",
    "AT": "de",
    "CH": "de",
    "GB": "en",
    "IE": "en",
}


def pick(*, chosen: str = "", country: str = "") -> str:
    """Return the person's own language, else the country's, else the product's.

    Only languages that the product is translated into: half a letter in each helps nobody.
    """
    for language in (chosen, SPOKEN.get(country, "")):
        if language and is_translated(language):
            return language
    return settings.LANGUAGE_CODE


@lru_cache(maxsize=32)
def is_translated(language: str) -> bool:
    """Tell whether the product speaks a language: it has a catalogue, or is written in it."""
    if language not in dict(settings.LANGUAGES):
        return False
    catalogue = Path(to_locale(language), "LC_MESSAGES", "django.mo")
    ours = any((Path(folder) / catalogue).exists() for folder in settings.LOCALE_PATHS)
    return ours or language == settings.LANGUAGE_CODE


def of_page(address: str) -> list[str]:
    """Return the languages that the page at this address of ours can be read in."""
    everywhere = resolve(urlsplit(address).path).view_name in PARTY_PAGES
    return [
        code for code, _n in settings.LANGUAGES if everywhere or code in settings.WHOLE_LANGUAGES
    ]
