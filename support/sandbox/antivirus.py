"""A scan by clamd, where one is configured. Away or unsure is "not scanned", never "clean"."""

import socket
import struct

from django.conf import settings

CLEAN, INFECTED, NOT_SCANNED = "clean", "infected", "not scanned"
_SECONDS = 10
_CHUNK = 256 * 1024
_ANSWER_BYTES = 4096


def scan(data: bytes) -> str:
    """Return what clamd at ``settings.CLAMD`` (host:port, or the path of a socket) says.

    clamd's INSTREAM: chunks with their length, then a zero; "stream: OK" or "... FOUND".
    """
    if not settings.CLAMD:
        return NOT_SCANNED
    try:
        answer = _ask(settings.CLAMD, data)
    except (OSError, ValueError):
        return NOT_SCANNED
    if answer.endswith(b"FOUND"):
        return INFECTED
    return CLEAN if answer == b"stream: OK" else NOT_SCANNED


def _ask(address: str, data: bytes) -> bytes:
    with _connected(address) as server:
        server.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            server.sendall(struct.pack(">I", len(chunk)) + chunk)
        server.sendall(struct.pack(">I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < _ANSWER_BYTES:
            part = server.recv(_ANSWER_BYTES)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n")


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.settimeout(_SECONDS)
        try:
            server.connect(address)
        except OSError:
            server.close()
            raise
        return server
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS)
