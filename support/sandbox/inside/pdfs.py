"""PDF: each page as a picture, and its text with the place of every word."""

import time
from collections.abc import Callable, Iterator

import pypdfium2
from PIL import Image

from . import limits
from .codes import FlagCode, Reason
from .failing import NotOpened
from .pages import page_words
from .pictures import Page, bounded, finish

# PDFium's own numbers (fpdfview.h).
_WRONG_PASSWORD, _UNKNOWN_PROTECTION = 4, 5
# A page is drawn as if it were this large at least, and never finer than so many pixels a point.
_FINEST = 8.0
# Two pages whose sides differ by more than this came from two places.
_SIZE_DIFFERS = 1.2


def open_pdf(data: bytes, started: float, flag: Callable) -> Iterator[Page]:
    """Yield each page in turn. Raises NotOpened."""
    document = _opened(data)
    try:
        count = len(document)
        if not count:
            raise NotOpened(Reason.DAMAGED)
        if count > limits.PAGES:
            raise NotOpened(Reason.TOO_MANY_PAGES)
        _prepare_forms(document)
        _flag_sizes(document, count, flag)
        yield from _pages(document, count, started, flag)
    finally:
        document.close()


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (_WRONG_PASSWORD, _UNKNOWN_PROTECTION)
        raise NotOpened(Reason.LOCKED if locked else Reason.DAMAGED) from error


def _prepare_forms(document: pypdfium2.PdfDocument) -> None:
    """Let what was filled into a form be drawn; PDFium runs no scripts here (built without)."""
    try:
        document.init_forms()
    except (pypdfium2.PdfiumError, OSError):
        return


def _flag_sizes(document: pypdfium2.PdfDocument, count: int, flag: Callable) -> None:
    sizes = set()
    for number in range(count):
        try:
            width, height = document.get_page_size(number)
        except pypdfium2.PdfiumError:
            continue
        sizes.add((min(width, height), max(width, height)))
    longest = [size[1] for size in sizes if size[1] > 0]
    if longest and max(longest) > _SIZE_DIFFERS * min(longest):
        flag(FlagCode.PAGE_SIZES_DIFFER, sizes=len(sizes))


def _pages(document, count: int, started: float, flag: Callable) -> Iterator[Page]:
    failed = blank = 0
    for number in range(count):
        seek_codes = time.monotonic() - started < limits.CODES_UNTIL_SECONDS
        if not seek_codes:
            flag(FlagCode.CODES_NOT_SOUGHT)
        try:
            page = _page(document, number, seek_codes, flag)
        except (pypdfium2.PdfiumError, ValueError):
            failed += 1
            page = finish(Image.new("RGB", (1000, 1414), "white"), seek_codes=False)
        blank += not page.likeness and not page.words
        yield page
    if failed == count:
        raise NotOpened(Reason.DAMAGED)
    if failed:
        flag(FlagCode.REPAIRED, pages=failed)
    if blank:
        flag(FlagCode.BLANK, pages=blank)


def _page(document, number: int, seek_codes: bool, flag: Callable) -> Page:
    page = document[number]
    try:
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise ValueError("a page without a size")
        scale = _scale(width, height)
        image = page.render(scale=scale).to_pil()
        image = image if image.mode == "RGB" else image.convert("RGB")
        words, cut = page_words(page)
        if cut:
            flag(FlagCode.TEXT_CUT)
        return finish(image, seek_codes=seek_codes, words=words)
    finally:
        page.close()


def _scale(width: float, height: float) -> float:
    """Return pixels a point such that the picture has the size that ``bounded`` allows."""
    large = 100_000 / max(width, height)
    wanted, _ = bounded(width * large, height * large)
    return min(wanted / width, _FINEST, limits.STRIP_PIXELS / max(width, height))
