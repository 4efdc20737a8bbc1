"""What a file is, by its bytes alone; its name is never looked at."""

import re
import struct

from .codes import Reason

PDF, JPEG, PNG, WEBP, HEIC = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
)
# ISO base media brands of HEVC-coded still pictures; "mif1" and "msf1" say only "a picture".
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x00asm",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows shortcut
)
# The test file of antivirus makers: finding it proves that the way to quarantine works.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"
_MARKUP = re.compile(rb"<\s*(?:script|html|svg|!doctype|iframe|body)\b|<\?(?:php|=)", re.I)
_ZIP_END = b"PK\x05\x06"
_ARCHIVES = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MSCF")
# As far as readers of PDF look for its first line.
_PDF_START = 1024


def content_type(data: bytes) -> str:
    """Return which of the five types that we take the bytes are, or nothing."""
    if data[:3] == b"\xff\xd8\xff":
        return JPEG
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        return HEIC if _brands(data) & _HEIC_BRANDS else ""
    if b"%PDF-" in data[: _PDF_START + 5] and not data.startswith(_PROGRAMS + _ARCHIVES):
        return PDF
    return ""


def refusal(data: bytes, kind: str) -> Reason | None:
    """Return why these bytes are not opened at all, whatever they show."""
    if EICAR in data:
        return Reason.INFECTED
    if data.startswith(_PROGRAMS):
        return Reason.PROGRAM
    if not kind:
        return Reason.NOT_TAKEN
    if is_zip_too(data) or hides_markup(data, kind):
        return Reason.POLYGLOT
    return None


def is_zip_too(data: bytes) -> bool:
    """Say whether a reader of ZIP files would open this: by its end, as they do."""
    at = data.rfind(_ZIP_END, max(0, len(data) - 65_557))
    if at < 0 or at + 22 > len(data):
        return False
    size, offset, comment = struct.unpack_from("<IIH", data, at + 12)
    ends_here = at + 22 + comment >= len(data)
    directory = at - size
    return ends_here and directory >= 0 and (not size or data[directory : directory + 2] == b"PK")


def hides_markup(data: bytes, kind: str) -> bool:
    """Say whether a browser or interpreter could find a page or script around the document.

    Looked for before a PDF's first line and behind the end of PDF, JPEG and PNG.
    """
    if kind == PDF:
        start = data.find(b"%PDF-")
        return bool(_MARKUP.search(data[:start]) or _MARKUP.search(pdf_tail(data)))
    tail = data[end_of_picture(data, kind) :]
    if tail.lstrip(b"\x00\r\n\t ").startswith(_PROGRAMS[:3] + _ARCHIVES):
        return True
    return bool(_MARKUP.match(tail.lstrip()[:64]))


def pdf_tail(data: bytes) -> bytes:
    """Return what follows the last end mark of a PDF."""
    at = data.rfind(b"%%EOF")
    return b"" if at < 0 else data[at + 5 :].lstrip(b"\r\n\x00 \t")


def end_of_picture(data: bytes, kind: str) -> int:
    """Return where a picture's own bytes end; the whole length where it cannot be told."""
    if kind == JPEG:
        return _end_of_jpeg(data)
    if kind == PNG:
        at = data.find(b"IEND")
        return len(data) if at < 0 else min(at + 8, len(data))
    if kind == WEBP:
        return min(len(data), struct.unpack_from("<I", data, 4)[0] + 8)
    return len(data)


def _end_of_jpeg(data: bytes) -> int:
    """Walk a JPEG's segments to its end mark; a preview inside a segment is stepped over."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return len(data)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xD9:
            return at + 2
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == 0xDA:
                at = _end_of_scan(data, at)
    return min(at + 2, len(data)) if data[at : at + 2] == b"\xff\xd9" else len(data)


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next segment begins after a scan's coded data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _brands(data: bytes) -> set[bytes]:
    end = min(int.from_bytes(data[:4], "big"), 512, len(data))
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}
