"""QR, DataMatrix and Code 128 in a picture (U-06).

The first look finds most. A photo in which it finds no square code is looked at again: larger,
smaller, smoothed, with more contrast, and with another idea of what is black. These further looks
take square codes only, whose error correction leaves no room for codes that are not there; Code
128 has one check digit.
"""

from collections.abc import Iterator

import zxingcpp
from PIL import Image, ImageFilter, ImageOps
from zxingcpp import BarcodeFormat, Binarizer, TextMode

from . import limits

_SQUARE = (BarcodeFormat.QRCode, BarcodeFormat.DataMatrix)
_ALL = (*_SQUARE, BarcodeFormat.Code128)
_NAMES = {"QRCode": "qr", "DataMatrix": "datamatrix", "Code128": "code128"}
# Below this side a further look is at twice the size; above it, at this one.
_SIDE = 1200


def find(image: Image.Image, *, thorough: bool) -> list[dict]:
    """Return each code once: text, kind, and its box as fractions of the picture."""
    grey = image.convert("L")
    codes = _read(grey, _ALL, Binarizer.LocalAverage)
    if thorough and all(code["kind"] == "code128" for code in codes):
        codes += next(filter(None, _further_looks(grey)), [])
    once = {(code["kind"], code["text"]): code for code in reversed(codes)}
    return list(reversed(once.values()))[: limits.CODES_A_PAGE]


def _further_looks(grey: Image.Image) -> Iterator[list[dict]]:
    factor = min(2.0, _SIDE / max(grey.size)) if max(grey.size) > _SIDE else 2.0
    size = tuple(max(1, round(side * factor)) for side in grey.size)
    other = grey.resize(size, Image.Resampling.BICUBIC)
    yield _read(other, _SQUARE, Binarizer.LocalAverage)
    yield _read(other, _SQUARE, Binarizer.GlobalHistogram)
    small = grey if factor == 2.0 else other
    yield _read(small.filter(ImageFilter.MedianFilter(3)), _SQUARE, Binarizer.GlobalHistogram)
    yield _read(ImageOps.autocontrast(small, cutoff=2), _SQUARE, Binarizer.GlobalHistogram)


def _read(grey: Image.Image, formats: tuple, binarizer: Binarizer) -> list[dict]:
    found = zxingcpp.read_barcodes(
        grey, formats=formats, text_mode=TextMode.Plain, binarizer=binarizer
    )
    return [
        _described(code, _NAMES[code.format.name], grey.size)
        for code in found
        if code.valid and code.bytes and code.format.name in _NAMES
    ]


def _described(code, kind: str, size: tuple[int, int]) -> dict:
    corners = [
        getattr(code.position, name)
        for name in ("top_left", "top_right", "bottom_left", "bottom_right")
    ]
    across = [min(max(corner.x / size[0], 0.0), 1.0) for corner in corners]
    down = [min(max(corner.y / size[1], 0.0), 1.0) for corner in corners]
    box = (min(across), min(down), max(across) - min(across), max(down) - min(down))
    return {
        # A code may hold bytes that are no text.
        "text": (code.text or code.bytes.decode("latin-1"))[: limits.CODE_LETTERS],
        "kind": kind,
        "box": [round(part, 5) for part in box],
    }
