"""R-F01: four processes at one charger at the same moment, round after round.

Each round has a ticket whose release is due and a rival claim. All at once: the release, the same
release again, an agent who accepts the rival's photo, and the owner, who objects or gives the
charger to the rival. Whoever comes first, at most one request completes and none under a dispute.

    python -m tests.faults.race --rounds 2000 [--without-lock]

runs against the database of DATABASE_URL, which it fills: a private one, made by the tests.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter

ACTORS = 4
LONGEST = 300  # seconds: one who fell over does not keep the others waiting for ever


def play(number: int, rounds: int, barrier, results, without_lock: bool) -> None:
    """Be one of the four: prepare a quarter of the rounds, then race through all of them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # noqa: PLC0415 - a fresh process sets Django up first

    django.setup()
    from tests.faults import rounds as game  # noqa: PLC0415

    game.count_from(number * 100_000)
    if without_lock:
        game.remove_the_lock()
    mine = [game.prepare(index) for index in range(number, rounds, ACTORS)]
    results.put(("prepared", number, mine))
    table = barrier.table.get(timeout=LONGEST)
    seen = Counter()
    for index in range(rounds):
        barrier.start.wait(LONGEST)
        seen[game.act(number, index, table[index])] += 1
        barrier.end.wait(LONGEST)
    results.put(("acted", number, dict(seen)))


class Meeting:
    """Where the four wait for each other, and get the table of all rounds."""

    def __init__(self, context):
        self.start = context.Barrier(ACTORS)
        self.end = context.Barrier(ACTORS)
        self.table = context.Queue()


def race(rounds: int, *, without_lock: bool = False) -> dict:
    """Run the rounds; return counts by outcome, and how long it took (seconds)."""
    context = multiprocessing.get_context("spawn")
    meeting, results = Meeting(context), context.Queue()
    players = [
        context.Process(target=play, args=(n, rounds, meeting, results, without_lock))
        for n in range(ACTORS)
    ]
    for player in players:
        player.start()
    prepared = {}
    for _n in players:
        _word, number, mine = results.get(timeout=LONGEST)
        prepared |= dict(zip(range(number, rounds, ACTORS), mine, strict=True))
    began = time.monotonic()
    for _n in players:
        meeting.table.put([prepared[index] for index in range(rounds)])
    outcomes = Counter()
    for _n in players:
        _word, _number, seen = results.get(timeout=2 * LONGEST)
        outcomes.update(seen)
    for player in players:
        player.join(timeout=30)
    return {"rounds": rounds, "seconds": round(time.monotonic() - began, 1), **outcomes}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--without-lock", action="store_true")
    options = parser.parse_args()
    print(json.dumps(race(options.rounds, without_lock=options.without_lock)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
