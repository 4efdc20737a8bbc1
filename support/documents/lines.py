"""Words with boxes brought into lines as a person reads them, whatever read them."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from support.sandbox import Box, Picture, Source, Word

# Two words are on one line when they overlap in height by this part of the lower one.
_OVERLAP = 0.5
# A gap wider than so many letters' heights parts a line into columns.
_COLUMN_GAP = 3.0


@dataclass(frozen=True)
class Line:
    """One line of a page: its words with one space between, and where each letter stands."""

    page: int
    text: str
    words: tuple[Word, ...]
    starts: tuple[int, ...]

    @property
    def source(self) -> Source:
        return self.words[0].source

    @property
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
    own = [_line(page.number, row) for row in _rows(list(page.words))]
    return own + [_line(page.number, [word]) for word in _in_reading_order(optical)]


def union(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all of these."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def _line(page: int, words: list[Word]) -> Line:
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word.text) + 1
    text = " ".join(word.text for word in words)
    return Line(page, re.sub(r"[\s\u00a0]", " ", text), tuple(words), tuple(starts))


def _in_reading_order(words: Sequence[Word]) -> list[Word]:
    return [word for row in _rows(list(words)) for word in row]


def _rows(words: list[Word]) -> list[list[Word]]:
    """Return words that stand beside each other as rows, cut where columns part."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3] / 2):
        row = rows[-1] if rows else []
        if row and _beside(statistics.median(_middle(other) for other in row), word):
            row.append(word)
        else:
            rows.append([word])
    return [part for row in rows for part in _columns(sorted(row, key=lambda w: w.box[0]))]


def _middle(word: Word) -> float:
    return word.box[1] + word.box[3] / 2


def _beside(middle: float, word: Word) -> bool:
    return abs(_middle(word) - middle) <= max(word.box[3], 0.004) * _OVERLAP


def _columns(row: list[Word]) -> list[list[Word]]:
    height = statistics.median(word.box[3] for word in row) or 0.01
    parts = [[row[0]]]
    for word in row[1:]:
        last = parts[-1][-1].box
        if word.box[0] - (last[0] + last[2]) > _COLUMN_GAP * height:
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _part(word: Word, start: int, end: int) -> Box:
    """Return the box of some letters of a word, along the longer side of its box."""
    count = max(1, len(word.text))
    first, last = max(0, start) / count, min(count, end) / count
    left, top, width, height = word.box
    if height > 2 * width and count > 2:
        # Lines on their side run down or up, which the box does not tell: take all of it.
        return word.box
    return left + first * width, top, (last - first) * width, height
