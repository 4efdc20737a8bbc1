"""Frames on the pipe between the disposable process and its parent: a letter, a length, bytes."""

import struct

HEADER = struct.Struct(">cI")
# Ready (what protects), a finding as JSON, the bytes of a picture, the end.
READY, FOUND, PICTURE, END = b"R", b"F", b"P", b"E"
KINDS = (READY, FOUND, PICTURE, END)


class BadFrame(ValueError):
    """What came through the pipe is no frame, or one that is too long."""


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return HEADER.pack(kind, len(payload)) + payload


def unpack(buffer: bytearray, *, longest: int) -> list[tuple[bytes, bytes]]:
    """Take every whole frame off the front of a buffer. Raises BadFrame."""
    frames = []
    while len(buffer) >= HEADER.size:
        kind, length = HEADER.unpack_from(buffer)
        if kind not in KINDS or length > longest:
            raise BadFrame
        end = HEADER.size + length
        if len(buffer) < end:
            break
        frames.append((kind, bytes(buffer[HEADER.size : end])))
        del buffer[:end]
    return frames
