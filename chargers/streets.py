"""Names of streets, which people write in many ways, compared by likeness."""

import re
import unicodedata

from rapidfuzz import fuzz

# From here on two names are one street: "Storgt." and "Storgata" are, "Kirkegata" and "Kirkeveien"
# are not.
LIKE_ENOUGH = 86.0

_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})
_SPELT_OUT = str.maketrans(
    {"ø": "oe", "ö": "oe", "å": "aa", "ä": "ae", "ü": "ue", "æ": "ae", "ß": "ss"}
)
# What a street's kind is written as: at the end of a word, or alone.
_SPELLINGS = {
    "gate": ("gata|gaten|gate|gatan|gade|gaden|gt", "g"),
    "vei": ("veien|vegen|vei|veg|vejen|vej|vagen|vaegen|vag|vaeg|vn", "v"),
    "strasse": ("strasse|strase|straat|str", "s"),
    "platz": ("plassen|plass|platsen|plats|pladsen|plads|platz|plein", "pl"),
    "alle": ("alleen|allee|alle", "al"),
    "katu": ("katu", "k"),
}
_KINDS = tuple(
    (kind, re.compile(rf"(\w{{3,}})(?:{long})"), re.compile(f"{long}|{short}"))
    for kind, (long, short) in _SPELLINGS.items()
)
# "Exempelg." and "Provv.": with the full stop a single letter is a kind.
_CUT_SHORT = tuple(
    (re.compile(rf"(?<=\w{{3}}){short}\.(?=\s|$)", re.IGNORECASE), kind)
    for short, kind in (("g", "gate"), ("v", "vei"), ("k", "katu"))
)
_WORDS = {
    "rd": "road",
    "st": "street",
    "str": "strasse",
    "ave": "avenue",
    "av": "avenue",
    "ln": "lane",
    "dr": "drive",
    "ct": "court",
    "cl": "close",
    "sq": "square",
    "bd": "boulevard",
    "blvd": "boulevard",
    "bvd": "boulevard",
    "ch": "chemin",
    "rte": "route",
    "imp": "impasse",
    "saint": "street",  # "St" is either, and both sides are read alike
    "road": "road",
    "street": "street",
    "avenue": "avenue",
    "lane": "lane",
    "drive": "drive",
    "court": "court",
    "close": "close",
    "square": "square",
    "boulevard": "boulevard",
    "rue": "rue",
    "ul": "",
    "ulica": "",
}


def likeness(one: str, other: str) -> float:
    """Return how alike two street names are, 0 to 100, whatever their spelling of kinds.

    A house's name before or after the street does not count against either.
    """
    if not one or not other:
        return 0.0
    best = 0.0
    for left in {one, *one.split(",")}:
        for right in {other, *other.split(",")}:
            best = max(best, _likeness(left, right))
    return best


def canonical(text: str) -> str:
    """Return a street's name in one spelling, to look for it in a text: "Stor gt." as Storgata."""
    stem, kind = _stem(text, _PLAIN)
    return f"{stem} {kind}" if kind else stem


def fold(text: str) -> str:
    """Return a name without case, accents and punctuation: ø is o, ß is ss."""
    return _words(text, _PLAIN)


def _likeness(one: str, other: str) -> float:
    return max(
        _stem_likeness(_stem(one, left), _stem(other, right))
        for left in (_PLAIN, _SPELT_OUT)
        for right in (_PLAIN, _SPELT_OUT)
    )


def _stem_likeness(one: tuple[str, str], other: tuple[str, str]) -> float:
    """Compare the names without their kind: "Østre gate" is not "Vestre gate"."""
    (stem, kind), (other_stem, other_kind) = one, other
    if stem and other_stem and kind == other_kind:
        return fuzz.ratio(stem, other_stem)
    return fuzz.ratio(stem + kind, other_stem + other_kind) if stem + kind else 0.0


def _words(text: str, table: dict[int, str]) -> str:
    lowered = unicodedata.normalize("NFC", text).casefold().translate(table)
    plain = unicodedata.normalize("NFKD", lowered)
    kept = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())


def _stem(text: str, table: dict[int, str]) -> tuple[str, str]:
    """Return the folded name without spaces, and the kind of street apart, in one spelling."""
    for abbreviation, kind in _CUT_SHORT:
        text = abbreviation.sub(kind, text)
    words = _words(text, table).split()
    stem, kinds = "", []
    for index, word in enumerate(words):
        rest, kind = _split_kind(word, is_first=index == 0)
        stem += rest
        kinds += [kind] if kind else []
    return stem, "".join(kinds)


def _split_kind(word: str, *, is_first: bool) -> tuple[str, str]:
    if word in _WORDS:
        return "", _WORDS[word]
    for kind, joined, alone in _KINDS:
        if not is_first and alone.fullmatch(word):
            return "", kind
        if found := joined.fullmatch(word):
            return found[1], kind
    return word, ""
