"""Files tried one by one, as evidence is opened and read, without a ticket and a database."""

import os
import stat
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from support.documents.reading import facts_of
from support.sandbox import Opened, SandboxUnavailable, Verdict, open_file, reading

_TRIES = 3
# A picture's name is that of its file, as far as a file system takes it.
_NAME_LETTERS = 60


class Trial:
    """How each file is tried: what is looked for, and what is kept."""

    def __init__(self, *, code: str, reads: bool, pictures: Path | None) -> None:
        self.code, self.reads, self.pictures = code, reads, pictures

    def run(self, files: Iterator[str], jobs: int) -> Iterator[dict]:
        """Yield what became of each file, in order, so many at once and few in memory."""
        waiting: deque[Future] = deque()
        with ThreadPoolExecutor(jobs) as pool:
            for path in files:
                waiting.append(pool.submit(self.one, path))
                if len(waiting) >= 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def one(self, path: str) -> dict:
        """Open one file and read it; whatever happens is a row."""
        try:
            opened = _opened(path)
        except SandboxUnavailable as error:
            return _row(
                path, {"verdict": "returned", "reason": "could_not_open", "error": str(error)}
            )
        except OSError as error:
            words = error.strerror or "cannot be read"
            return _row(path, {"verdict": "returned", "reason": "could_not_read", "error": words})
        words, read = self._read(opened)
        facts = facts_of(opened.pages, optical=words, flags=opened.flags, expected_code=self.code)
        found = {**opened.to_dict(), "facts": [fact.to_dict() for fact in facts], **read}
        if self.pictures:
            found["pictures"] = self._keep(path, opened)
        return _row(path, found)

    def _read(self, opened: Opened) -> tuple[list | None, dict]:
        """Read photos and scans optically; a file that holds its own text needs it not."""
        needed = opened.verdict == Verdict.ACCEPTED and not opened.text_words
        if not needed or not self.reads:
            return None, {"reading": "not read" if needed else "not needed"}
        try:
            read = _patiently(partial(reading.read, opened.pages))
        except SandboxUnavailable:
            return None, {"reading": "not read"}
        return read.words, {
            "reading": "read" if any(words is not None for words in read.words) else "not read",
            "reading_seconds": round(read.seconds, 3),
            "reading_peak_bytes": read.peak_bytes,
            "read": [
                words if words is None else [word.to_dict() for word in words]
                for words in read.words
            ],
        }

    def _keep(self, path: str, opened: Opened) -> list[str]:
        """Write the pictures; return their names, which tell two files apart in any case."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        last = "".join(letter if letter.isalnum() else "_" for letter in path)[-_NAME_LETTERS:]
        mark = blake2b(os.fsencode(path), digest_size=6).hexdigest()
        names = [f"{last}-{mark}.{page.number}.jpg" for page in opened.pages]
        for name, page in zip(names, opened.pages, strict=True):
            (self.pictures / name).write_bytes(page.content)
        return names


def _opened(path: str) -> Opened:
    """Open a regular file and nothing else: a pipe or device would never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "is not a regular file")
        return _patiently(partial(_from_start, file))


def _from_start(file: BinaryIO) -> Opened:
    file.seek(0)
    return open_file(file, size_bytes=os.fstat(file.fileno()).st_size)


def _patiently(deed):
    """Do what a busy machine may refuse, as often as the background would try it."""
    for _attempt in range(_TRIES - 1):
        with suppress(SandboxUnavailable):
            return deed()
    return deed()


def files_of(paths: list[str]) -> Iterator[str]:
    """Yield each file, those in folders by name; links to folders are not followed."""
    for path in paths:
        if not os.path.isdir(path):
            if os.path.lexists(path):
                yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                yield os.path.join(folder, name)


def _row(path: str, found: dict) -> dict:
    nothing = {
        "content_type": "",
        "pages": [],
        "flags": [],
        "facts": [],
        "seconds": 0.0,
        "peak_bytes": 0,
        "antivirus": "not scanned",
        "reading": "not read",
        "protections": {},
    }
    return {"path": path, **nothing, **found}
