"""Recording what happened: one chained event per command, in the command's own transaction."""

import hashlib
import json
import secrets
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from accounts.models import User
from records import safety
from records.chain import hash_of
from records.models import Event, Note

_NEXT = """
    SELECT nextval(pg_get_serial_sequence('records_event', 'id')),
        COALESCE(last.number, 0), COALESCE(last.hash, '')
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (
        SELECT number, hash FROM records_event WHERE stream = %s ORDER BY number DESC LIMIT 1
    ) AS last ON TRUE
"""
BY_WHAT = ("person", "party", "clock", "import", "system")


def record(
    stream: str,
    kind: str,
    *,
    at: datetime,
    actor: User | None = None,
    by_what: str = "person",
    number: int | None = None,
    note: str = "",
    **data,
) -> Event:
    """Write the next event of a stream, e.g. ``ticket:<uid>``, and return it.

    ``data`` takes ids, codes and numbers (no floats, no free text). ``note`` takes the free text:
    the event holds its uid and salted hash, so that it can be erased later. ``number`` is given by
    callers that hold the lock of the row the stream belongs to; the others wait for each other.

    Raises ValueError for an unknown ``by_what`` or a float in the data, IntegrityError when
    ``number`` does not follow the last one.
    """
    safety.require_unsafe(f"event {kind}")
    if by_what not in BY_WHAT:
        raise ValueError(f"by_what must be one of {', '.join(BY_WHAT)}, not {by_what!r}")
    about = {"stream": stream, "kind": kind, "at": at, "actor": actor, "by_what": by_what}
    event = Event(number=number, data=_plain(data), **about)
    with transaction.atomic(savepoint=False):  # a command has its own
        return _write(event, note)


def _write(event: Event, note: str) -> Event:
    """Write the event behind the last one of its stream, and its note with it."""
    if event.number is None:
        _wait_for_turn(event.stream)
    event.pk, last_number, event.previous = _next_after(event.stream)
    event.number = event.number or last_number + 1
    if note:
        event.data["note"] = _write_note(note, event.at)
    event.hash = hash_of(event)
    event.save()
    return event


def note_of(event: Event) -> Note | None:
    """Return the free text that belongs to an event, if it has any."""
    return (
        Note.objects.filter(uid=event.data["note"]["uid"]).first() if "note" in event.data else None
    )


def erase_note(*, uid: str, at: datetime) -> bool:
    """Empty a note for good; the chain still verifies. False when it was empty before."""
    return bool(Note.objects.filter(uid=uid, erased_at=None).update(body="", salt="", erased_at=at))


def _wait_for_turn(stream: str) -> None:
    """Let nobody else write to this stream until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [stream])


def _next_after(stream: str) -> tuple[int, int, str]:
    """Return the row's id before it is written (the hash covers it, too), and the last one's
    number and hash: 0 and empty for the first of a stream.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [stream])
        return cursor.fetchone()


def _write_note(body: str, at: datetime) -> dict[str, str]:
    note = Note.objects.create(body=body, salt=secrets.token_hex(16), made_at=at)
    return {"uid": str(note.uid), "hash": hash_of_note(note)}


def hash_of_note(note: Note) -> str:
    """Return the salted hash by which an event points at its note."""
    return hashlib.sha256(f"{note.salt}:{note.body}".encode()).hexdigest()


def _plain(data: dict) -> dict:
    """Return the data exactly as PostgreSQL will give it back, or the hash would not fit later."""
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder), parse_float=_refuse_float)


def _refuse_float(text: str) -> None:
    raise ValueError(f"events hold no floats: PostgreSQL may give {text} back in other digits")
