"""What a claimant sees depends on their own side only."""

from itertools import product

import pytest

from support.machine import State
from support.models import EvidenceItem
from support.phases import DECIDED, Phase, checklist, phase
from support.rules import Claim

WAITS = ("requested", "returned", "quarantined")
HERE = ("uploaded", "checking", "ready", "accepted")


def item(kind, state, *, replaced=None):
    return EvidenceItem(kind=kind, state=state, replaced_by_id=replaced)


@pytest.mark.parametrize("state", [s for s in State if s not in DECIDED])
@pytest.mark.parametrize("of_item", [*WAITS, *HERE])
def test_before_the_decision_only_the_items_count(state, of_item):
    lines = checklist(Claim(), [item("label", of_item)])
    wanted = Phase.NEED if of_item in WAITS else Phase.CHECKING

    assert phase(state, lines) == wanted


@pytest.mark.parametrize("state", DECIDED)
@pytest.mark.parametrize("of_item", [*WAITS, *HERE])
def test_decided_is_decided(state, of_item):
    assert phase(state, checklist(Claim(), [item("label", of_item)])) == Phase.DECIDED


@pytest.mark.parametrize(
    ("claim", "kinds"),
    [
        (Claim(), ["label"]),
        (Claim(bought_recently=True), ["label", "purchase_agreement"]),
        (Claim(renting=True, outcome="use"), ["label", "lease"]),
        (Claim(only_installer=True), ["label"]),
    ],
)
def test_what_is_required_and_never_sent_is_needed(claim, kinds):
    lines = checklist(claim, [])

    assert [line.kind for line in lines] == kinds
    assert all(line.waits for line in lines)
    assert phase(State.AWAITING_OWNER, lines) == Phase.NEED


def test_a_better_item_stands_in_for_the_one_it_replaces():
    lines = checklist(Claim(), [item("label", "returned", replaced=2), item("label", "uploaded")])

    assert [line.waits for line in lines] == [False]


def test_a_file_set_aside_no_longer_waits_when_another_was_sent():
    first, second = product(("quarantined", "ready"), repeat=2), Claim()
    for states in first:
        lines = checklist(second, [item("label", state) for state in states])
        waits = any(line.waits for line in lines)
        assert waits == (states[-1] == "quarantined"), states


def test_what_was_asked_for_beyond_the_required_is_needed_too():
    lines = checklist(Claim(), [item("label", "ready"), item("serial", "requested")])

    assert [(line.kind, line.is_field) for line in lines] == [("label", False), ("serial", True)]
    assert phase(State.COLLECTING, lines) == Phase.NEED
