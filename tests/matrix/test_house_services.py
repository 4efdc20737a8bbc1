"""The house's own services below their doors: let in is whom the table lets in at the address."""

from collections.abc import Callable

import pytest

from chargers.models import Proposal
from chargers.services import proposals
from support.models import Answer, EvidenceItem, Freeze, Ticket
from support.services import (
    alerts,
    answers,
    copies,
    desk,
    erasing,
    evidence,
    freezes,
    policies,
    power,
)
from tests.factories import LABEL_TICKS
from tests.matrix import table, things
from tests.matrix.test_services import MATRIX, PERSONS, outcome
from tests.matrix.world import World

# People who stand for the others: the doors ask each part, the services by the same functions.
REASON = {"reason": f"{things.REASON} Again."}


def of(model, uid):
    return model.objects.get(uid=uid)


def item(uid) -> dict:
    found = of(EvidenceItem, uid)
    return {"item_uid": str(uid), "facts_version": found.ticket.facts_version}


def draft(version: int) -> dict:
    form = things.policy_form(version)
    data = {name: form[name] for name in form if name not in ("reason", "seen_at")}
    return {"version": version, "data": data, **REASON}


def seen(version: int) -> dict:
    return {"version": version, "seen_at": things.policy_form(version)["seen_at"]}


def erasure(world: World) -> dict:
    about, officer = world.people["other"], world.people["privacy-officer"]
    return {"erasure_id": erasing.ask(person_id=about.pk, by=officer).pk}


def other(world: World) -> dict:
    return {"person_id": world.people["other"].pk}


# address -> the service behind it, and what it is called with about what the address names
SERVICES: dict[str, tuple[Callable, Callable]] = {
    "support:desk-pick": (
        desk.pick,
        lambda w, code: {"ticket_id": Ticket.objects.get(request_code=code).pk},
    ),
    "support:desk-accept": (
        evidence.accept,
        lambda w, uid: item(uid) | {"ticks": LABEL_TICKS},
    ),
    "support:desk-return": (evidence.return_item, lambda w, uid: item(uid) | {"reason": "no_code"}),
    "support:desk-confirm-stop": (
        answers.confirm_stop,
        lambda w, uid: {"answer_id": of(Answer, uid).pk},
    ),
    "support:desk-lift": (
        freezes.lift,
        lambda w, uid: {"freeze_id": of(Freeze, uid).pk, "reason": "It is over."},
    ),
    "support:desk-review": (freezes.review, lambda w, uid: {"freeze_id": of(Freeze, uid).pk}),
    "support:desk-confirm-freeze": (
        freezes.confirm_freeze,
        lambda w, uid: {"freeze_id": of(Freeze, uid).pk},
    ),
    "support:policy-change": (policies.change, lambda w, version: draft(version)),
    "support:policy-publish": (policies.publish, lambda w, version: seen(version)),
    "support:policy-discard": (policies.discard, lambda w, version: {"version": version}),
    "support:people-decide": (power.agree, lambda w, uid, verb: {"uid": str(uid)}),
    "support:people-end": (power.end, lambda w, uid, role: {"user_uid": str(uid), "role": role}),
    "support:privacy-copy": (copies.ask, lambda w, uid: other(w)),
    "support:privacy-erase": (erasing.ask, lambda w, uid: other(w)),
    "support:privacy-cancel": (erasing.cancel, lambda w, uid: erasure(w)),
    "support:alert-acknowledge": (
        alerts.acknowledge,
        lambda w, uid: {"uid": str(uid), "note": "Nothing in it."},
    ),
    "chargers:decide-proposal": (
        proposals.agree,
        lambda w, uid, verb: {"proposal": of(Proposal, uid)},
    ),
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_of_the_house_lets_in_whom_the_table_lets_in(name, world: World):
    url = next(u for u in table.urls() if u.name == name)
    entry, wrong, reached = MATRIX.entry_of(url), [], 0
    act, arguments = SERVICES[name]
    for actor in PERSONS:
        for relation in set(MATRIX.relations_of(entry)) & {"own", "other"}:
            kwargs = world.address(url, entry, actor, relation)
            if kwargs is None or (name.startswith("support:privacy") and relation == "own"):
                continue
            got = outcome(act, by=world.person_of(actor), **arguments(world, *kwargs.values()))
            says = entry.outcome("POST", actor, relation, MATRIX.groups)
            reached += got == "let in"
            if got != ("let in" if says in table.ALLOWED else "refused"):
                wrong.append(f"{name} {actor} {relation}: {got}, the table says {says}")
    assert wrong == [], "\n".join(wrong)
    assert reached, "nobody may: a dead right"


def test_a_draft_and_a_part_are_proposed_by_administrators(world: World):
    about = {"email": "someone@example.com", "kind": "role", "role": "agent", **REASON}
    data = draft(things.policy(world, None, None, "administrator", "own")["version"])["data"]
    acts = {
        "draft": lambda by: policies.draft(by=by, data=data, **REASON),
        "propose": lambda by: power.propose(by=by, **about),
    }
    for name, act in acts.items():
        let_in = {a for a in PERSONS if outcome(act, by=world.person_of(a)) == "let in"}
        assert let_in == {"administrator"}, name
