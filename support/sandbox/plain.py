"""Whether the bytes that came out of the sandbox are a plain JPEG of ours, told without decoding.

The process that made them parsed a stranger's file, so nothing is taken on its word: only the
segments a picture needs, no metadata, no profile, no comment, nothing behind the end.
"""

_START, _END = b"\xff\xd8", 0xD9
_JFIF, _SCAN = 0xE0, 0xDA
# Tables, frame (baseline or progressive), restart interval, scan.
_NEEDED = {0xDB, 0xC4, 0xC0, 0xC2, 0xDD, _SCAN}
_FRAMES = {0xC0, 0xC2}
_JFIF_BYTES = 16


def size_of(content: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a plain JPEG, or None when it is anything else or more."""
    if content[:2] != _START:
        return None
    at, size = 2, None
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _JFIF:
            if length != _JFIF_BYTES or content[at + 4 : at + 9] != b"JFIF\0":
                return None
        elif marker not in _NEEDED:
            return None
        if marker in _FRAMES:
            high, wide = content[at + 5 : at + 7], content[at + 7 : at + 9]
            size = int.from_bytes(wide, "big"), int.from_bytes(high, "big")
        at += 2 + length
        if marker == _SCAN:
            at = _after_scan(content, at)
            if content[at : at + 2] == bytes((0xFF, _END)):
                return size if at + 2 == len(content) else None
    return None


def _after_scan(content: bytes, at: int) -> int:
    """Return where the next segment begins; stuffed zeros and restarts belong to the scan."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            return len(content)
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
