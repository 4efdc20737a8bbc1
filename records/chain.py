"""The chain of events: how one is hashed, and whether all still fit. Signed heads: heads.py."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction

from records import heads
from records.models import Event
from records.problems import Problem

BATCH = 2_000


def hash_of(event: Event) -> str:
    """Return the SHA-256 of everything the event says, with the hash of the one before."""
    facts = [
        event.pk,
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
    as long as it takes. Without a ``stream`` the signed heads are compared as well, those in the
    database and those in the object store.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    events = Event.objects.order_by("stream", "number")
    if stream is not None:
        events = events.filter(stream=stream)
    problems = list(_broken(events.iterator(chunk_size=BATCH)))
    return problems if stream is not None else problems + list(heads.false_heads())


@dataclass
class _Walk:
    """One stream as far as it was read: its last row, and the first that does not fit."""

    last: Event | None = None
    misplaced: Problem | None = None

    def follow(self, event: Event) -> Problem | None:
        """Take the next row; return it as a problem when its own content was changed.

        A row that merely does not follow may stand beside the one that was changed or is gone: it
        is remembered, and told only when no row of the stream is itself wrong.
        """
        place = f"{event.stream} {event.number}"
        if event.hash != hash_of(event):
            return Problem(place, event.pk, "its content does not fit its hash")
        if self.misplaced is None and (why := self._why_misplaced(event)):
            self.misplaced = Problem(place, event.pk, why)
        self.last = event
        return None

    def _why_misplaced(self, event: Event) -> str:
        before = self.last
        if event.number != (before.number + 1 if before else 1):
            return f"number {event.number} follows {before.number if before else 'nothing'}"
        if event.previous != (before.hash if before else ""):
            return "does not hold the hash of the event before"
        return ""


def _broken(events: Iterable[Event]) -> Iterator[Problem]:
    """Yield the first bad row of each stream; rows must come by stream and number."""
    name, walk, told = None, _Walk(), False
    for event in events:
        if event.stream != name:
            if walk.misplaced and not told:
                yield walk.misplaced
            name, walk, told = event.stream, _Walk(), False
        if not told and (changed := walk.follow(event)):
            told = True
            yield changed
    if walk.misplaced and not told:
        yield walk.misplaced
