"""Effects outside the database: rows written with their cause, leased, delivered, found again.

Delivery is at least once. A row is *handed out* (published, no lease yet), *leased* (a worker is
at it), *done*, *parked* (out of attempts, for people to look at) or waiting for its ``due_at``.
"""

import json
import logging
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils.module_loading import import_string

from records import clock, safety, wakeup
from records.models import OutboxRow

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
# Longer than a delivery may run (tasks.py), so a live worker never loses its lease; short enough
# that what a killed worker held is delivered again within a minute.
LEASE = timedelta(seconds=50)
# How long a published row is left to the message that is on its way.
HANDED_OUT = timedelta(seconds=15)
# Slow rows may have no worker at all: they are published again seldom, and few at a time.
SLOW_HANDED_OUT = timedelta(minutes=5)
SLOW_IN_FLIGHT = 4
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=6)

_INSERT = """
    INSERT INTO records_outboxrow
        (id, topic, key, payload, made_at, due_at, attempts, leased_until, last_error)
    VALUES (%s, %s, %s, %s, %s, %s, 0, %s, '')
    ON CONFLICT (key) DO NOTHING RETURNING id
"""
_LEASE = """
    UPDATE records_outboxrow
    SET attempts = attempts + 1, lease_token = %(token)s,
        leased_until = %(until)s, due_at = %(until)s
    WHERE id = {which}
        AND done_at IS NULL AND parked_at IS NULL
        AND due_at <= %(now)s AND attempts < %(max)s
        AND (lease_token IS NULL OR leased_until <= %(now)s)
    RETURNING *
"""
# SKIP LOCKED: workers that ask at the same moment get different rows.
_NEXT = """(
    SELECT id FROM records_outboxrow
    WHERE done_at IS NULL AND parked_at IS NULL AND due_at <= %(now)s AND attempts < %(max)s
        AND (leased_until IS NULL OR leased_until <= %(now)s {or_handed_out}) {topics}
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)"""
_LEASE_ONE = _LEASE.format(which="%(id)s")
_LEASE_NEXT = _LEASE.format(
    which=_NEXT.format(or_handed_out="", topics="AND (topic = ANY(%(topics)s)) = %(slow)s")
)
_LEASE_ANY = _LEASE.format(which=_NEXT.format(or_handed_out="OR lease_token IS NULL", topics=""))


def put(
    topic: str, key: str, *, at: datetime, due_at: datetime | None = None, **payload
) -> OutboxRow:
    """Write one effect, to follow when this transaction commits; the same key twice is one row.

    ``payload`` holds ids only: no names, no addresses, never a PIN. ``due_at`` (default: ``at``)
    is the earliest moment. Raises KeyError for a topic that has no handler.
    """
    safety.require_unsafe(f"outbox row {topic}")
    settings.OUTBOX_HANDLERS[topic]
    due_at = due_at or at
    row_id = uuid.uuid4()
    slow = topic in settings.OUTBOX_SLOW_TOPICS
    handed_out = at + (SLOW_HANDED_OUT if slow else HANDED_OUT) if due_at <= at else None
    body = json.dumps(payload, cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [row_id, topic, key, body, at, due_at, handed_out])
        is_new = cursor.fetchone() is not None
    if not is_new:
        return OutboxRow.objects.get(key=key)
    if handed_out:
        transaction.on_commit(lambda: wakeup.publish(row_id, slow=slow))
    made = {"pk": row_id, "topic": topic, "key": key, "payload": json.loads(body)}
    return OutboxRow(**made, made_at=at, due_at=due_at, leased_until=handed_out)


def lease(row_id: uuid.UUID | str) -> OutboxRow | None:
    """Take a due row for 50 s and count the attempt; None when it is not to be had."""
    return _leased(_LEASE_ONE, id=row_id)


def _lease_next(*, slow: bool = False) -> OutboxRow | None:
    """Take the row that has been due longest and was not just published."""
    return _leased(_LEASE_NEXT, slow=slow, topics=list(settings.OUTBOX_SLOW_TOPICS))


def _leased(statement: str, **which) -> OutboxRow | None:
    now = clock.now()
    facts = {"now": now, "until": now + LEASE, "token": uuid.uuid4(), "max": MAX_ATTEMPTS}
    rows = list(OutboxRow.objects.raw(statement, facts | which))
    return rows[0] if rows else None


def finish(row: OutboxRow) -> bool:
    """Mark a leased row as done; False when the lease is no longer ours (it changes nothing)."""
    return _give_back(row, done_at=clock.now(), last_error="")


