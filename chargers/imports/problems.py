"""What was not taken, where, why, and what to do about it."""

from dataclasses import dataclass

from chargers.vendors.protocol import Problem


class FileRefused(Exception):
    """A file that is not what it says; nothing of it is taken."""

    def __init__(self, reason: str, cure: str) -> None:
        self.reason, self.cure = reason, cure
        super().__init__(reason)


class ImportStopped(Exception):
    """An import that cannot go on; what it has done so far stands, and it may be run again."""


@dataclass(frozen=True)
class Finding:
    """A problem and its place: file and row (0: the whole file)."""

    file: str
    row: int
    problem: Problem
