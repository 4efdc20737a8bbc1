"""Languages that nobody speaks: every message longer by two fifths, in brackets and with accents.

What stands on a page outside the brackets came past gettext; what is too long for a page shows
before a translator meets it. ``ar-xb`` is written from right to left.
"""

import re
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation import to_locale

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "en-xa", "ar-xb"
OPEN, CLOSE = "⟦", "⟧"
LONGER = 0.4
_ACCENTS = str.maketrans("aceilnorsuyzACEILNORSUYZ", "áçéíłñóřšúýžÁÇÉÍŁÑÓŘŠÚÝŽ")
# What a message must keep as it is: placeholders, tags, entities.
_KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|&\w+;")
_FILL = ("óñé", "ťwó", "ťhřéé", "fóúř", "fívé", "šíx", "šévéñ", "éíghť")


def of(message: str) -> str:
    """Return a message as the pseudo-languages say it."""
    parts, last = [], 0
    for kept in _KEPT.finditer(message):
        parts += [message[last : kept.start()].translate(_ACCENTS), kept[0]]
        last = kept.end()
    parts.append(message[last:].translate(_ACCENTS))
    wanted, words = int(len(_KEPT.sub("", message)) * LONGER), []
    while len(" ".join(words)) < wanted:
        words.append(_FILL[len(words) % len(_FILL)])
    return f"{OPEN}{''.join(parts)}{''.join(f' {word}' for word in words)}{CLOSE}"


def make(folder: Path, language: str) -> None:
    """Write the catalogue of a pseudo-language from all the messages that nb has."""
    known = polib.pofile(str(Path(settings.BASE_DIR, "locale/nb/LC_MESSAGES/django.po")))
    made = polib.POFile()
    made.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in known:
        if entry.obsolete:
            continue
        said = {"msgid": entry.msgid, "msgctxt": entry.msgctxt}
        if entry.msgid_plural:
            forms = {0: of(entry.msgid), 1: of(entry.msgid_plural)}
            said |= {"msgid_plural": entry.msgid_plural, "msgstr_plural": forms}
        else:
            said["msgstr"] = of(entry.msgid)
        made.append(polib.POEntry(**said))
    place = folder / to_locale(language) / "LC_MESSAGES"
    place.mkdir(parents=True)
    made.save_as_mofile(str(place / "django.mo"))


def outside(text: str) -> str:
    """Return what of a page's text stands outside all brackets."""
    left, depth = [], 0
    for letter in text:
        if letter == OPEN:
            depth += 1
        elif letter == CLOSE:
            depth = max(0, depth - 1)
            left.append(" ")
        elif not depth:
            left.append(letter)
    return "".join(left)
