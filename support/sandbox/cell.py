"""A disposable process: started with nothing, watched, and ended with all that it started."""

import os
import selectors
import signal
import tempfile
import time
from dataclasses import dataclass, field

from support.sandbox.inside import framing, limits
from support.sandbox.starting import Child, Program, SandboxUnavailable, start

__all__ = ["Outcome", "Program", "SandboxUnavailable", "run"]

# How often its memory is looked at; a process fills a gigabyte in half a second.
_POLL_SECONDS, _CLOSE_POLL_SECONDS = 0.05, 0.005
_READ_BYTES = 1 << 20


@dataclass
class Outcome:
    """How it went: what the process said, and how it ended.

    ``ended`` is "done", "crashed", "timed_out", "out_of_memory" or "misbehaved"; ``starved`` says
    that it ran out of time while it waited for a processor, not by its own doing.
    """

    ended: str = "crashed"
    starved: bool = False
    frames: list[tuple[bytes, bytes]] = field(default_factory=list)
    seconds: float = 0.0
    peak_bytes: int = 0


def run(program: Program, data: bytes) -> Outcome:
    """Run a program in a process of its own with ``data`` on its standard input.

    Bounded in time (14 s, or what the program may take), resident memory (1.15 GB) and in what it
    may say. It never raises for what the process does after it was ready; raises
    SandboxUnavailable if it never was.
    """
    started, most = time.monotonic(), program.wall_seconds or limits.WALL_SECONDS
    with _sealed(data) as given:
        child = start(program, given)
    outcome, code = Outcome(), 0
    try:
        outcome.ended = _watch(child, outcome, started + most)
        if outcome.ended == "timed_out":
            worked, waited = _worked_and_waited_seconds(child.pid)
            outcome.starved = waited > most / 3 > worked
    finally:
        os.close(child.output)
        code = child.end(outcome.ended == "done")
    if outcome.ended == "crashed" and -code in (signal.SIGXCPU, signal.SIGALRM):
        outcome.ended = "timed_out"  # a limit of time that the kernel enforced
    outcome.seconds = time.monotonic() - started
    if outcome.ended == "crashed" and outcome.peak_bytes > limits.RESIDENT_BYTES / 2:
        outcome.ended = "out_of_memory"  # it died of an allocation that was refused
    if not outcome.frames or outcome.frames[0][0] != framing.READY:
        if outcome.ended != "misbehaved":
            raise SandboxUnavailable(f"the process was not ready: {outcome.ended}")
    return outcome


def _sealed(data: bytes):
    """Return an open file of these bytes that has no name and, on Linux, lives in memory only."""
    if hasattr(os, "memfd_create"):
        given = os.fdopen(os.memfd_create("evidence", os.MFD_CLOEXEC), "w+b")
    else:
        given = tempfile.TemporaryFile()
    given.write(data)
    given.flush()
    given.seek(0)
    return given


def _watch(child: Child, outcome: Outcome, until: float) -> str:
    """Read what the process says until it is done, ends, or oversteps a bound."""
    buffer, total = bytearray(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.output, selectors.EVENT_READ)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                return "timed_out"
            is_large = outcome.peak_bytes > limits.RESIDENT_BYTES / 2
            ready = selector.select(min(left, _CLOSE_POLL_SECONDS if is_large else _POLL_SECONDS))
            outcome.peak_bytes = max(outcome.peak_bytes, _peak_bytes(child.pid))
            if outcome.peak_bytes > limits.RESIDENT_BYTES:
                return "out_of_memory"
            if not ready:
                continue
            chunk = os.read(child.output, _READ_BYTES)
            total += len(chunk)
            if not chunk:
                return "crashed" if _is_over(child.pid) else "misbehaved"
            if total > limits.REPLY_BYTES:
                return "misbehaved"
            buffer += chunk
            try:
                outcome.frames += framing.unpack(buffer, longest=limits.FRAME_BYTES)
            except framing.BadFrame:
                return "misbehaved"
            if outcome.frames and outcome.frames[-1][0] == framing.END:
                outcome.peak_bytes = max(outcome.peak_bytes, _peak_bytes(child.pid))
                return "misbehaved" if buffer else "done"


def _is_over(pid: int) -> bool:
    """Say whether a process that closed the pipe ends within a second, or lives on without it."""
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat", "rb") as stat:
                if stat.read().rpartition(b")")[2].split()[0] in (b"Z", b"X"):
                    return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def _peak_bytes(pid: int) -> int:
    """Return the most memory that a process has held at once; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/status", "rb") as status:
            for line in status:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0


def _worked_and_waited_seconds(pid: int) -> tuple[float, float]:
    """Return how long a process computed, and how long it would have but had no processor."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as stat:
            worked, waited = stat.read().split()[:2]
            return int(worked) / 1e9, int(waited) / 1e9
    except (OSError, ValueError):
        return limits.WALL_SECONDS, 0.0
