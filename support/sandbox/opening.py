"""From a stranger's file to pictures, or to a reason why not."""

import os
from typing import BinaryIO

from support.sandbox import antivirus, cell, reply
from support.sandbox.findings import Flag, Opened
from support.sandbox.inside import limits, sniffing
from support.sandbox.inside.codes import QUARANTINES, Reason, Verdict

# What the disposable process runs. Tests put a misbehaving program in its place.
PROGRAM = cell.Program("inside.opening", is_split=True)


def open_file(source: str | os.PathLike | BinaryIO, *, size_bytes: int | None = None) -> Opened:
    """Open a stranger's file (a path, or a binary file at its start) in a disposable process.

    At most 15 MB, 50 pages, 40 megapixels, 15 s and 1.2 GB; PDF, JPEG, PNG, WebP or HEIC by
    content. Every file ends in a verdict, whatever it does to the process. Raises
    SandboxUnavailable when the file is not to blame: the process did not start, or the machine was
    too busy to let it work; try again later. Raises OSError when the source cannot be read.
    """
    if size_bytes is not None and size_bytes > limits.FILE_BYTES:
        return _refused(Reason.TOO_LARGE)
    data = _read(source)
    if len(data) > limits.FILE_BYTES:
        return _refused(Reason.TOO_LARGE)
    if not data:
        return _refused(Reason.EMPTY)
    scanned = antivirus.scan(data)
    reason = sniffing.refusal(data, sniffing.content_type(data))
    if scanned == antivirus.INFECTED:
        reason = Reason.INFECTED
    if reason:
        return _refused(reason, scanned)
    outcome = cell.run(PROGRAM, data)
    if outcome.starved:
        raise cell.SandboxUnavailable("the machine is too busy")
    return _judge(outcome, scanned)


def _read(source: str | os.PathLike | BinaryIO) -> bytes:
    if hasattr(source, "read"):
        return source.read(limits.FILE_BYTES + 1)
    with open(source, "rb") as file:
        return file.read(limits.FILE_BYTES + 1)


def _judge(outcome: cell.Outcome, scanned: str) -> Opened:
    """Turn how the process ended into a verdict."""
    pages, flags, kind = [], [], ""
    try:
        shut_in = reply.protections(outcome)
        reason = None if outcome.ended == "done" else Reason(outcome.ended)
        if reason is None:
            pages, end = reply.pictures_and_end(outcome)
            reason, flags, kind = end["reason"], end["flags"], end["content_type"]
            if reason is None and not pages:
                reason = Reason.MISBEHAVED
    except (reply.BadReply, ValueError):
        shut_in, reason = {}, Reason.MISBEHAVED
    return Opened(
        verdict=verdict_of(reason),
        reason=reason,
        content_type=kind,
        pages=[] if reason else pages,
        flags=flags,
        protections=shut_in,
        seconds=outcome.seconds,
        peak_bytes=outcome.peak_bytes,
        antivirus=scanned,
    )


def verdict_of(reason: Reason | None) -> Verdict:
    """Return the verdict that a reason means."""
    if reason is None:
        return Verdict.ACCEPTED
    return Verdict.QUARANTINED if reason in QUARANTINES else Verdict.RETURNED


def _refused(reason: Reason, scanned: str = antivirus.NOT_SCANNED) -> Opened:
    flags: list[Flag] = []
    return Opened(verdict=verdict_of(reason), reason=reason, flags=flags, antivirus=scanned)
