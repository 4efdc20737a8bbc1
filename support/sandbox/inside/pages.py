"""The words of a PDF page and where each stands."""

import ctypes

import pypdfium2.raw as pdfium

from . import limits

# Places are asked for on a grid so fine, whatever the size of the page.
_GRID = 100_000


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
            _close(words, letters, boxes)
        else:
            letters.append(letter)
            boxes.append(place.of(index))
        if len(words) >= limits.WORDS_A_PAGE:
            return words, True
    _close(words, letters, boxes)
    return words, count > most


def _letter(code: int) -> str:
    """Return what PDFium read; the soft hyphen at a line's end (U+0002 there) is a hyphen."""
    if code == 2:
        return "-"
    return "" if code < 32 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def _close(words: list[tuple], letters: list[str], boxes: list[tuple]) -> None:
    """End the word that is being gathered, if there is one."""
    if letters:
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
        spelt = "".join(letters)[: limits.WORD_LETTERS]
        words.append((spelt, [round(n, 5) for n in (left, top, right - left, bottom - top)]))
        letters.clear()
        boxes.clear()


class _Place:
    """Where a letter stands in the picture of its page, turned pages and cut boxes included."""

    def __init__(self, page, text) -> None:
        self._page, self._text = page, text
        self._sides = [ctypes.c_double() for _ in range(4)]
        self._across, self._down = ctypes.c_int(), ctypes.c_int()

    def of(self, index: int) -> tuple[float, float, float, float]:
        left, right, bottom, top = self._sides
        pdfium.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        one = self._device(left.value, top.value)
        other = self._device(right.value, bottom.value)
        return (
            min(one[0], other[0]),
            min(one[1], other[1]),
            max(one[0], other[0]),
            max(one[1], other[1]),
        )

    def _device(self, across: float, down: float) -> tuple[float, float]:
        pdfium.FPDF_PageToDevice(
            self._page, 0, 0, _GRID, _GRID, 0, across, down, self._across, self._down
        )
        return _part(self._across.value), _part(self._down.value)


def _part(value: int) -> float:
    return min(max(value / _GRID, 0.0), 1.0)
