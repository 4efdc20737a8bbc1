"""Where a plain PIN stands, if it stands anywhere: one search for the story and for the tests.

PINs are looked for in every shape that a page, a log or a store may give them. What opens for
nobody but the key is left out: the column of the ciphertexts.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import redis
from django.contrib.sessions.backends.db import SessionStore
from psycopg import sql

SEALED = {("chargers_pin", "ciphertext")}
_COLUMNS = """
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2
"""
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def shapes(pin: str) -> set[bytes]:
    """Return how a PIN may stand somewhere: as it is, grouped, spelled, and encoded."""
    groups = {" ".join(re.findall(f".{{1,{size}}}", pin)) for size in (2, 3, 4)}
    texts = {pin, pin.lower(), pin.upper(), ", ".join(pin), " ".join(pin), "-".join(pin), *groups}
    found = {text.encode() for text in texts}
    found |= {pin.encode().hex().encode(), pin.encode("utf-16-le")}
    # In base64 what stands before shifts it: the middle is the same for each of the three shifts.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + pin.encode() + b"\0" * 3)
        found.add(coded[4 if before else 0 : (before + len(pin)) * 4 // 3])
    return found


class Search:
    """Looks for some PINs; ``hits`` are the places where one stands."""

    def __init__(self, pins: Iterable[str]) -> None:
        self.shapes = {shape for pin in pins for shape in shapes(pin)}
        self.pattern = re.compile(b"|".join(re.escape(s) for s in sorted(self.shapes)))
        self.hits: list[str] = []
        self.looked_at = 0

    def look(self, place: str, content: bytes | str) -> None:
        """Search one piece, packed or not."""
        self.looked_at += 1
        content = content.encode() if isinstance(content, str) else content
        if any(self.pattern.search(part) for part in (content, *_unpacked(content))):
            self.hits.append(place)

    def database(self, url: str) -> None:
        """Search every column of every table as text, all but the ciphertexts."""
        with psycopg.connect(url) as connection:
            for table, column in connection.execute(_COLUMNS).fetchall():
                if (table, column) in SEALED:
                    continue
                query = sql.SQL("COPY (SELECT {}::text FROM {}) TO STDOUT").format(
                    sql.Identifier(column), sql.Identifier(table)
                )
                with connection.cursor().copy(query) as copy:
                    self.look(f"{table}.{column}", b"".join(copy))

    def sessions(self, keys: Iterable[str]) -> None:
        """Search what sessions hold, decoded."""
        for key in keys:
            self.look("a session", repr(SessionStore(key).load()))

    def redis(self, url: str) -> None:
        """Search every key and value of a Redis: Celery's queues and what is not acknowledged."""
        server = redis.from_url(url)
        for key in server.scan_iter():
            kind = server.type(key).decode()
            read = {
                "string": server.get,
                "list": lambda name: server.lrange(name, 0, -1),
                "hash": server.hgetall,
                "set": server.smembers,
                "zset": lambda name: server.zrange(name, 0, -1),
            }.get(kind, server.dump)
            self.look(f"Redis {key.decode()}", repr(read(key)))
            self.look(f"Redis {key.decode()}", key)
        server.close()

    def folder(self, folder: Path, *, without: str = "") -> None:
        """Search every file below a folder but those whose name begins with ``without``."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not (without and path.name.startswith(without)):
                self.look(str(path), path.read_bytes())

    def store(self, storage) -> None:
        """Search every object of a Django storage."""
        for name in _names(storage):
            with storage.open(name) as file:
                self.look(f"object {name}", file.read())


def _names(storage, folder: str = "") -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}".lstrip("/") for name in files)
    for name in folders:
        yield from _names(storage, f"{folder}/{name}".lstrip("/"))


def _unpacked(content: bytes) -> Iterator[bytes]:
    """Yield what is packed inside: the streams of a PDF, base64 that is long enough to be one."""
    if content.startswith(b"%PDF"):
        for packed in _STREAM.findall(content):
            raw = packed.strip()
            if raw.endswith(b"~>"):
                raw = (
                    base64.a85decode(raw, adobe=True)
                    if raw.startswith(b"<~")
                    else (base64.a85decode(b"<~" + raw, adobe=True))
                )
            try:
                yield zlib.decompress(raw)
            except zlib.error:
                yield raw
    if content[:2] == b"\x1f\x8b":
        yield zlib.decompress(content, wbits=31)
