"""The sample files, and what is known of each."""

import io
import random
from pathlib import Path

from PIL import Image

from support.sandbox import Opened, Verdict, open_file, plain
from tests.chargers.registry_files import SAMPLES, needs_samples

__all__ = ["SAMPLES", "barcode_samples", "expected_text", "needs_samples", "open_and_check"]

PICTURES = {".png", ".jpg", ".webp"}
START_OF_SCAN = b"\xff\xda"  # JPEG (ITU T.81): behind it is what the picture shows


def barcode_samples() -> dict[str, list[Path]]:
    """Return the photos of codes by kind of code."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted((SAMPLES / "barcodes").rglob("*")):
        if path.suffix in PICTURES:
            kinds.setdefault(path.parent.name.rsplit("-", 1)[0], []).append(path)
    return kinds


def expected_text(path: Path) -> str:
    """Return what stands beside a photo as the text of its code."""
    raw = path.with_suffix(".bin")
    if raw.exists():
        return raw.read_bytes().decode("latin-1")
    return path.with_suffix(".txt").read_bytes().decode()


def open_and_check(path: Path) -> Opened:
    """Open a file and hold what came of it to what is promised of every file."""
    opened = open_file(path)
    assert opened.verdict in Verdict
    assert (opened.reason is None) == (opened.verdict == Verdict.ACCEPTED) == bool(opened.pages)
    assert opened.seconds <= 15
    assert opened.peak_bytes <= 1_200_000_000
    original = path.read_bytes()
    for page in opened.pages:
        assert plain.size_of(page.content) == (page.width, page.height)
        seen = Image.open(io.BytesIO(page.content))
        assert dict(seen.getexif()) == {}
        assert not {"icc_profile", "xmp", "comment", "photoshop", "exif"} & set(seen.info)
        seen.load()
        assert not _canaries(original, page.content)
    return opened


def _canaries(original: bytes, made: bytes) -> list[bytes]:
    """Return pieces of 16 bytes of the original's end that stand in the picture made of it.

    Flat pieces (all zeros) tell nothing and are left out, and so is how a small JPEG begins: its
    tables and its size are the same in every JPEG of that size.
    """
    dice = random.Random(len(original))
    start = original.find(START_OF_SCAN) if original.startswith(b"\xff\xd8") else 0
    tail = original[max(start, len(original) - 4096) :]
    pieces = [
        tail[at : at + 16] for at in (dice.randrange(max(1, len(tail) - 16)) for _ in range(40))
    ]
    return [piece for piece in pieces if len(set(piece)) > 8 and piece in made]
