"""How a disposable process begins: by itself, or split off from one that has imported all of it."""

import atexit
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from support.sandbox.inside import limits, splitting

_HERE = Path(__file__).resolve().parent
_STARTER = "import sys; sys.path[:0] = {folders!r}; from {module} import main; main()"
# The whole environment of the child: no secret, no proxy, no path to anything; one thread each.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# Pictures go through this pipe: the child need not wait for each 64 kB of them.
_PIPE_BYTES = 1 << 20
# After so many files another stem is grown: where its memory lies is no secret for ever.
_MOST_SPLITS = 300


class SandboxUnavailable(OSError):
    """The process did not start, or ended before it saw the file: the file is not to blame."""


@dataclass(frozen=True)
class Program:
    """What a disposable process runs: ``main`` of a module in a folder that it imports from.

    With ``is_split`` it splits off from a stem in which the module's ``prepare`` has run; that
    saves starting Python and importing the libraries for each file. ``wall_seconds`` is how long
    it may take in all, where that is not what all have.
    """

    module: str
    folder: Path = _HERE
    is_split: bool = False
    wall_seconds: float | None = None


@dataclass(frozen=True)
class Child:
    """A disposable process that runs; ``end(is_sound)`` kills it and tells how it had ended.

    That is its exit code, or the signal below zero. A stem whose child was not sound is not split
    again: what a stranger learns about memory by crashing it is of no use for the next file.
    """

    pid: int
    output: int
    end: Callable[[bool], int]


def start(program: Program, given: BinaryIO) -> Child:
    """Start a program with a file on its descriptor 0. Raises SandboxUnavailable."""
    output, said = os.pipe()
    try:
        with suppress(OSError):
            fcntl.fcntl(said, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        begin = _split_off if program.is_split else _begin_alone
        pid, end = begin(program, given, said)
    except OSError as error:
        os.close(output)
        raise SandboxUnavailable(str(error)) from error
    finally:
        os.close(said)
    return Child(pid, output, end)


def _python(folders: list[Path], module: str, **ends) -> subprocess.Popen:
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c"]
    command.append(_STARTER.format(folders=[str(each) for each in folders], module=module))
    return subprocess.Popen(
        command,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd="/",
        close_fds=True,
        start_new_session=True,
        **ends,
    )


def _begin_alone(program: Program, given: BinaryIO, said: int) -> tuple[int, Callable]:
    process = _python([program.folder], program.module, stdin=given, stdout=said)

    def end(_is_sound: bool) -> int:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        return process.wait()

    return process.pid, end


def _split_off(program: Program, given: BinaryIO, said: int) -> tuple[int, Callable]:
    stem = _stem(program.folder)
    try:
        pid = stem.split(program.module, given.fileno(), said)
    except OSError:  # it was killed, or another thread closed it just now
        stem = _stem(program.folder)
        pid = stem.split(program.module, given.fileno(), said)
    return pid, lambda is_sound: stem.end(pid, is_sound)


# --- Stems ---


class _Stem:
    """A process of ours that has imported a program and sees no file; children split off from it.

    It ends when this process does: the line between them closes.
    """

    def __init__(self, folder: Path) -> None:
        self._lock, self._alive, self._begun = threading.Lock(), set(), 0
        self.is_spent = False
        self._line, theirs = socket.socketpair()
        self._line.settimeout(limits.WALL_SECONDS)
        with theirs:
            self._process = _python(
                [folder, _HERE], "inside.splitting", stdin=theirs, stdout=subprocess.DEVNULL
            )

    def split(self, module: str, given: int, said: int) -> int:
        """Return the process that runs a module. Raises OSError."""
        with self._in_turn():
            pid = self._ask(splitting.SPLIT, 0, module, [given, said])
            if pid == splitting.FAILED:
                raise OSError("no process could be made")
            self._begun += 1
            self._alive.add(pid)
            self.is_spent = self.is_spent or self._begun >= _MOST_SPLITS
        return pid

    def end(self, pid: int, is_sound: bool) -> int:
        """Kill a process and return how it had ended. Raises SandboxUnavailable."""
        with self._in_turn():
            self._alive.discard(pid)
            self.is_spent = self.is_spent or not is_sound
            try:
                return os.waitstatus_to_exitcode(self._ask(splitting.END, pid))
            except OSError as error:
                raise SandboxUnavailable("the process that others split off from ended") from error

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """One order at a time; a spent stem goes with its last child."""
        with self._lock:
            try:
                yield
            finally:
                if self.is_spent and not self._alive:
                    self.close()

    def _ask(self, what: bytes, pid: int, module: str = "", passed: list[int] = ()) -> int:
        order = splitting.ORDER.pack(what, pid, module.encode())
        try:
            socket.send_fds(self._line, [order], passed)
            answer = self._line.recv(splitting.ANSWER.size)
        except OSError:
            answer = b""
        if len(answer) != splitting.ANSWER.size:
            self.is_spent = True
            raise OSError("it does not answer")
        return splitting.ANSWER.unpack(answer)[0]

    def close(self) -> None:
        """End it, and with it all that it split off."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Let go of it in a process that is a copy of the one it belongs to."""
        self._line.close()
        self._process.returncode = 0


_stems: dict[Path, _Stem] = {}
_growing = threading.Lock()


def _stem(folder: Path) -> _Stem:
    """Return the stem of this process, a new one where it is spent."""
    with _growing:
        known = _stems.get(folder)
        if known is None or known.is_spent:
            known = _stems[folder] = _Stem(folder)
        return known


def _forget() -> None:
    global _growing
    _growing = threading.Lock()
    while _stems:
        _stems.popitem()[1].forget()


def _close() -> None:
    while _stems:
        _stems.popitem()[1].close()


os.register_at_fork(after_in_child=_forget)
atexit.register(_close)
