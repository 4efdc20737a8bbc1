"""The program of the disposable process that covers or blurs parts of one of our own pictures.

The picture is ours, but an opener that was taken over may have made it: so it is decoded here.
"""

import io
import json
import os
import time

from PIL import Image, ImageDraw

from . import limits
from .confine import Confinement
from .framing import END, PICTURE, READY, pack
from .optical_input import LENGTH
from .pictures import encode

# Blurred, the longest side has so many shades: letters of a label are gone, its place is seen.
_BLURRED_SIDE = 40


def prepare() -> None:
    """Load the decoder while files can still be opened."""
    Image.preinit()


def main() -> None:
    """Shut this process in, paint the picture that was given, send it back."""
    confinement = Confinement()
    confinement.begin(address_bytes=limits.ADDRESS_BYTES)
    prepare()
    write(pack(READY, json.dumps(confinement.finish()).encode()))
    wanted, content = _given()
    picture = Image.open(io.BytesIO(content), formats=("JPEG",)).convert("RGB")
    if wanted["sharp"] is not None:
        picture = _blurred(picture, wanted["sharp"])
    draw = ImageDraw.Draw(picture)
    for box in wanted["covered"]:
        draw.rectangle(_corners(picture, box), fill=(0, 0, 0))
    write(pack(PICTURE, encode(picture)))
    write(pack(END))
    time.sleep(5)


def _given() -> tuple[dict, bytes]:
    (length,) = LENGTH.unpack(os.pread(0, LENGTH.size, 0))
    wanted = json.loads(os.pread(0, length, LENGTH.size))
    at = LENGTH.size + length
    return wanted, os.pread(0, os.fstat(0).st_size - at, at)


def _blurred(picture: Image.Image, sharp: list) -> Image.Image:
    scale = _BLURRED_SIDE / max(picture.size)
    small = tuple(max(1, round(side * scale)) for side in picture.size)
    blurred = picture.resize(small, Image.Resampling.BOX).resize(
        picture.size, Image.Resampling.BICUBIC
    )
    for box in sharp:
        corners = _corners(picture, box)
        blurred.paste(picture.crop(corners), corners[:2])
    return blurred


def _corners(picture: Image.Image, box: list) -> tuple[int, int, int, int]:
    left, top, width, height = box
    return (
        int(left * picture.width),
        int(top * picture.height),
        round((left + width) * picture.width),
        round((top + height) * picture.height),
    )


def write(frame: bytes) -> None:
    """Write all of a frame to the pipe."""
    view = memoryview(frame)
    while view:
        view = view[os.write(1, view) :]
