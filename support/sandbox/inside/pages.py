"""The words of a PDF page and where each stands."""

import ctypes
import math

import pypdfium2.raw as pdfium

from . import limits

# Places are asked for on a grid so fine, whatever the size of the page.
_GRID = 1_000_000_000
# So far from a page's corner, in points, that rounding does not matter.
_FAR = 1000.0


def page_words(page) -> tuple[list[tuple], bool]:
    """Return (text, box) of each word as fractions of the picture, and whether some were cut."""
    text = page.get_textpage()
    try:
        return _words(page, text)
    finally:
        text.close()


def _words(page, text) -> tuple[list[tuple], bool]:
    place = _Place(page, text)
    words: list[tuple] = []
    letters: list[str] = []
    boxes: list[tuple] = []
    count = pdfium.FPDFText_CountChars(text)
    most = limits.WORDS_A_PAGE * 8
    for index in range(min(count, most)):
        letter = _letter(pdfium.FPDFText_GetUnicode(text, index))
        if letter.isspace() or not letter:
            _close(words, letters, boxes, place)
        else:
            letters.append(letter)
            boxes.append(place.sides(index))
        if len(words) >= limits.WORDS_A_PAGE:
            return words, True
    _close(words, letters, boxes, place)
    return words, count > most


def _letter(code: int) -> str:
    """Return what PDFium read; the soft hyphen at a line's end (U+0002 there) is a hyphen."""
    if code == 2:
        return "-"
    return "" if code < 32 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def _close(words: list[tuple], letters: list[str], boxes: list[tuple], place: "_Place") -> None:
    """End the word that is being gathered, if there is one."""
    if letters:
        lefts, rights, bottoms, tops = zip(*boxes, strict=True)
        across, up = lefts + rights, bottoms + tops
        box = place.of(min(across), max(across), min(up), max(up))
        words.append(("".join(letters)[: limits.WORD_LETTERS], box))
        letters.clear()
        boxes.clear()


class _Place:
    """Where a word stands in the picture of its page, turned pages and cut boxes included."""

    def __init__(self, page, text) -> None:
        self._text = text
        self._sides = [ctypes.c_double() for _ in range(4)]
        # PDFium is asked for three corners; every other point follows from them.
        self._zero = self._device(page, 0, 0)
        self._across = self._step(self._device(page, _FAR, 0))
        self._up = self._step(self._device(page, 0, _FAR))

    @staticmethod
    def _device(page, across: float, up: float) -> tuple[float, float]:
        x, y = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, across, up, x, y)
        return x.value / _GRID, y.value / _GRID

    def _step(self, far: tuple[float, float]) -> tuple[float, float]:
        return (far[0] - self._zero[0]) / _FAR, (far[1] - self._zero[1]) / _FAR

    def sides(self, index: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top of a letter on its page."""
        left, right, bottom, top = self._sides
        pdfium.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        return left.value, right.value, bottom.value, top.value

    def of(self, left: float, right: float, bottom: float, top: float) -> list[float]:
        """Return a box of the page as fractions of the picture."""
        one, other = self._point(left, top), self._point(right, bottom)
        first, above = min(one[0], other[0]), min(one[1], other[1])
        last, below = max(one[0], other[0]), max(one[1], other[1])
        return [round(part, 5) for part in (first, above, last - first, below - above)]

    def _point(self, across: float, up: float) -> tuple[float, float]:
        (x, y), (ax, ay), (ux, uy) = self._zero, self._across, self._up
        return _part(x + across * ax + up * ux), _part(y + across * ay + up * uy)


def _part(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0
