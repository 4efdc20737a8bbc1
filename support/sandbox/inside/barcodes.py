"""QR, DataMatrix and Code 128 in a picture (U-06)."""

import zxingcpp
from PIL import Image

from . import limits

_FORMATS = (
    zxingcpp.BarcodeFormat.QRCode
    | zxingcpp.BarcodeFormat.DataMatrix
    | (zxingcpp.BarcodeFormat.Code128)
)
_NAMES = {"QRCode": "qr", "DataMatrix": "datamatrix", "Code128": "code128"}


def find(image: Image.Image) -> list[dict]:
    """Return each code once: text, kind, and its box as fractions of the picture."""
    found: dict[tuple, dict] = {}
    grey = image.convert("L")
    for code in zxingcpp.read_barcodes(grey, formats=_FORMATS):
        if code.valid and code.text:
            kind = _NAMES.get(code.format.name)
            if kind:
                found.setdefault((kind, code.text), _described(code, kind, grey.size))
    return list(found.values())[: limits.CODES_A_PAGE]


def _described(code, kind: str, size: tuple[int, int]) -> dict:
    corners = [
        getattr(code.position, name)
        for name in ("top_left", "top_right", "bottom_left", "bottom_right")
    ]
    across = [min(max(corner.x / size[0], 0.0), 1.0) for corner in corners]
    down = [min(max(corner.y / size[1], 0.0), 1.0) for corner in corners]
    box = (min(across), min(down), max(across) - min(across), max(down) - min(down))
    return {
        "text": code.text[: limits.CODE_LETTERS],
        "kind": kind,
        "box": [round(part, 5) for part in box],
    }
