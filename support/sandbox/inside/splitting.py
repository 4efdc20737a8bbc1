"""The program from which disposable processes split off, each for one file: all is imported here.

It sees no file. What it is told is which program, and two descriptors that it passes on unread.
"""

import gc
import importlib
import os
import signal
import socket
import struct
import sys

# What is asked for (split off, end), the process, and the program by its name.
ORDER = struct.Struct(">ci40s")
SPLIT, END = b"S", b"E"
# The process that was split off, or how one ended.
ANSWER = struct.Struct(">i")
FAILED = -1
# How often it is looked whether the parent is there still.
_LOOK_SECONDS = 5.0
_PASSED = 2


def main() -> None:
    """Split off and end processes as the parent says, until it closes the line or is gone."""
    line, parent = socket.socket(fileno=os.dup(0)), os.getppid()
    os.dup2(2, 0)
    line.settimeout(_LOOK_SECONDS)
    alive: set[int] = set()
    try:
        while os.getppid() == parent:
            try:
                order, passed, _, _ = socket.recv_fds(line, ORDER.size, _PASSED)
            except TimeoutError:
                continue
            if len(order) < ORDER.size:
                break
            line.sendall(ANSWER.pack(_obey(order, passed, line, alive)))
    finally:
        for pid in alive:
            _end(pid)


def _obey(order: bytes, passed: list[int], line: socket.socket, alive: set[int]) -> int:
    what, pid, name = ORDER.unpack(order)
    if what == END:
        alive.discard(pid)
        return _end(pid)
    program = _program(name.rstrip(b"\0").decode())
    try:
        pid = os.fork()
    except OSError:
        pid = FAILED
    if pid == 0:
        _be(program, passed, line)
    for descriptor in passed:
        os.close(descriptor)
    if pid != FAILED:
        alive.add(pid)
    return pid


def _program(name: str):
    """Import a program once, with all that it needs later."""
    known = sys.modules.get(name)
    if known is None:
        known = importlib.import_module(name)
        known.prepare()
        # Nothing of this is garbage: memory stays shared with those that split off.
        gc.freeze()
    return known


def _be(program, passed: list[int], line: socket.socket) -> None:
    """Run the program, in a session of its own and with nothing of the line left."""
    try:
        line.close()
        os.setsid()
        given, said = passed
        os.dup2(given, 0)
        os.dup2(said, 1)
        os.close(given)
        os.close(said)
        program.main()
    finally:
        os._exit(1)


def _end(pid: int) -> int:
    """Kill a process with its group; return how it had ended, if it had."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]
