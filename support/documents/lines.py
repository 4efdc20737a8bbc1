"""Words with boxes brought into lines as a person reads them, whatever read them."""

import re
import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from support.sandbox import Box, Picture, Source, Word

# Two words are on one line when their middles are nearer than this part of a word's height.
_NEAR = 0.5
# A gap wider than so many letters' heights parts a line into columns.
_COLUMN_GAP = 3.0
# What stands under a label begins within so many of its heights.
_BELOW = 3.5
# Bounds of what a pattern is tried on: a stranger wrote it.
_LETTERS, _WORDS = 120, 30
# What is covered is looked for in lines as long as they are.
_ALL_WORDS = 400
# How wide letters are, against a digit, in the print of labels and documents.
_NARROW = dict.fromkeys("iIl|!.,:;'’`´()[]{}/\\-· ftrj1", 0.6)
_WIDE = dict.fromkeys("mwMWÆæ@%—", 1.6)
# So many letters are remembered: a stranger's file may hold every one there is.
_KNOWN_LETTERS = 5_000
# One letter for one, so that places stay: optical reading often loses these signs as well.
_PLAIN = str.maketrans("øåäöüæéèáóúØÅÄÖÜÆÉ", "oaaouaeeaouoaaouae")


@dataclass(frozen=True)
class Line:
    """One line of a page: its words with one space between, and where each letter stands."""

    page: int
    text: str
    words: tuple[Word, ...]
    starts: tuple[int, ...]

    @cached_property
    def plain(self) -> str:
        """The text in small letters without accents, as long as the text itself."""
        return plain(self.text)

    @property
    def source(self) -> Source:
        return self.words[0].source

    @cached_property
    def box(self) -> Box:
        return union([word.box for word in self.words])

    def confidence(self, start: int = 0, end: int | None = None) -> float:
        """Return how surely the least sure word of a part of the text was read."""
        return min(word.confidence for word, _at in self._between(start, end))

    def place(self, start: int, end: int) -> Box:
        """Return the box of text[start:end]; inside a word it is told by counting letters."""
        return union([_part(word, start - at, end - at) for word, at in self._between(start, end)])

    def _between(self, start: int, end: int | None) -> list[tuple[Word, int]]:
        end = len(self.text) if end is None else end
        inside = [
            (word, at)
            for word, at in zip(self.words, self.starts, strict=True)
            if at < end and at + len(word.text) > start
        ]
        return inside or [(self.words[0], self.starts[0])]


def lines_of(page: Picture, optical: Sequence[Word] = ()) -> list[Line]:
    """Return the lines of a page from top to bottom: the file's own text, then what was read."""
    own = [join(page.number, row) for row in _rows(_spelt(page.words))]
    read = [word for row in _rows(_spelt(optical)) for word in row]
    return own + [join(page.number, [word]) for word in read]


def whole_lines(words: Sequence[Word]) -> list[Line]:
    """Return the lines of one page with every word as it was read, for what has to be covered."""
    own = [word for word in words if word.source != Source.OPTICAL and word.text]
    read = [word for word in words if word.source == Source.OPTICAL and word.text]
    rows = [*_rows(own, longest=_ALL_WORDS), *([word] for word in read)]
    return [join(1, row) for row in rows]


def join(page: int, words: Sequence[Word]) -> Line:
    """Return words as one line."""
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word.text) + 1
    return Line(page, " ".join(word.text for word in words), tuple(words), tuple(starts))


def union(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all of these."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def beside_and_below(line: Line, lines: Sequence[Line]) -> list[Line]:
    """Return what a label in this line may speak of: what is right of it, then what is under it."""
    left, top, width, height = line.box
    right, below = [], []
    for other in lines:
        if other is line or other.page != line.page or other.source != line.source:
            continue
        at, down, _wide, high = other.box
        if at >= left + width * 0.9 and abs(down + high / 2 - top - height / 2) < height * 0.8:
            right.append((at, other))
        elif _is_under(line.box, other.box):
            below.append((down, other))
    first = [other for _at, other in sorted(right, key=lambda pair: pair[0])[:1]]
    return first + [other for _down, other in sorted(below, key=lambda pair: pair[0])[:2]]


def above(line: Line, lines: Sequence[Line]) -> list[Line]:
    """Return the two nearest lines that this one stands under, the nearest first."""
    over = [
        other
        for other in lines
        if other.page == line.page
        and other.source == line.source
        and other is not line
        and _is_under(other.box, line.box)
    ]
    return sorted(over, key=lambda other: -other.box[1])[:2]


def _is_under(label: Box, other: Box) -> bool:
    left, top, width, height = label
    at, down, wide, _high = other
    gap = down - (top + height)
    overlaps = at < left + width and at + wide > left
    return -0.3 * height <= gap <= _BELOW * height and (overlaps or abs(at - left) < height)


def plain(text: str) -> str:
    """Return a text in small letters without accents, as long as it was."""
    return text.translate(_SMALL)


class _Small(dict):
    """Each letter as one plain small one, found once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if not letter.isascii() and letter.isdecimal():
            small = str(unicodedata.decimal(letter))
        else:
            small = letter.translate(_PLAIN).lower()
        small = small if len(small) == 1 else "?"
        if len(self) < _KNOWN_LETTERS:
            self[code] = small
        return small


_SMALL = _Small()


def _spelt(words: Sequence[Word]) -> list[Word]:
    """Return words with composed letters and plain spaces, none of them empty."""
    kept = []
    for word in words:
        text = re.sub(r"\s+", " ", unicodedata.normalize("NFC", word.text)).strip()[:_LETTERS]
        if text:
            kept.append(Word(text, word.box, word.source, word.confidence))
    return kept


def _rows(words: list[Word], *, longest: int = _WORDS) -> list[list[Word]]:
    """Return words that stand beside each other as rows, cut where columns part."""
    rows: list[list[Word]] = []
    middle = 0.0
    for word in sorted(words, key=_middle):
        if rows and abs(_middle(word) - middle) <= max(word.box[3], 0.004) * _NEAR:
            rows[-1].append(word)
        else:
            rows.append([word])
        middle += (_middle(word) - middle) / len(rows[-1])
    ordered = (sorted(row, key=lambda word: word.box[0]) for row in rows)
    return [part for row in ordered for part in _columns(row, longest)]


def _middle(word: Word) -> float:
    return word.box[1] + word.box[3] / 2


def _columns(row: list[Word], longest: int) -> list[list[Word]]:
    height = statistics.median(word.box[3] for word in row) or 0.01
    parts = [[row[0]]]
    for word in row[1:]:
        last = parts[-1][-1].box
        gap = word.box[0] - (last[0] + last[2])
        if gap > _COLUMN_GAP * height or len(parts[-1]) >= longest:
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _part(word: Word, start: int, end: int) -> Box:
    """Return the box of some letters of a word, along the longer side of its box."""
    left, top, width, height = word.box
    if height > width and len(word.text) > 2:
        # Lines on their side run down or up, which the box does not tell: take all of it.
        return word.box
    widths = [_NARROW.get(letter) or _WIDE.get(letter) or 1.0 for letter in word.text]
    all_of_it = sum(widths) or 1.0
    first = sum(widths[: max(0, start)]) / all_of_it
    last = sum(widths[:end]) / all_of_it
    return left + first * width, top, (last - first) * width, height
