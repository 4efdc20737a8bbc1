"""R-F01: the race of four at one charger, and its teeth."""

import json
import subprocess
import sys

import pytest

from tests.faults import rounds as game

ROUNDS = 500
pytestmark = pytest.mark.django_db(transaction=True)


def run(rounds, *options):
    """Race in processes of their own, on this test's database; return the counted outcomes."""
    command = [sys.executable, "-m", "tests.faults.race", "--rounds", str(rounds), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def errors_in(outcomes):
    return {name: count for name, count in outcomes.items() if name.startswith("error")}


def test_four_at_one_charger_never_make_two_owners_or_a_grant_under_a_dispute():
    outcomes = run(ROUNDS)

    assert game.violations() == dict.fromkeys(game.violations(), 0)
    assert errors_in(outcomes) == {}
    assert outcomes["done"] >= ROUNDS


def test_without_the_lock_the_same_race_goes_wrong():
    outcomes = run(12, "--without-lock")

    wrong = sum(errors_in(outcomes).values()) + sum(game.violations().values())
    assert wrong >= 6, outcomes
