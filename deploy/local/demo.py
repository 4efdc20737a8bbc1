"""`make demo`: everything on this machine, with demo people, until Ctrl-C.

`python -m deploy.local.demo [--reset]`; PORT says where the pages are (8000).
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from deploy.local import postgres, processes, stack
from deploy.local.problems import Problem
from deploy.local.servers import ROOT, Stack

FOLDER = ROOT / ".demo"
MAIL_PORT_OFFSET = 25
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Someone asked the demo to end; not an error, so nothing may swallow it."""


def main() -> int:
    """Run the demo, or reset it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete the demo's data and end")
    arguments = parser.parse_args()
    for number in ENDING:
        signal.signal(number, _end)
    try:
        with only_one(FOLDER):
            reset(FOLDER) if arguments.reset else run(FOLDER, wanted_port())
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except Ended:
        print("Everything has ended. Your data are kept in .demo.", flush=True)
    return 0


def _end(number: int, frame: object) -> None:
    # Once is enough: impatience must not leave half of it running.
    for ending in ENDING:
        signal.signal(ending, signal.SIG_IGN)
    print("\nEnding everything ...", flush=True)
    raise Ended


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel lets go of however we end."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Problem(
                f"A demo is running here already ({lock.read().strip() or 'just starting'}).",
                "Use that one, or end it with Ctrl-C where it was started.",
            ) from None
        lock.truncate(0)
        yield
        lock.truncate(0)


def wanted_port() -> int:
    """Return the port of the pages, from PORT.

    Raises Problem when it is no port, or taken.
    """
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise Problem(f"PORT={text} is no port.", "Give a number: `PORT=8123 make demo`.")
    port = int(text)
    if not processes.is_free(port):
        raise Problem(
            f"Port {port} is taken by another program.",
            "End that one, or choose another port: `PORT=8123 make demo`.",
        )
    return port


def reset(folder: Path) -> None:
    """Delete the data of the demo, so that the next start is the first."""
    postgres.remove_data(folder)
    shutil.rmtree(folder, ignore_errors=True)
    print("The demo's data are deleted. `make demo` starts clean.")
    for name in ("DATABASE_URL", "STORAGE_URL"):
        if os.environ.get(name):
            print(f"What your own {name} names was left alone.")


def run(folder: Path, port: int) -> None:
    """Start everything, show the screen, and wait for the end."""
    began = time.monotonic()
    mail_port = port + MAIL_PORT_OFFSET if port < 65_000 else None
    with stack.running(folder=folder, port=port, mail_port=mail_port) as everything:
        (folder / "lock").write_text(f"{everything.base_url}, process {os.getpid()}")
        print(screen(everything, seconds=time.monotonic() - began), flush=True)
        is_abandoned = watch_make()
        while not is_abandoned():
            if dead := everything.first_dead():
                why = dead.last_words().rstrip(".")
                raise Problem(
                    f"{dead.name} ended by itself, so the demo ends ({why}).",
                    f"See {os.path.relpath(dead.log)}, then `make demo` again.",
                )
            time.sleep(0.25)
    raise Ended


def watch_make():
    """Return a question: has the make that started us been told to end, or died?

    A signal sent to make alone does not reach us. On Linux its entry in /proc shows that it
    no longer catches SIGINT, which it stops doing when it has received one.
    """
    parent = os.getppid()

    def catches_interrupt() -> bool:
        with suppress(OSError, IndexError):
            status = Path(f"/proc/{parent}/status").read_text()
            mask = int(status.partition("SigCgt:")[2].split()[0], 16)
            return bool(mask >> (signal.SIGINT - 1) & 1)
        return False

    if "MAKELEVEL" not in os.environ or not catches_interrupt():
        return lambda: False
    return lambda: os.getppid() != parent or not catches_interrupt()


def screen(everything: Stack, *, seconds: float) -> str:
    """Return the one page of text that a person needs."""
    lines = [
        "",
        f"Handover is running (started in {seconds:.1f} s). Ctrl-C ends it.",
        "",
        f"  Pages        {everything.base_url}",
        f"  Every mail   {everything.mail_url}  (codes and links arrive here)",
        "",
    ]
    lines += [f"  {name:12} {place}" for name, place in everything.servers.items()]
    lines += ["", *people(everything.folder / "people.json"), ""]
    lines += [f"  Data and logs are in {os.path.relpath(everything.folder)}/."]
    return "\n".join(lines)


def people(path: Path) -> list[str]:
    """Return a line for each demo person, under how they sign in."""
    everyone = json.loads(path.read_text())
    columns = ("part", "name", "email", "about")
    widths = [max(len(person[key]) for person in everyone) for key in columns]
    lines = []
    for sign_in, group in groupby(everyone, key=itemgetter("sign_in")):
        lines += ["", f"  Sign in by mail address and {sign_in}:"]
        for person in group:
            cells = (person[key].ljust(width) for key, width in zip(columns, widths, strict=True))
            lines.append(f"    {'  '.join(cells)}".rstrip())
    return lines[1:]


if __name__ == "__main__":
    sys.exit(main())
