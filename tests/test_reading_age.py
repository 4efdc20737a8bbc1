"""A reader of fourteen understands why something is refused, and every mail (U-09).

English by Flesch and Kincaid's grade, Norwegian, Swedish and Danish by LIX. Both are taken over a
whole text: single sentences of five words swing too far.
"""

import re

import polib
import pytest
from django.conf import settings
from django.utils import translation

from support.services.kinds import REASONS, REJECT_REASONS
from tests.spoken import compiled

GRADE, LIX = 8, 40
_SENTENCE = re.compile(r"[.!?:]+(?:\s|$)")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
LONG_WORD = 6


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def sentences_in(text: str) -> int:
    return max(1, len(_SENTENCE.findall(text)))


def syllables_of(word: str) -> int:
    word = word.lower()
    count = len(_VOWELS.findall(word))
    silent = word.endswith("e") and not word.endswith(("le", "ee")) and count > 1
    return max(1, count - silent)


def grade(text: str) -> float:
    """Return the years of school that an English text asks for (Flesch and Kincaid)."""
    words = words_of(text)
    syllables = sum(syllables_of(word) for word in words)
    return 0.39 * len(words) / sentences_in(text) + 11.8 * syllables / len(words) - 15.59


def lix(text: str) -> float:
    """Return how hard a Scandinavian text is: words in a sentence, and long words in a hundred."""
    words = words_of(text)
    long = sum(len(word) > LONG_WORD for word in words)
    return len(words) / sentences_in(text) + 100 * long / len(words)


def refusals() -> dict[str, str]:
    """Return every reason with its cure, in the language that is active."""
    table = {f"returned: {key}": pair for key, pair in REASONS.items()}
    table |= {f"refused: {key}": pair for key, pair in REJECT_REASONS.items()}
    return {key: f"{why} {cure}" for key, (why, cure) in table.items()}


def mails(language: str) -> dict[str, str]:
    """Return the words of every mail, by its template."""
    path = settings.BASE_DIR / "locale" / ("nb" if language == "en" else language)
    found: dict[str, list[str]] = {}
    for entry in polib.pofile(str(path / "LC_MESSAGES" / "django.po")):
        said = entry.msgid if language == "en" else entry.msgstr
        for place, _line in entry.occurrences:
            if place.startswith("templates/emails/") and said and not entry.obsolete:
                found.setdefault(place, []).append(re.sub(r"%\(\w+\)s", "", said))
    return {place: "\n".join(said) for place, said in found.items()}


def test_the_measures_tell_plain_words_from_officialese():
    plain = "We cannot read it. Take the photo again in good light."
    heavy = "Notwithstanding preceding documentation, supplementary authentication is obligatory."

    assert grade(plain) < 4 < GRADE < grade(heavy)
    assert lix("Vi kan ikke lese det. Ta bildet en gang til.") < LIX
    assert (
        lix("Dokumentasjonsforpliktelsene vedkommende eierforhold foreligger utilstrekkelig") > LIX
    )


@pytest.mark.parametrize("what", [refusals, mails], ids=["refusals", "mails"])
def test_english_is_read_at_fourteen(what):
    texts = what() if what is refusals else what("en")

    whole = grade("\n".join(texts.values()))
    hard = {key: round(grade(text), 1) for key, text in texts.items() if grade(text) > GRADE + 3}

    print(f"grade {whole:.1f}")
    assert whole <= GRADE
    assert hard == {}


@pytest.mark.parametrize("language", ["nb", "sv", "da"])
def test_the_other_languages_are_read_at_fourteen(settings, tmp_path, language):
    settings.LANGUAGES = [(language, language)]
    settings.LOCALE_PATHS = [compiled(tmp_path, language)]
    with translation.override(language):
        told = refusals()
    written = mails(language)

    for texts in (told, written):
        whole = lix("\n".join(texts.values()))
        hard = {key: round(lix(text)) for key, text in texts.items() if lix(text) > LIX + 15}
        print(f"{language}: LIX {whole:.0f}")
        assert whole <= LIX
        assert hard == {}
