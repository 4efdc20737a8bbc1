"""Starting and ending processes: each in a group of its own, ended by its own handle."""

import atexit
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from deploy.local import guard
from deploy.local.problems import Problem

LOOPBACK = "127.0.0.1"
# Below the range that the kernel gives to outgoing connections.
PORTS = range(20_000, 32_000)
TELLING = re.compile(r"Error: |ERROR|FATAL|CRITICAL|in use")
Server = TypeVar("Server")


class PortTaken(Problem):
    """Somebody else was faster: another port will do."""


class Guard:
    """The line to the process that tidies up after us if we are killed (see guard.py)."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def tell(self, line: str) -> None:
        """Write one line to the guard, starting it with the first."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
            atexit.register(self.leave)
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()

    def leave(self) -> None:
        """Let the guard end what is still listed, then end itself."""
        if self.process is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.wait()
            self.process = None


GUARD = Guard()


@dataclass
class Process:
    """One running program, its log file and the signal that ends it politely."""

    name: str
    popen: subprocess.Popen
    log: Path
    log_start: int
    stop_signal: int

    def is_running(self) -> bool:
        """Say whether the program still runs; one that has ended is not yet forgotten."""
        return self.popen.returncode is None and self._ending() is None

    def _ending(self) -> os.waitid_result | None:
        # WNOWAIT leaves the entry with the kernel, so that its number, which is also its
        # group's, cannot be given to a stranger before the group has been ended.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.popen.pid, flags)

    def stop(self, *, patience: float = 15.0) -> None:
        """Ask the program to end, wait up to ``patience`` seconds, then end its whole group."""
        if self.popen.returncode is None:
            # Not by Popen.send_signal, which would forget the process if it has ended already.
            with suppress(ProcessLookupError):
                os.kill(self.popen.pid, self.stop_signal)
            until = time.monotonic() + patience
            while self._ending() is None and time.monotonic() < until:
                time.sleep(0.02)
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        GUARD.tell(f"- {self.popen.pid}")

    def last_words(self) -> str:
        """Say why the program ended: the last line of its log that names an error, or how."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()[-20:]
        telling = [line for line in lines if TELLING.search(line)]
        if telling:
            return telling[-1][:200]
        ending = self._ending()
        if ending is None:
            return "no reason given."
        how = "exit code" if ending.si_code == os.CLD_EXITED else "signal"
        return f"{how} {ending.si_status}."


def start(
    name: str,
    command: list,
    *,
    log: Path,
    env: dict | None = None,
    stop_signal: int = signal.SIGTERM,
    stdin: bytes | None = None,
    cwd: Path | str = "/",
    **options,
) -> Process:
    """Start a program in a new session, so that a Ctrl-C at the terminal reaches only us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        log_start = output.tell()
        popen = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
            **options,
        )
    GUARD.tell(f"+ {popen.pid} {int(stop_signal)}")
    if stdin is not None:
        with suppress(BrokenPipeError):
            popen.stdin.write(stdin)
            popen.stdin.close()
    return Process(name, popen, log, log_start, stop_signal)


def wait_until_ready(process: Process, is_ready: Callable[[], bool], *, seconds: float) -> None:
    """Wait for a server to answer.

    Raises Problem when it ends first or has not answered after ``seconds``.
    """
    until = time.monotonic() + seconds
    while not is_ready():
        if not process.is_running():
            words = process.last_words()
            process.stop()
            taken = "in use" in words or "bind" in words
            kind = PortTaken if taken else Problem
            raise kind(f"{process.name} did not start: {words}", f"See {process.log}.")
        if time.monotonic() > until:
            process.stop()
            raise Problem(
                f"{process.name} did not answer within {seconds:.0f} seconds.",
                f"See {process.log}.",
            )
        time.sleep(0.05)


def is_free(port: int) -> bool:
    """Say whether a server of ours could listen on this port now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on, from a range where few others look for one."""
    for port in random.SystemRandom().sample(PORTS, 200):
        if is_free(port):
            return port
    raise Problem("No free port between 20000 and 32000.", "End some of the servers running here.")


def answers(port: int) -> bool:
    """Say whether something accepts connections on this port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def start_on_free_port(start_on: Callable[[int], Server], *, tries: int = 4) -> Server:
    """Start a server on a free port, on another one when a neighbour was faster."""
    for _ in range(tries - 1):
        with suppress(PortTaken):
            return start_on(free_port())
    return start_on(free_port())
