"""One round of the race: how it is set up, what each of the four does, what may not be after it."""

from datetime import timedelta
from itertools import count

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django_fsm import TransitionNotAllowed

from accounts.models import User
from chargers.models.registry import ChargerQuerySet
from chargers.refusals import Refused
from records import clock
from support.machine import State
from support.models import Approval, EvidenceItem, Notice, Stale, Ticket
from support.models.ticket import TicketQuerySet
from support.rules import Tier
from support.services import answers, approvals, evidence
from tests.chargers import world
from tests.factories import (
    AGREEMENT_TICKS,
    LABEL_TICKS,
    make_agent,
    make_person,
    make_ticket,
    own,
    place_charger,
)

CLEAN = (PermissionDenied, TransitionNotAllowed, ValidationError, Stale, Refused)


def count_from(start: int) -> None:
    """Let each process give its people and places numbers of their own."""
    world.numbers = count(start + 1)


def prepare(index: int) -> dict:
    """Make a charger, a ticket that is due for release, and a rival whose photo waits."""
    charger = place_charger(pin="")
    owner, agent = own(charger), make_agent()
    now = clock.now()
    ticket = make_ticket(State.APPROVED, charger=charger)
    then = now - timedelta(days=30)
    for kind, ticks in (("label", LABEL_TICKS), ("purchase_agreement", AGREEMENT_TICKS)):
        _item(ticket, kind, agent, ticks=ticks, take_over_date=(now - timedelta(days=40)).date())
    Notice.objects.create(
        kind="owner_asked", ticket=ticket, charger=charger, person=owner, email=owner.email,
        starts_clock=True, made_at=then, accepted_at=then,
    )  # fmt: skip
    Approval.objects.create(ticket=ticket, by=agent, at=then, facts_version=1)
    Ticket.objects.filter(pk=ticket.pk).update(
        tier=Tier.NORMAL, by_owner=False, approved_at=then, release_at=now
    )
    rival = make_ticket(
        State.COLLECTING,
        charger=charger,
        claimant=make_person(name="Per Annen"),
        claimant_name="Per Annen",
    )
    label = EvidenceItem.objects.create(
        ticket=rival, kind="label", state="ready", made_at=now, uploaded_at=now
    )
    return {
        "charger": charger.pk,
        "ticket": ticket.pk,
        "rival": rival.pk,
        "label": str(label.uid),
        "facts": Ticket.objects.get(pk=rival.pk).facts_version,
        "code": rival.request_code,
        "owner": owner.pk,
        "agent": make_agent().pk,
    }


def _item(ticket, kind, agent, **fields):
    now = clock.now()
    EvidenceItem.objects.create(
        ticket=ticket, kind=kind, state="accepted", made_at=now, uploaded_at=now,
        decided_by=agent, decided_at=now, **fields,
    )  # fmt: skip


def act(number: int, index: int, row: dict) -> str:
    """Do one of the four deeds; return what came of it in a word."""
    try:
        _DEEDS[number](index, row)
    except CLEAN as refusal:
        return f"refused {type(refusal).__name__}"
    except Exception as error:  # anything else would have been shown to a person as a 500
        connection.close()
        return f"error {type(error).__name__}"
    return "done"


def _release(index: int, row: dict) -> None:
    approvals.release(ticket_id=row["ticket"])


def _accept_rival(index: int, row: dict) -> None:
    evidence.accept(
        item_uid=row["label"],
        by=User.objects.get(pk=row["agent"]),
        facts_version=row["facts"],
        ticks=LABEL_TICKS,
    )


def _owner_speaks(index: int, row: dict) -> None:
    owner = User.objects.get(pk=row["owner"])
    said = {"kind": "still_mine"}
    if index % 2:
        said = {
            "kind": "named",
            "code_proved": True,
            "request_code": row["code"],
            "surname": "Annen",
        }
    answers.answer(charger_id=row["charger"], party=owner, **said)


_DEEDS = (_release, _release, _accept_rival, _owner_speaks)

_VIOLATIONS = {
    "two requests completed on one charger": """
        SELECT count(*) FROM (SELECT charger_id FROM support_ticket
            WHERE state IN ('completed', 'contested') GROUP BY 1 HAVING count(*) > 1) x""",
    "two open grants on one charger": """
        SELECT count(*) FROM (SELECT charger_id FROM chargers_grant WHERE ends_at IS NULL
            GROUP BY 1 HAVING count(*) > 1) x""",
    "a grant under a dispute": """
        SELECT count(*) FROM chargers_grant g JOIN chargers_hold h ON h.charger_id = g.charger_id
            WHERE h.kind = 'dispute' AND h.placed_at <= g.starts_at
                AND (h.lifted_at IS NULL OR g.starts_at < h.lifted_at)""",
    "a completed request without a grant": """
        SELECT count(*) FROM support_ticket t WHERE t.state = 'completed' AND NOT EXISTS (
            SELECT 1 FROM chargers_grant g WHERE g.origin = 'ticket:' || t.uid::text)""",
}


def violations() -> dict[str, int]:
    """Count what must not be after all rounds, by rule."""
    counts = {}
    with connection.cursor() as cursor:
        for name, sql in _VIOLATIONS.items():
            cursor.execute(sql)
            counts[name] = cursor.fetchone()[0]
    return counts


def remove_the_lock() -> None:
    """Take the row locks away, in this process only, to see that the race has teeth."""

    def ticket_without(self, ticket_id):
        ticket = self.select_related("policy", "claimant", "charger").get(pk=ticket_id)
        return ticket

    ChargerQuerySet.lock = lambda self, charger_id: self.get(pk=charger_id)
    TicketQuerySet.lock = ticket_without
