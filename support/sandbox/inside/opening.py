"""The program of the disposable process that opens one file: bytes in, plain pictures out."""

import json
import os
import time

from . import framing, limits, photos, sniffing, structure
from .codes import FlagCode, Reason
from .confine import Confinement
from .failing import NotOpened
from .framing import END, FOUND, PICTURE, READY
from .pdfs import open_pdf

# Codecs that libraries ask for by name; they cannot be loaded once files are out of reach.
_CODECS = ("ascii", "cp1252", "latin-1", "mac-roman", "pdfdoc", "utf-16", "utf-16-be", "utf-8-sig")


class _Flags:
    """Flags gathered on the way; one of a kind, but for signatures."""

    def __init__(self) -> None:
        self.found: list[dict] = []

    def __call__(self, code: FlagCode, **detail) -> None:
        again = any(flag["code"] == code for flag in self.found)
        if (not again or code == FlagCode.SIGNATURE) and len(self.found) < limits.FLAGS:
            self.found.append({"code": code, "detail": detail})


def prepare() -> None:
    """Load all that opening needs while files can still be opened; once is enough."""
    photos.prepare()
    structure.prepare()
    for codec in _CODECS:
        "".encode(codec)


def main() -> None:
    """Confine this process, say how, and open what stands on descriptor 0."""
    confinement = Confinement()
    confinement.begin(address_bytes=limits.ADDRESS_BYTES)
    prepare()
    send(READY, confinement.finish())
    started = time.monotonic()
    flags = _Flags()
    try:
        kind = _open(started, flags)
        send(FOUND, {"reason": None, "content_type": kind, "flags": flags.found})
    except NotOpened as refused:
        send(FOUND, {"reason": refused.reason, "content_type": "", "flags": flags.found})
    except (MemoryError, RecursionError):
        send(FOUND, {"reason": Reason.OUT_OF_MEMORY, "content_type": "", "flags": []})
    send(END, {})
    # The parent reads how much memory was used, and ends this.
    time.sleep(5)


def _open(started: float, flags: _Flags) -> str:
    data = _given()
    kind = sniffing.content_type(data)
    if kind == sniffing.PDF:
        structure.flag_structure(data, flags)
        pages = open_pdf(data, started, flags)
    else:
        pages = iter(photos.open_photo(data, kind, flags))
    for page in pages:
        send(FOUND, {"page": page.meta()})
        write(framing.pack(PICTURE, page.content))
    return kind


def _given() -> bytes:
    length = os.fstat(0).st_size
    return os.pread(0, min(length, limits.FILE_BYTES), 0)


def send(kind: bytes, finding: dict) -> None:
    """Send one finding to the parent."""
    write(framing.pack(kind, json.dumps(finding).encode()))


def write(frame: bytes) -> None:
    """Write all of a frame to the pipe."""
    view = memoryview(frame)
    while view:
        view = view[os.write(1, view) :]
