"""Covering and blurring parts of our own pictures, in a disposable process as well."""

import json
from collections.abc import Sequence

from support.sandbox import cell, plain
from support.sandbox.findings import Box
from support.sandbox.inside import framing
from support.sandbox.inside.optical_input import LENGTH

PROGRAM = cell.Program("inside.painting", is_split=True)


class NotPainted(OSError):
    """The process did not give the picture back as it was asked to."""


def cover(content: bytes, boxes: Sequence[Box]) -> bytes:
    """Return a picture (JPEG) with black boxes. Raises NotPainted, SandboxUnavailable."""
    return _paint(content, covered=list(boxes), sharp=None)


def blur(content: bytes, *, sharp: Sequence[Box]) -> bytes:
    """Return a picture (JPEG) blurred past reading, but for ``sharp``. Raises as ``cover``."""
    return _paint(content, covered=[], sharp=list(sharp))


def _paint(content: bytes, **wanted) -> bytes:
    size, order = plain.size_of(content), json.dumps(wanted).encode()
    outcome = cell.run(PROGRAM, LENGTH.pack(len(order)) + order + content)
    painted = [payload for kind, payload in outcome.frames if kind == framing.PICTURE]
    if outcome.ended != "done" or len(painted) != 1 or plain.size_of(painted[0]) != size:
        raise NotPainted(f"a picture was not painted: {outcome.ended}")
    return painted[0]
