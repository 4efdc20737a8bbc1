"""Which language a mail or a letter is written in."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import to_locale

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
