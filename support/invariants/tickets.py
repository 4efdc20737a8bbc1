"""What began when, and how tickets moved: I2, I4."""

from django.db import connection

from records.models import Event
from support import machine
from support.invariants.finding import Finding
from support.machine import State

_HELD = """
    SELECT '{what} ' || x.id || ' began under hold ' || h.id
    FROM {table} x JOIN chargers_charger c ON {joined}
    JOIN chargers_hold h ON h.charger_id = c.id
    WHERE {extra} h.placed_at <= x.{began} AND (h.lifted_at IS NULL OR x.{began} < h.lifted_at)
"""


def begun_while_held() -> Finding:
    """I2: nothing begins while a dispute, freeze or contest is open; releases had their yeses."""
    finding = Finding("I2", "no grant, share, service access or release under a hold")
    mine = "c.id = x.charger_id"
    for what, table, joined, extra, began in (
        ("grant", "chargers_grant", mine, "", "starts_at"),
        ("share", "chargers_share", mine, "", "made_at"),
        (
            "service access",
            "chargers_tenure",
            "c.id = x.charger_id OR c.installation_id = x.installation_id",
            "x.role = 'service_access' AND",
            "starts_at",
        ),
        (
            "release of ticket",
            "support_ticket",
            mine,
            "x.state IN ('completed', 'contested', 'restored') AND",
            "decided_at",
        ),
    ):
        sql = _HELD.format(what=what, table=table, joined=joined, extra=extra, began=began)
        finding.look(table, sql)
    finding.look("support_ticket WHERE state IN ('completed', 'contested', 'restored')", _MADE)
    return finding.look("support_evidenceitem WHERE state = 'accepted'", _NOT_ENOUGH)


_MADE = """
    SELECT 'ticket ' || t.request_code || ' is completed without its grant or its use'
    FROM support_ticket t
    WHERE t.state IN ('completed', 'contested') AND (
        t.tenure_id IS NULL OR (t.outcome = 'ownership' AND NOT EXISTS (
            SELECT 1 FROM chargers_grant g WHERE g.origin = 'ticket:' || t.uid::text)))
    UNION ALL
    SELECT 'ticket ' || t.request_code || ' is about use and made a grant'
    FROM support_ticket t JOIN chargers_grant g ON g.origin = 'ticket:' || t.uid::text
    WHERE t.outcome = 'use'
    UNION ALL
    SELECT 'grant ' || g.id || ' comes from no completed ticket'
    FROM chargers_grant g WHERE NOT EXISTS (
        SELECT 1 FROM support_ticket t WHERE g.origin = 'ticket:' || t.uid::text
            AND t.state IN ('completed', 'contested', 'restored'))
"""
# The rule of "enough", told a second time: a slip in rules.py shows here.
_NOT_ENOUGH = """
    SELECT 'ticket ' || t.request_code || ' was completed with less than enough'
    FROM support_ticket t
    CROSS JOIN LATERAL (SELECT
        coalesce(bool_or(i.kind = 'label' AND (i.state = 'ready'
            OR i.ticks @> '["serial_shown", "code_shown"]')), false) AS presence,
        coalesce(bool_or(i.kind = 'purchase_agreement' AND i.take_over_date IS NOT NULL
            AND i.ticks @> '["buyer_is_claimant", "address_matches", "signed"]'), false)
        OR coalesce(bool_or(i.kind = 'register_extract'
            AND i.ticks @> '["names_claimant", "address_matches"]'), false) AS paper,
        coalesce(bool_or(i.kind = 'lease'
            AND i.ticks @> '["tenant_is_claimant", "address_matches", "signed"]'), false) AS lease
        FROM support_evidenceitem i WHERE i.ticket_id = t.id AND i.replaced_by_id IS NULL AND (
            (i.state = 'accepted' AND i.decided_at <= t.decided_at)
            -- At once, a machine's reading of serial and code stands for a person's.
            OR (t.tier = 1 AND i.kind = 'label' AND i.state = 'ready'
                AND i.signs @> '["presence"]' AND NOT i.signs @> '["other_code"]'))) item
    CROSS JOIN LATERAL (SELECT
        coalesce(bool_or(a.kind = 'named' AND a.ticket_id = t.id), false) AS named,
        coalesce(bool_or(a.kind = 'vacated'), false) AS vacated
        FROM support_answer a WHERE a.charger_id = t.charger_id AND NOT a.as_board
            AND a.code_proved AND a.at <= t.decided_at
            AND (a.void_at IS NULL OR a.void_at >= t.decided_at)) owner
    CROSS JOIN LATERAL (SELECT
        coalesce(bool_or(f.installed_here), false) AS place,
        coalesce(bool_or(f.installed_here AND f.names_claimant), false) AS customer
        FROM support_firmanswer f WHERE f.ticket_id = t.id AND f.at <= t.decided_at
            AND (f.void_at IS NULL OR f.void_at >= t.decided_at)) firm
    CROSS JOIN LATERAL (SELECT
        EXISTS (SELECT 1 FROM support_letter l WHERE l.ticket_id = t.id
            AND l.entered_at <= t.decided_at) AS letter,
        owner.named OR t.offered_by_id IS NOT NULL AS consent) more
    WHERE t.state IN ('completed', 'contested', 'restored') AND NOT CASE t.outcome
        WHEN 'use' THEN more.consent AND item.lease
        ELSE ((more.consent OR item.paper) AND (item.presence OR more.letter OR firm.place))
            OR (firm.customer AND (item.presence OR more.letter))
            OR (owner.vacated AND more.letter AND item.presence)
        END
"""


