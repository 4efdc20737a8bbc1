"""The rules as tables: every combination, against a slow and obvious second reading of them."""

from itertools import combinations, product

import pytest

from support import numbers, rules
from support.rules import Claim, Class, EvidenceKind, Facts, Flag, Outcome, Owner, Tier

ALL = list(Class)


def every_set_of(things):
    for size in range(len(things) + 1):
        yield from (frozenset(chosen) for chosen in combinations(things, size))


def obviously_enough(classes):
    """The sentence of the design, read word by word."""
    for right in ("named_consent", "property", "register", "first_customer"):
        if right not in classes:
            continue
        if "presence" in classes or "letter" in classes:
            return True
        if "installer" in classes and right != "first_customer":
            return True
    return "vacated" in classes and "letter" in classes and "presence" in classes


def obvious_tier(facts):
    """The table of the design, row by row."""
    if facts.frozen:
        return "safety"
    carried = (
        obviously_enough(facts.classes)
        if facts.outcome == "ownership"
        else "named_consent" in facts.classes and facts.lease_accepted
    )
    if not carried or facts.required_open or facts.board_missing or not facts.registered:
        return "not yet"
    named, no_flag = "named_consent" in facts.classes, not facts.flags
    record = "record" in facts.classes
    if named and record and "presence" in facts.classes and no_flag and facts.owner_established:
        return "at once"
    if named and record and no_flag:
        return "low"
    if facts.owner in ("released", "none") and record and no_flag:
        return "low"
    if facts.owner in ("silent", "unknown") and record and no_flag and facts.notice_arrived:
        return "normal"
    return "high"


def test_enough_is_the_sentence_of_the_design_over_every_set_of_classes():
    sets = list(every_set_of(ALL))

    wrong = [
        sorted(classes)
        for classes in sets
        if rules.enough(Facts("ownership", classes)) != obviously_enough(classes)
    ]

    assert len(sets) == 512
    assert wrong == []


def test_tier_is_the_table_of_the_design_over_every_combination():
    tried = wrong = 0
    booleans = [False, True]
    for classes, outcome, owner in product(every_set_of(ALL), Outcome, Owner):
        for flagged, established, open_, registered, board, arrived, frozen, lease in product(
            booleans, repeat=8
        ):
            if (frozen or board or not registered) and (flagged or established):
                continue
            facts = Facts(
                outcome=outcome,
                classes=classes,
                flags=frozenset({Flag.RIVAL}) if flagged else frozenset(),
                owner=owner,
                owner_established=established,
                lease_accepted=lease,
                required_open=open_,
                registered=registered,
                board_missing=board,
                notice_arrived=arrived,
                frozen=frozen,
            )
            tried += 1
            wrong += rules.tier(facts).label != obvious_tier(facts)

    assert tried == 360_448
    assert wrong == 0


@pytest.mark.parametrize("flag", Flag)
def test_any_one_flag_takes_a_ticket_to_two_people(flag):
    classes = frozenset({Class.PROPERTY, Class.PRESENCE, Class.RECORD})
    facts = Facts("ownership", classes, frozenset({flag}), owner=Owner.SILENT, notice_arrived=True)

    assert rules.tier(facts) == Tier.HIGH
    assert rules.approvals_needed(Tier.HIGH, by_owner=False) == 2


def test_no_more_evidence_ever_asks_for_more_people():
    """More classes never lead to a higher tier: proof is never a punishment."""
    for classes in every_set_of(ALL):
        for more in ALL:
            facts = Facts("ownership", classes, owner=Owner.SILENT, notice_arrived=True)
            with_more = Facts(
                "ownership", classes | {more}, owner=Owner.SILENT, notice_arrived=True
            )
            assert rules.tier(with_more) <= rules.tier(facts)


@pytest.mark.parametrize(
    ("claim", "named", "required"),
    [
        (Claim(), False, {EvidenceKind.LABEL}),
        (Claim(bought_recently=True), False, {"label", "purchase_agreement"}),
        (Claim(bought_recently=True), True, {"label"}),
        (Claim(renting=True), False, {"label", "lease"}),
        (Claim(renting=True, outcome=Outcome.USE), True, {"label", "lease"}),
        (Claim(only_installer=True), False, {"label"}),
    ],
)
def test_required_items_follow_from_the_claim(claim, named, required):
    assert set(rules.required_items(claim, named_consent=named)) == required


def test_policy_floors_hold():
    assert numbers.policy_problems(numbers.DEFAULT_POLICY) == {}
    for name, number in numbers.NUMBERS.items():
        low = dict(numbers.DEFAULT_POLICY) | {name: number.floor - 1}
        assert set(numbers.policy_problems(low)) == {name}


def test_open_tickets_take_the_stricter_of_two_policies():
    longer = dict(numbers.DEFAULT_POLICY) | {"normal_working_days": 9, "agreement_months": 24}

    merged = numbers.stricter([numbers.DEFAULT_POLICY, longer])

    assert merged["normal_working_days"] == 9
    assert merged["agreement_months"] == 12
