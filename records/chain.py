"""The chain of events: how one is hashed, whether all still fit, and a signed head for each day."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from records import clock
from records.models import ChainHead, Event

BATCH = 2_000
_SALT = b"records.chain.head:"


@dataclass(frozen=True)
class Problem:
    """The first row of a stream, or the day, that does not fit, and why."""

    where: str
    row: int | None
    why: str

    def __str__(self) -> str:
        row = f" (row {self.row})" if self.row is not None else ""
        return f"{self.where}{row}: {self.why}"


def hash_of(event: Event) -> str:
    """Return the SHA-256 of everything the event says, with the hash of the one before."""
    facts = [
        event.stream,
        event.number,
        event.kind,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.by_what,
        event.data,
        event.previous,
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def verify(stream: str | None = None) -> list[Problem]:
    """Walk the chains and return the first bad row of every broken stream; [] when all fit.

    Streams all rows through a server-side cursor: memory stays flat at any size, and it may take
    as long as it takes. Without a ``stream`` the signed heads are compared as well.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    events = Event.objects.order_by("stream", "number")
    if stream is not None:
        events = events.filter(stream=stream)
    problems = list(_broken(events.iterator(chunk_size=BATCH)))
    return problems if stream is not None else problems + list(_false_heads())


def _broken(events: Iterator[Event]) -> Iterator[Problem]:
    """Yield the first bad row of each stream; rows must come by stream and number."""
    last: Event | None = None
    broken = ""
    for event in events:
        first = last is None or last.stream != event.stream
        if event.stream != broken and (why := _why_bad(event, None if first else last)):
            broken = event.stream
            yield Problem(f"{event.stream} {event.number}", event.pk, why)
        last = event


def _why_bad(event: Event, before: Event | None) -> str:
    """Return what is wrong with one event, or nothing."""
    if event.number != (before.number + 1 if before else 1):
        return f"number {event.number} follows {before.number if before else 'nothing'}"
    if event.previous != (before.hash if before else ""):
        return "does not hold the hash of the event before"
    if event.hash != hash_of(event):
        return "its content does not fit its hash"
    return ""


def _ends_of(day: date) -> tuple[datetime, datetime]:
    starts = datetime.combine(day, time.min, UTC)
    return starts, starts + timedelta(days=1)


def _heads_of(day: date) -> tuple[int, str]:
    """Return how many streams changed on a day (UTC), and one digest over their last hashes."""
    starts, ends = _ends_of(day)
    changed = Event.objects.filter(at__gte=starts, at__lt=ends)
    last = changed.order_by("stream", "-number").distinct("stream")
    digest, streams = hashlib.sha256(), 0
    for facts in last.values_list("stream", "number", "hash").iterator(chunk_size=BATCH):
        digest.update("{} {} {}\n".format(*facts).encode())
        streams += 1
    return streams, digest.hexdigest()


def _signature(key: str, day: date, streams: int, digest: str) -> str:
    text = f"{day.isoformat()} {streams} {digest}".encode()
    return hmac.new(_SALT + key.encode(), text, hashlib.sha256).hexdigest()


def sign_days() -> int:
    """Sign the head of every day that is over and has none; return how many were signed.

    A day is over an hour after its end, so that no transaction of that day is still open.
    """
    now = clock.now()
    last = ChainHead.objects.aggregate(Max("day"))["day__max"]
    first = Event.objects.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return 0
    day = last + timedelta(days=1) if last else first.astimezone(UTC).date()
    signed = 0
    while day < (now - timedelta(hours=1)).astimezone(UTC).date():
        streams, digest = _heads_of(day)
        if streams:
            signature = _signature(settings.LINK_KEYS[0], day, streams, digest)
            made = {"streams": streams, "digest": digest, "signature": signature, "made_at": now}
            signed += ChainHead.objects.get_or_create(day=day, defaults=made)[1]
        day += timedelta(days=1)
    return signed


def _false_heads() -> Iterator[Problem]:
    """Yield the days whose signed head no longer fits the events, or is not signed by us."""
    for head in ChainHead.objects.order_by("day").iterator(chunk_size=BATCH):
        where = f"head of {head.day.isoformat()}"
        ours = (_signature(k, head.day, head.streams, head.digest) for k in settings.LINK_KEYS)
        if not any(hmac.compare_digest(head.signature, signature) for signature in ours):
            yield Problem(where, head.pk, "is not signed with a key of ours")
        elif (head.streams, head.digest) != _heads_of(head.day):
            yield Problem(where, head.pk, "the events of that day are not those that were signed")
