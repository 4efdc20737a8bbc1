"""R-F01: the race of four at one charger, and its teeth."""

import json
import subprocess
import sys

import pytest

from tests.faults import rounds as game

ROUNDS, MANY = 500, 2_000
pytestmark = pytest.mark.django_db(transaction=True)


def run(rounds, *options):
    """Race in processes of their own, on this test's database; return the counted outcomes."""
    command = [sys.executable, "-m", "tests.faults.race", "--rounds", str(rounds), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3_600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def errors_in(outcomes):
    return {name: count for name, count in outcomes.items() if name.startswith("error")}


def race(rounds):
    """Play so many rounds, and look for what may not be."""
    outcomes = run(rounds)
    print(outcomes)

    assert game.violations() == dict.fromkeys(game.violations(), 0)
    assert errors_in(outcomes) == {}
    assert outcomes["done"] >= rounds


def test_four_at_one_charger_never_make_two_owners_or_a_grant_under_a_dispute():
    race(ROUNDS)


@pytest.mark.long
def test_two_thousand_rounds_of_it():
    race(MANY)


def test_without_the_lock_the_same_race_goes_wrong():
    outcomes = run(8, "--without-lock")

    wrong = sum(errors_in(outcomes).values()) + sum(game.violations().values())
    assert wrong >= 4, outcomes