def paths() -> Finding:
    """I4: a ticket's events are a path in the machine, without gaps, decided by a person."""
    finding = Finding("I4", "events are a path in the machine; decided by people; always a way out")
    finding.wrong += [f"{state} has no exit for a person" for state in _stuck()]
    rows = _tickets()
    finding.looked_at = len(rows)
    kinds: dict[str, set[str]] = {}
    here: dict[str, tuple[int, str]] = {}
    edges = machine.edges()
    events = Event.objects.filter(stream__startswith="ticket:").order_by("stream", "number")
    for event in events.iterator(chunk_size=2_000):
        number, state = here.get(event.stream, (0, State.DRAFT))
        came, went = event.data.get("from"), event.data.get("to")
        if event.number != number + 1:
            finding.wrong.append(f"{event.stream}: event {event.number} follows {number}")
        if came != state or (came != went and (came, went) not in edges):
            finding.wrong.append(f"{event.stream}: event {event.number} goes {came} to {went}")
        here[event.stream] = (event.number, went)
        if event.actor_id or event.by_what == "party":
            kinds.setdefault(event.stream, set()).add(event.kind)
    for stream, state, version in rows:
        finding.wrong += _ticket_problems(stream, state, version, here, kinds)
    known = {stream for stream, _state, _version in rows}
    finding.wrong += [f"{stream}: events of no ticket" for stream in sorted(here.keys() - known)]
    return finding


_YES = {"approved", "answered", "offered"}
_NO = {"rejected", "objection_upheld"}


def _ticket_problems(stream, state, version, here, kinds) -> list[str]:
    number, last = here.get(stream, (0, State.DRAFT))
    problems = []
    if (number, last) != (version, state):
        problems.append(f"{stream}: is {state} {version}, its events say {last} {number}")
    did = kinds.get(stream, set())
    if state in (State.COMPLETED, State.CONTESTED, State.RESTORED) and not did & _YES:
        problems.append(f"{stream}: completed without a person's yes")
    if state == State.REJECTED and not did & _NO:
        problems.append(f"{stream}: rejected without a person's no")
    return problems


def _stuck() -> list[str]:
    """Return the states of the machine that no person can leave."""
    human = {m.source for m in machine.TRANSITIONS if m.who in machine.HUMAN}
    stays = {*machine.CLOSED, State.DRAFT}
    return [state for state in State if state not in human and state not in stays]


def _tickets() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'ticket:' || uid::text, state, version FROM support_ticket")
        return cursor.fetchall()
