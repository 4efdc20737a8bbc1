"""The program of the disposable process that reads our own pictures optically (rapidocr).

The pictures are ours, but what they show is a stranger's: so it is shut in like the opener. The
model is loaded first, while files can be opened.
"""

import io
import json
import logging
import os
import time

import numpy
from PIL import Image, ImageDraw, ImageFont
from rapidocr import RapidOCR

from . import limits
from .confine import Confinement
from .framing import END, FOUND, READY, pack
from .optical_input import LENGTH

# Lines are looked for at this size, and read at full size.
_SIDE = 1280
# A reading is good when it is this sure of the average letter; else it is tried turned.
_SURE, _LEAST_LETTERS = 0.86, 12


def main() -> None:
    """Load the models, shut this process in, read each picture that was given."""
    confinement = Confinement()
    confinement.begin(
        address_bytes=limits.READER_ADDRESS_BYTES,
        patience=19,
        wall_seconds=limits.READER_WALL_SECONDS,
    )
    reader = _reader()
    Image.preinit()
    _warm_up(reader)
    write(pack(READY, json.dumps(confinement.finish()).encode()))
    for picture in _given():
        image = Image.open(io.BytesIO(picture), formats=("JPEG",)).convert("RGB")
        write(pack(FOUND, json.dumps({"lines": _best(reader, image)}).encode()))
    write(pack(END))
    time.sleep(5)


def _warm_up(reader) -> None:
    """Read a line of text, so that each model is loaded: rapidocr loads them at first use."""
    sample = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(sample).text((40, 160), "Ready 123", "black", ImageFont.load_default(48))
    if not _read(reader, sample):
        raise RuntimeError("the models read nothing")


def _reader():
    logging.disable(logging.CRITICAL)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": limits.STRIP_PIXELS,
            "Global.text_score": 0.4,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
            "Rec.rec_batch_num": 4,
            "Det.limit_type": "max",
            "Det.limit_side_len": _SIDE,
        }
    )


def _given():
    """Yield the pictures on descriptor 0, each behind its length."""
    at, end = 0, os.fstat(0).st_size
    while at + LENGTH.size <= end:
        (length,) = LENGTH.unpack(os.pread(0, LENGTH.size, at))
        yield os.pread(0, length, at + LENGTH.size)
        at += LENGTH.size + length


def _best(reader, image) -> list[tuple]:
    """Return the lines of the picture the way it is best read: as it is, or turned on its side."""
    lines = _read(reader, image)
    if _is_good(lines):
        return lines
    turned = _read(reader, image.rotate(90, expand=True))
    if _weight(turned) > 1.2 * _weight(lines):
        return [(text, _turned_back(box), sure) for text, box, sure in turned]
    return lines


def _is_good(lines: list[tuple]) -> bool:
    """Say whether enough was read surely, and lines lie rather than stand."""
    letters = sum(len(text) for text, _box, _sure in lines)
    standing = sum(len(text) for text, box, _sure in lines if box[3] > 2 * box[2])
    return (
        letters >= _LEAST_LETTERS and _weight(lines) >= _SURE * letters and 2 * standing < letters
    )


def _weight(lines: list[tuple]) -> float:
    return sum(len(text) * sure for text, _box, sure in lines if sure > 0.6)


def _turned_back(box: list[float]) -> list[float]:
    """Return a box of the picture turned left as a box of the picture as it was."""
    left, top, width, height = box
    return [round(1 - top - height, 5), left, height, width]


def _read(reader, image) -> list[tuple]:
    """Return (text, box, how sure) of each line."""
    found = reader(numpy.asarray(image)[:, :, ::-1])
    if found.txts is None:
        return []
    lines = []
    for text, sure, corners in zip(found.txts, found.scores, found.boxes, strict=True):
        across = [min(max(float(x) / image.width, 0.0), 1.0) for x, _y in corners]
        down = [min(max(float(y) / image.height, 0.0), 1.0) for _x, y in corners]
        box = (min(across), min(down), max(across) - min(across), max(down) - min(down))
        lines.append((text[: limits.WORD_LETTERS], [round(n, 5) for n in box], round(sure, 4)))
    return lines


def write(frame: bytes) -> None:
    """Write all of a frame to the pipe."""
    view = memoryview(frame)
    while view:
        view = view[os.write(1, view) :]
