"""From a decoded picture to the plain one that staff see, and what is read off it on the way."""

import io
import math
from dataclasses import dataclass, field

from PIL import Image

from . import barcodes, limits

_QUALITIES = (85, 70, 50)
# A picture that is hardly too large is left as it is: a photo at half its size, above all.
_NEARLY = 1.05
# Two shades that differ by less say nothing about what a picture shows.
_FLAT = 6


@dataclass
class Page:
    """One picture ready to go out, with what was read from it at full size."""

    content: bytes
    width: int
    height: int
    words: list[tuple] = field(default_factory=list)
    codes: list[dict] = field(default_factory=list)
    likeness: int = 0

    def meta(self) -> dict:
        """Return all but the bytes, for the frame before them."""
        return {
            "width": self.width,
            "height": self.height,
            "words": self.words,
            "codes": self.codes,
            "likeness": self.likeness,
        }


def bounded(width: float, height: float) -> tuple[int, int]:
    """Return the size of the picture of a page: readable, strips longer, never enlarged here."""
    long, short = max(width, height), min(width, height)
    most = min(limits.STRIP_PIXELS, limits.LONGEST_PIXELS * max(1.0, long / short / 3))
    scale = min(1.0, most / long)
    if long <= _NEARLY * most and long <= limits.STRIP_PIXELS:
        scale = 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def finish(
    image: Image.Image,
    *,
    seek_codes: bool,
    thorough: bool = False,
    words: list[tuple] = (),
    fine: Image.Image | None = None,
) -> Page:
    """Make the page of an upright, plain RGB picture; codes are looked for in a finer one."""
    codes = barcodes.find(fine or image, thorough=thorough) if seek_codes else []
    size = bounded(*image.size)
    small = (
        image
        if image.size == size
        else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    )
    return Page(
        content=encode(small),
        width=small.width,
        height=small.height,
        words=list(words),
        codes=codes,
        likeness=likeness(small),
    )


def encode(image: Image.Image) -> bytes:
    """Return a JPEG of nothing but the picture: no metadata, no profile, no preview."""
    image.info.clear()
    for quality in _QUALITIES:
        target = io.BytesIO()
        # Its own tables: smaller, and not a run of bytes in common with any other JPEG.
        image.save(target, "JPEG", quality=quality, optimize=True)
        if target.tell() <= limits.PICTURE_BYTES:
            break
    return target.getvalue()


def likeness(image: Image.Image) -> int:
    """Return a perceptual hash of 64 bits; 0 for a picture that is all one shade.

    The signs of the 64 lowest frequencies of the picture (DCT of 32 x 32 shades) against their
    median: the same after another size, another encoding or a slight crop.
    """
    shades = list(image.convert("L").resize((32, 32), Image.Resampling.BOX).tobytes())
    if max(shades) - min(shades) < _FLAT:
        return 0
    rows = [_dct(shades[row * 32 : row * 32 + 32]) for row in range(32)]
    columns = [_dct([row[column] for row in rows]) for column in range(8)]
    values = [columns[column][row] for row in range(8) for column in range(8)]
    middle = sorted(values[1:])[31]
    return sum(1 << place for place, value in enumerate(values) if place and value > middle)


def _dct(line: list[float]) -> list[float]:
    """Return the eight lowest frequencies of 32 values."""
    return [
        sum(value * cosine for value, cosine in zip(line, row, strict=True)) for row in _COSINES
    ]


_COSINES = [
    [math.cos(math.pi * (2 * place + 1) * wave / 64) for place in range(32)] for wave in range(8)
]
