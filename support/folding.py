"""A text as it is compared: its words in one case, without accents, in one alphabet, each with
where it stands; and whether it has a phrase, however that is spaced or spelled.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

# Letters of other alphabets that look like Latin ones (T-24), and Latin ones that NFKD leaves.
_LIKE = str.maketrans(
    dict(zip("авекмнорстухіјѕԁɡһӏԛԝ", "abekmhopctyxijsdghlqw", strict=True))
    | dict(zip("αβεηικνορτυχγ", "abenikvoptuxy", strict=True))
    | {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ŋ": "n", "ħ": "h", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}
)
# Signs that stand for letters inside a word: "K4ri", "E1er".
_DIGITS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"})
_SIGNS = {"@": "a", "$": "s", "|": "i", "!": "i"}
_HYPHENS = "-\u2010\u2011\u2012\u2013.·_"


@dataclass(frozen=True)
class Word:
    """One word, folded, and where it stands in the text."""

    folded: str
    start: int
    end: int
    has_capital: bool


@dataclass(frozen=True)
class Span:
    """Where something was found, and what."""

    start: int
    end: int
    what: str


class Text:
    """A text and its words."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> list[Word]:
        return list(_words(self.text))

    @cached_property
    def folded(self) -> str:
        """Return it in one case, without accents and invisible signs, with single spaces."""
        return " ".join("".join(fold_sign(sign) for sign in self.text).split())

    def phrase(self, words: list[str]) -> Iterator[Span]:
        """Yield where these folded words stand, together, apart or in one; in this order."""
        wanted = "".join(words)
        for first, word in enumerate(self.words):
            if not wanted.startswith(word.folded[: len(wanted)]):
                continue
            last = self._run(first, wanted)
            if last is not None:
                yield Span(word.start, self.words[last].end, " ".join(words))

    def _run(self, first: int, wanted: str) -> int | None:
        """Return the last of the words that make up ``wanted`` from ``first`` on, or None."""
        said = ""
        for index in range(first, len(self.words)):
            said += self.words[index].folded
            if said == wanted or (len(wanted) > 3 and said == wanted + "s"):
                return index
            if not wanted.startswith(said):
                return None
        return None

    def spelled_out(self, word: str) -> Iterator[Span]:
        """Yield where one folded word stands: whole, or letter by letter, or cut by hyphens."""
        for span in self.phrase([word]):
            inside = [w for w in self.words if span.start <= w.start < span.end]
            gaps = {
                self.text[one.end : two.start].strip(_HYPHENS)
                for one, two in zip(inside, inside[1:], strict=False)
            }
            if len(inside) == 1 or all(len(w.folded) == 1 for w in inside) or gaps == {""}:
                yield span

    def numbers(self, digits: str) -> Iterator[Span]:
        """Yield where these digits stand in a row, whatever is between them."""
        for found in _NUMBER.finditer(_as_digits(self.text)):
            if digits in "".join(sign for sign in found[0] if sign.isascii() and sign.isdigit()):
                yield Span(found.start(), found.end(), digits)


_NUMBER = re.compile(r"[0-9](?:[^0-9A-Za-z\u00c0-\u024f]{0,3}[0-9])+")


def words_of(text: str) -> list[str]:
    """Return the words of a name, folded."""
    return [word.folded for word in _words(text)]


def fold_sign(sign: str) -> str:
    """Return one sign folded: nothing for an accent or an invisible sign."""
    apart = unicodedata.normalize("NFKD", sign)
    plain = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return plain.casefold().translate(_LIKE)


def _words(text: str) -> Iterator[Word]:
    folded, start, end, raw = "", 0, 0, ""
    for index, sign in enumerate(text):
        said = fold_sign(sign)
        inside = sign in _SIGNS and folded and text[index + 1 : index + 2].isalpha()
        if said.isalnum() or inside or (not said and folded and not sign.isspace()):
            if not folded:
                start = index
            folded += _SIGNS[sign] if inside else said
            raw += sign
            end = index + 1
        elif folded:
            yield _word(folded, raw, start, end)
            folded, raw = "", ""
    if folded:
        yield _word(folded, raw, start, end)


def _word(folded: str, raw: str, start: int, end: int) -> Word:
    letters = sum(sign.isalpha() for sign in folded)
    if letters > 1 and letters < len(folded):
        folded = folded.translate(_DIGITS)
    return Word(folded, start, end, raw[:1].isupper())


def _as_digits(text: str) -> str:
    """Return a text of the same length with every digit as an ASCII one, O between digits as 0."""
    plain = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return re.sub(r"(?<=[0-9])[oO](?=[ 0-9])", "0", plain)
