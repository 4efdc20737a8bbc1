"""`make story`: the main job over HTTP on a private stack, one JSON line a step.

`python -m tests.story [--way a --way b2 ...] [--keep]`; the exit code is 0 only when everything
held. What the stack says about itself goes to standard error.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from deploy.local import postgres, stack
from deploy.local.problems import Problem
from deploy.local.servers import Stack
from tests.story import traces, ways_owner, ways_proof, ways_stop, world
from tests.story.desk import Staff
from tests.story.scene import Scene, Way
from tests.story.stage import Stage
from tests.story.telling import Telling, WayEnded

WAYS: dict[str, Way] = {
    "a": ways_owner.named,
    "a2": ways_owner.vacated,
    "b": ways_proof.silent,
    "b2": ways_proof.letter,
    "c": ways_proof.first_customer,
    "c2": ways_proof.later_resident,
    "d": ways_stop.objected,
    "e": ways_proof.flagged,
    "f": ways_stop.withdrawn,
    "g": ways_proof.appealed,
    "h": ways_stop.frozen,
    "i": ways_proof.learnt_later,
    "j": ways_owner.changed,
    "k": ways_owner.contested,
    "l": ways_owner.tenant,
    "m": ways_owner.offered,
}
PRODUCT = {"DEMO": "1", "CLOCK_MAY_MOVE": "1"}


def main() -> int:
    """Play the ways asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", action="append", choices=WAYS, help="only this one")
    parser.add_argument("--keep", action="store_true", help="keep the folder with data and logs")
    arguments = parser.parse_args()
    # A polite end from outside is one like Ctrl-C: what was started is ended, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="story-"))
    passed, keep = False, True
    try:
        with json_lines() as out:
            passed = run(folder, arguments.way or list(WAYS), out)
        keep = arguments.keep or not passed
    except KeyboardInterrupt:
        keep = arguments.keep
        print("Ended before its end.", file=sys.stderr)
    if keep:
        print(f"Data and logs are in {folder}.", file=sys.stderr)
    else:
        postgres.remove_data(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if passed else 1


def run(folder: Path, ways: list[str], out: TextIO) -> bool:
    """Start a stack of its own, play the ways, end it; return whether everything held."""
    try:
        with stack.running(folder=folder, extra=PRODUCT, own_servers={}) as running:
            return play(running, ways, out)
    except Problem as problem:
        print(json.dumps({"story": "failed", "steps": 0, "why": str(problem)}), file=out)
        return False


@contextmanager
def json_lines() -> Iterator[TextIO]:
    """Keep standard output for the story; what else is said, also by children, goes to errors."""
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(kept, "w") as out:
            yield out
            out.flush()
            os.dup2(out.fileno(), 1)
    finally:
        sys.stdout.flush()


def play(running: Stack, ways: list[str], out: TextIO) -> bool:
    """Play one way after the other: they share the clock. Return whether everything held."""
    stage = Stage(running)
    tell = Telling(stage.state, lambda line: print(line, file=out, flush=True))
    try:
        with suppress(WayEnded):
            with tell.step("is imported", "the registry", way="all"):
                stage.import_places([way for way in ways if way != world.LATER] or ["a"])
            staff = staff_of(stage)
            for way in ways:
                with suppress(WayEnded):
                    WAYS[way](Scene(way, stage, tell, staff))
            check(stage, tell, ways)
    finally:
        stage.close()
    return tell.end()


def staff_of(stage: Stage) -> dict[str, list[Staff]]:
    """Return the demo's staff by their part; the list of people says how each signs in."""
    staff = defaultdict(list)
    for person in json.loads((stage.stack.folder / "people.json").read_text()):
        if password := person["password"]:
            proofs = {"password": password, "app_key": person["app_key"]}
            one = Staff(stage, person["name"], person["email"], **proofs)
            staff[person["part"]].append(one)
    for agent in staff["agent"]:
        agent.senior = staff["senior agent"][0]
    return staff


def check(stage: Stage, tell: Telling, ways: list[str]) -> None:
    """Check what must never be false, over everything that was played."""
    everywhere = {"way": "all"}
    with suppress(WayEnded), tell.step("no mail names the other party", "a reader", **everywhere):
        traces.nobody_named(stage, ways)
    with suppress(WayEnded), tell.step("no PIN stands in any file", "a searcher", **everywhere):
        traces.no_pin(stage, ways)
    known = set(stage.manage("help", "--commands").split())
    for command in sorted({"check_invariants", "verify_audit"} & known):
        with suppress(WayEnded), tell.step(f"{command}: nothing", "the auditor", **everywhere):
            stage.manage(command)


if __name__ == "__main__":
    sys.exit(main())
