"""Ends what a run started when the run itself was killed without a chance to tidy up.

Every run starts one guard and holds a pipe to it. The run writes a line for each process it starts
(``+ PID SIGNAL``), each it ended (``- PID``) and each folder that must not outlive it
(``rm PATH``). When the pipe closes, whatever is still listed is ended, the last started first.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 8.0


def born(pid: int) -> str:
    """Return the start time of a process as the kernel counts it, or "" when it has gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def end(pid: int, birth: str, signal_number: int) -> None:
    """End one process, and its group if it does not go by itself."""
    if birth and born(pid) != birth:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal_number)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and born(pid) == birth:
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Keep the list until the pipe closes, then end what is left on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    running: dict[int, tuple[str, int]] = {}
    folders: list[str] = []
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "+":
            pid, number = map(int, rest.split())
            running[pid] = (born(pid), number)
        elif verb == "-":
            running.pop(int(rest), None)
        elif verb == "rm":
            folders.append(rest)
    for pid, (birth, number) in reversed(running.items()):
        end(pid, birth, number)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
