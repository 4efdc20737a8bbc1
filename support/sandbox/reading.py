"""Optical reading of our own pictures, where the optional package is installed."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field

from support.sandbox import cell, reply
from support.sandbox.findings import Picture, Word
from support.sandbox.inside import framing, limits
from support.sandbox.inside.optical_input import LENGTH

# What the disposable process runs. Tests put a misbehaving program in its place.
PROGRAM = cell.Program("inside.optical", wall_seconds=limits.READER_WALL_SECONDS)
# So many pictures of one file are read, the first ones: an agreement names its parties early.
MOST_PICTURES = 12
_PACKAGES = ("rapidocr", "onnxruntime")


@dataclass
class Reading:
    """What was read: for each picture its lines, or None where it was not read."""

    words: list[list[Word] | None]
    seconds: float = 0.0
    peak_bytes: int = 0
    protections: dict[str, str] = field(default_factory=dict)


def is_installed() -> bool:
    """Say whether optical reading is installed here (requirements-reading.txt)."""
    return all(importlib.util.find_spec(name) is not None for name in _PACKAGES)


def read_pictures(pages: Sequence[Picture]) -> list[list[Word] | None] | None:
    """Read pictures optically; None where reading is not installed.

    Each picture's lines in order, or None for a picture that was not read: beyond the first
    twelve, or one that no process got through in its 14 seconds of computing.
    """
    return read(pages).words if is_installed() else None


def read(pages: Sequence[Picture]) -> Reading:
    """Read pictures and tell what it took. Raises SandboxUnavailable, as opening does."""
    reading = Reading(words=[None] * len(pages))
    at, end = 0, min(len(pages), MOST_PICTURES)
    while at < end:
        given = b"".join(LENGTH.pack(len(page.content)) + page.content for page in pages[at:end])
        outcome = cell.run(PROGRAM, given)
        done = _take(outcome, reading, at, end)
        if outcome.starved and not done:
            raise cell.SandboxUnavailable("the machine is too busy")
        # The picture it stopped at is left out; the next process goes on behind it.
        at += done + 1 if at + done < end else done
    return reading


def _take(outcome: cell.Outcome, reading: Reading, at: int, end: int) -> int:
    """Keep what one process read; return how many pictures that is."""
    reading.seconds += outcome.seconds
    reading.peak_bytes = max(reading.peak_bytes, outcome.peak_bytes)
    done = 0
    try:
        reading.protections = reply.protections(outcome)
        for kind, payload in outcome.frames[1:]:
            if kind == framing.FOUND and at + done < end:
                reading.words[at + done] = reply.optical_words(payload)
                done += 1
    except (reply.BadReply, ValueError):
        pass
    return done