def fail(row: OutboxRow, error: BaseException) -> bool:
    """Put a row off, twice as long and again each time, or park it after the last attempt.

    Only the error's kind is kept: its words may hold a name or an address.
    """
    now = clock.now()
    kind = f"{type(error).__module__}.{type(error).__qualname__}"[:500]
    if row.attempts >= MAX_ATTEMPTS:
        return _give_back(row, parked_at=now, last_error=kind)
    delay = min(FIRST_DELAY * 4 ** (row.attempts - 1), LONGEST_DELAY)
    return _give_back(row, due_at=now + delay, last_error=kind)


def _give_back(row: OutboxRow, **changes) -> bool:
    """End a lease if it is still ours: the token fences off a worker that was long away."""
    ours = OutboxRow.objects.filter(pk=row.pk, lease_token=row.lease_token, done_at=None)
    return bool(ours.update(lease_token=None, leased_until=None, **changes))


def deliver(row: OutboxRow) -> bool:
    """Hand a leased row to its handler, then finish it or put it off; says whether it is done."""
    try:
        handler = import_string(settings.OUTBOX_HANDLERS[row.topic])
        handler(key=row.key, **row.payload)
    except Exception as error:
        log.warning("outbox %s %s: %s", row.topic, row.pk, type(error).__qualname__)
        fail(row, error)
        return False
    return finish(row)


def drain(*, seconds: float, slow: bool = False) -> int:
    """Deliver what is due and in nobody's hands, one row after the other, for up to ``seconds``.

    ``slow`` rows are left to the worker that is for them.
    """
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until and (row := _lease_next(slow=slow)):
        deliver(row)
        count += 1
    return count


def run_due(limit: int = 1_000) -> list[OutboxRow]:
    """Deliver in this process all rows that are due, as a worker would; return them."""
    rows: list[OutboxRow] = []
    while len(rows) < limit and (row := _leased(_LEASE_ANY)):
        deliver(row)
        rows.append(row)
    return rows


def sweep() -> int:
    """Publish due rows that nobody has in hand, up to what may be in flight; return how many.

    Rows whose worker died at the last attempt are parked.
    """
    now = clock.now()
    open_rows = OutboxRow.objects.filter(done_at=None, parked_at=None)
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    open_rows.filter(free, attempts__gte=MAX_ATTEMPTS, due_at__lte=now).update(
        parked_at=now, lease_token=None, leased_until=None, last_error="the worker died"
    )
    is_slow = Q(topic__in=settings.OUTBOX_SLOW_TOPICS)
    quick = _hand_out(open_rows.filter(~is_slow), now, settings.OUTBOX_IN_FLIGHT, HANDED_OUT)
    slow = _hand_out(open_rows.filter(is_slow), now, SLOW_IN_FLIGHT, SLOW_HANDED_OUT)
    return _publish(quick, slow=False) + _publish(slow, slow=True)


def _hand_out(rows, now: datetime, in_flight: int, length: timedelta) -> list[uuid.UUID]:
    """Choose due rows that nobody has in hand, up to ``in_flight`` with those that somebody has."""
    busy = rows.filter(leased_until__gt=now)[:in_flight].count()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    with transaction.atomic():
        due = rows.filter(free, due_at__lte=now).order_by("due_at")
        chosen = due.select_for_update(skip_locked=True).values_list("pk", flat=True)
        ids = list(chosen[: in_flight - busy])
        OutboxRow.objects.filter(pk__in=ids).update(leased_until=now + length, lease_token=None)
    return ids


def _publish(ids: list[uuid.UUID], *, slow: bool) -> int:
    """Publish rows until one fails: then the broker is away, and the rest are given back."""
    for count, row_id in enumerate(ids):
        if not wakeup.publish(row_id, slow=slow):
            left = OutboxRow.objects.filter(pk__in=ids[count:], lease_token=None)
            left.update(leased_until=None)
            return count
    return len(ids)


def lag_seconds() -> float:
    """Return for how long the oldest row has been due without being done or parked.

    Slow rows do not count: nothing waits for them.
    """
    now = clock.now()
    waiting = OutboxRow.objects.filter(done_at=None, parked_at=None, due_at__lte=now)
    waiting = waiting.exclude(topic__in=settings.OUTBOX_SLOW_TOPICS)
    oldest = waiting.aggregate(oldest=Min(F("due_at")))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0
