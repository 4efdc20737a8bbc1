"""A signed head for each day: how far every stream had come, kept here and in the object store.

Whoever owns the database could rewrite a chain from end to end. The head of a day, signed with a
key that is not in the database and written where the database's owner does not reach, shows it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Collate

from records import clock, outbox
from records.models import ChainHead, Event, OutboxRow
from records.problems import Problem

BATCH = 2_000
IN_MEMORY = 2_000_000
# So long a head may be on its way to the store.
UNDER_WAY = timedelta(days=1)
_SALT = b"records.chain.head:"


@dataclass(frozen=True)
class Stored:
    """A head as the object store has it."""

    day: date
    streams: int
    digest: str
    signature: str


def sign_days() -> int:
    """Sign the head of every day that is over and has none; return how many were signed.

    A day is over an hour after its end, so that no transaction of that day is still open. Each
    head goes to the object store as an outbox row.
    """
    now = clock.now()
    last = ChainHead.objects.aggregate(Max("day"))["day__max"]
    first = Event.objects.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return 0
    day = last + timedelta(days=1) if last else first.astimezone(UTC).date()
    signed = 0
    while day < (now - timedelta(hours=1)).astimezone(UTC).date():
        signed += _sign(day, now)
        day += timedelta(days=1)
    return signed


@transaction.atomic
def _sign(day: date, now: datetime) -> bool:
    """Sign one day; False when nothing happened on it, or somebody else has signed it."""
    streams, digest = _summed(_lines_of(day))
    if not streams:
        return False
    signature = _signature(settings.LINK_KEYS[0], day, streams, digest)
    made = {"streams": streams, "digest": digest, "signature": signature, "made_at": now}
    _head, is_new = ChainHead.objects.get_or_create(day=day, defaults=made)
    if is_new:
        outbox.put("chain_head", _key(day), at=now, day=day)
    return is_new


def store_from_outbox(*, key: str, day: str) -> None:
    """Outbox handler: write a day's signed head to the object store, once; never over another.

    Raises ValueError when the events of that day are no longer those that were signed, or when
    something else is stored in its place: the row is parked, in sight.
    """
    head = ChainHead.objects.get(day=day)
    store, name = storages["heads"], name_of(head.day)
    if store.exists(name):
        with store.open(name) as file:
            if _header(file.readline()) != _stored(head):
                raise ValueError(f"another head is stored as {name}")
        return
    with SpooledTemporaryFile(IN_MEMORY) as file:
        file.write(_first_line(head))
        if _summed(_lines_of(head.day), into=file) != (head.streams, head.digest):
            raise ValueError(f"the events of {head.day} are not those that were signed")
        file.seek(0)
        store.save(name, File(file, name))


def false_heads() -> Iterator[Problem]:
    """Yield what is wrong with each day's head: signature, store, or the events that it covers.

    Where the store has the day, the row that differs is named.
    """
    store = storages["heads"]
    try:
        _folders, names = store.listdir("")
    except FileNotFoundError:
        names = []
    except Exception as error:  # whatever a store may raise
        yield Problem("heads", None, f"the store cannot be read ({type(error).__qualname__})")
        names = None
    known = set()
    for head in ChainHead.objects.order_by("day").iterator(chunk_size=BATCH):
        known.add(name_of(head.day))
        yield from _false_head(head, names)
    for name in sorted(set(names or ()) - known):
        if _day_of(name):
            yield Problem(f"head of {_day_of(name)}", None, "is in the store and not on record")


def _false_head(head: ChainHead, names: list[str] | None) -> Iterator[Problem]:
    where = f"head of {head.day.isoformat()}"
    if not _is_ours(_stored(head)):
        yield Problem(where, head.pk, "is not signed with a key of ours")
        return
    is_stored = names is not None and name_of(head.day) in names
    if names is not None and not is_stored and not _is_under_way(head):
        yield Problem(where, head.pk, "is not in the store")
    if is_stored and (why := _why_stored_is_false(head)):
        yield Problem(where, head.pk, why)
        is_stored = False
    if _summed(_lines_of(head.day)) != (head.streams, head.digest):
        differs = _first_difference(head) if is_stored else None
        why = "the events of that day are not those that were signed"
        yield differs or Problem(where, head.pk, why)


def _why_stored_is_false(head: ChainHead) -> str:
    """Return why the file of a day is not to be believed, or nothing."""
    with storages["heads"].open(name_of(head.day)) as file:
        stored = _header(file.readline())
        if stored is None or not _is_ours(stored):
            return "in the store it is not signed with a key of ours"
        if stored != _stored(head):
            return "in the store it is another one"
        summed = _summed(_rest_of(file))
    return "" if summed == (head.streams, head.digest) else "in the store it was cut or changed"


def _first_difference(head: ChainHead) -> Problem | None:
    """Return the first stream that does not stand where it stood when the day was signed."""
    with storages["heads"].open(name_of(head.day)) as file:
        file.readline()
        for was, now in zip_longest(_rest_of(file), _lines_of(head.day), fillvalue=""):
            if was != now:
                return _told(min(filter(None, (was, now))), head.day)
    return None


def _rest_of(file: File) -> Iterator[str]:
    """Yield the lines that are left: a File that is iterated begins again at its first."""
    while line := file.readline():
        yield line.decode().rstrip("\n")


def _told(line: str, day: date) -> Problem:
    stream, number, _hash = line.rsplit(" ", 2)
    row = Event.objects.filter(stream=stream, number=number).values_list("pk", flat=True).first()
    why = f"is not what was signed on {day.isoformat()}: changed, added or removed since"
    return Problem(f"{stream} {number}", row, why)


def _lines_of(day: date) -> Iterator[str]:
    """Yield the last event of each stream that changed on a day (UTC), the same in any locale."""
    starts = datetime.combine(day, time.min, UTC)
    changed = Event.objects.filter(at__gte=starts, at__lt=starts + timedelta(days=1))
    ordered = changed.order_by(Collate("stream", "C"), "-number")
    rows, told = ordered.values_list("stream", "number", "hash"), None
    for stream, number, digest in rows.iterator(chunk_size=BATCH):
        if stream != told:
            told = stream
            yield f"{stream} {number} {digest}"


def _summed(lines: Iterator[str], into=None) -> tuple[int, str]:
    """Return how many lines there are and one digest over them; write them to a file, if given."""
    digest, count = hashlib.sha256(), 0
    for line in lines:
        text = f"{line}\n".encode()
        digest.update(text)
        count += 1
        if into:
            into.write(text)
    return count, digest.hexdigest()


def _signature(key: str, day: date, streams: int, digest: str) -> str:
    text = f"{day.isoformat()} {streams} {digest}".encode()
    return hmac.new(_SALT + key.encode(), text, hashlib.sha256).hexdigest()


def _is_ours(head: Stored) -> bool:
    ours = (_signature(k, head.day, head.streams, head.digest) for k in settings.LINK_KEYS)
    return any(hmac.compare_digest(head.signature, signature) for signature in ours)


def _is_under_way(head: ChainHead) -> bool:
    waiting = OutboxRow.objects.filter(key=_key(head.day), done_at=None, parked_at=None)
    return head.made_at > clock.now() - UNDER_WAY and waiting.exists()


def _key(day: date) -> str:
    return f"chain_head:{day.isoformat()}"


def name_of(day: date) -> str:
    """Return the name of a day's file in the store."""
    return f"{day.isoformat()}.head"


def _day_of(name: str) -> str:
    day, _dot, ending = name.rpartition(".")
    return day if ending == "head" else ""


def _stored(head: ChainHead) -> Stored:
    return Stored(head.day, head.streams, head.digest, head.signature)


def _first_line(head: ChainHead) -> bytes:
    return json.dumps(vars(_stored(head)) | {"day": head.day.isoformat()}).encode() + b"\n"


def _header(line: bytes) -> Stored | None:
    """Return what the first line of a stored head says; None when it says nothing of the kind."""
    try:
        said = json.loads(line)
        day = date.fromisoformat(said["day"])
        return Stored(day, int(said["streams"]), str(said["digest"]), str(said["signature"]))
    except (ValueError, KeyError, TypeError):
        return None
