"""How long a file takes from arrival to pictures and facts, eight arriving at once (P-14).

    python -m bench.evidence [--rounds 10] [--at-once 8] [--workers 2] [--no-reading]

Measured is what the worker does with a file: opening it in the sandbox, and reading its facts; each
time counts from the arrival of all eight, so waiting for a free worker is in it. Optical reading
has a queue of its own behind it and is measured apart. The files are made here: a photo of a label
of 12 megapixels with a QR code, and agreements of 3 and 12 pages. One JSON line a figure.
"""

import argparse
import io
import json
import os
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import django
import segno
from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.pdfgen.canvas import Canvas

settings.configure(CLAMD="", USE_I18N=False)
django.setup()

from support.documents import facts_of  # noqa: E402
from support.sandbox import Opened, open_file, reading  # noqa: E402

CODE = "amber-otter-4821"
LINES = (
    "Purchase agreement",
    "Seller: Kari Demo",
    "Buyer: Per Sample",
    "Storgata 12B, 0155 Oslo",
    "Take-over: 1 May 2026",
)


def main() -> None:
    """Run the rounds and print a line for each kind of file, for all, and for reading."""
    arguments = _arguments()
    photo = label_photo()
    kinds = {"photo": photo, "agreement_3": agreement(3), "agreement_12": agreement(12)}
    for name, content in kinds.items():
        times = [_alone(content) for _ in range(arguments.rounds)]
        _say(f"{name}, alone", [seconds for seconds, _opened in times], times[0][1])
    mixed = [photo, kinds["agreement_3"], photo, kinds["agreement_12"]] * arguments.at_once
    waits = []
    for _ in range(arguments.rounds):
        waits += _together(mixed[: arguments.at_once], arguments.workers)
    _say(f"{arguments.at_once} at once, {arguments.workers} workers", waits)
    if not arguments.no_reading and reading.is_installed():
        pages = open_file(io.BytesIO(photo)).pages
        reads = [reading.read(pages) for _ in range(arguments.rounds)]
        _say("optical reading of a photo", [read.seconds for read in reads], reads[0])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-reading", action="store_true")
    return parser.parse_args()


def _alone(content: bytes) -> tuple[float, Opened]:
    started = time.monotonic()
    opened = _open_and_read(content)
    return time.monotonic() - started, opened


def _open_and_read(content: bytes) -> Opened:
    opened = open_file(io.BytesIO(content))
    if opened.reason:
        raise SystemExit(f"a file of the bench was not accepted: {opened.reason}")
    facts_of(opened.pages, flags=opened.flags, expected_code=CODE)
    return opened


def _together(contents: list[bytes], workers: int) -> list[float]:
    """Return for each file how long after the arrival of all it was ready."""
    started = time.monotonic()

    def ready(content: bytes) -> float:
        _open_and_read(content)
        return time.monotonic() - started

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(ready, contents))


def _say(what: str, seconds: list[float], one: object = None) -> None:
    ranked = sorted(seconds)
    figures = {
        "what": what,
        "files": len(ranked),
        "p50_seconds": round(statistics.median(ranked), 2),
        "p95_seconds": round(ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))], 2),
        "slowest_seconds": round(ranked[-1], 2),
    }
    if one is not None:
        figures["peak_mb"] = round(one.peak_bytes / 1e6)
    print(json.dumps(figures), flush=True)


def label_photo() -> bytes:
    """Return a photo of 12 megapixels: a label, and the request code beside it, blurred."""
    dice = random.Random(1)
    image = Image.effect_noise((4032, 3024), 40).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((900, 700, 3100, 1700), fill=(240, 240, 235))
    font = ImageFont.load_default(110)
    draw.text((1000, 800), "Station Pro\nSerial: ZPR123456\nPIN: 4821", (20, 20, 20), font)
    draw.text((1000, 2000), CODE, (dice.randrange(60), 20, 90), font)
    picture = io.BytesIO()
    segno.make_qr("ZPR123456").save(picture, kind="png", scale=18)
    image.paste(Image.open(picture).convert("RGB"), (2500, 900))
    target = io.BytesIO()
    image.rotate(4).filter(ImageFilter.GaussianBlur(2)).save(target, "JPEG", quality=80)
    return target.getvalue()


def agreement(pages: int) -> bytes:
    """Return an agreement of so many pages of text."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for number in range(pages):
        for row, line in enumerate((*LINES, *(f"{number}.{at} as agreed" for at in range(35)))):
            canvas.drawString(70, 790 - row * 18, f"{line} {'lorem ipsum ' * 4 if row > 4 else ''}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


if __name__ == "__main__":
    main()
