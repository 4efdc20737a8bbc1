"""A copy of what we keep about one person (GDPR Art. 15 and 20): asked for, made, fetched.

It is made in the background, one part a request of theirs, each part a ZIP in the private store,
sealed with a key of the copy's own; what is fetched is one ZIP of all parts, put together as it
is sent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from records import clock, events, outbox
from support import sealing, storage
from support.models import Copy, Ticket
from support.permissions import may_copy
from support.services import own_data

LASTS = timedelta(days=7)
CHUNK = 256 * 1024


@transaction.atomic
def ask(*, person_id: int, by: User) -> Copy:
    """Have a person's copy put together, or return the one that is in the making.

    Raises PermissionDenied for anyone but the person and privacy officers, ValidationError for
    somebody who was erased.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person_id)
    if not may_copy(by, person):
        raise PermissionDenied
    if person.erased_at:
        raise ValidationError(_("They have been erased: nothing about them is left to copy."))
    now = clock.now()
    copy = person.copies_of_data.filter(ready_at=None, removed_at=None, expires_at__gt=now).first()
    if copy:
        return copy
    person.copies_of_data.filter(ready_at=None, removed_at=None).update(
        removed_at=now, sealed_key=b""
    )
    copy = Copy(
        person=person,
        asked_by=by,
        asked_at=now,
        parts=1 + person.tickets.count(),
        expires_at=now + LASTS,
    )
    copy.sealed_key = sealing.new_key(copy.uid).wrapped
    copy.save()
    events.record(f"person:{person.uid}", "copy_asked", at=now, actor=by, copy=copy.uid)
    _put_part(copy, 0, at=now)
    return copy


def _put_part(copy: Copy, number: int, *, at: datetime) -> None:
    outbox.put("copy", f"copy:{copy.uid}:{number}", at=at, copy_uid=copy.uid, number=number)


def make_part_from_outbox(*, key: str, copy_uid: str, number: int) -> None:
    """Outbox handler: make one part and have the next one made. Done again it changes nothing."""
    copy = Copy.objects.select_related("person").get(uid=copy_uid)
    if copy.removed_at or copy.parts_done > number or copy.person.erased_at:
        return
    name = _name(copy, number)
    _store(name, _key(copy).seal_text(_part(copy, number), name=name))
    _count(copy.pk, number)


def _part(copy: Copy, number: int) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as part:
        if number == 0:
            own_data.write_person(part, copy.person, at=copy.asked_at)
        elif ticket := _ticket(copy, number):
            own_data.write_request(part, ticket)
    return content.getvalue()


def _ticket(copy: Copy, number: int) -> Ticket | None:
    tickets = copy.person.tickets.filter(made_at__lte=copy.asked_at).order_by("pk")
    return tickets[number - 1 : number].first() if number else None


def _store(key: str, content: bytes) -> None:
    """Write a part in the place of an earlier try's."""
    store = storage.store()
    if store.exists(key):
        store.delete(key)
    storage.save(key, ContentFile(content))


@transaction.atomic
def _count(copy_id: int, number: int) -> None:
    copy = Copy.objects.select_for_update(of=("self",)).get(pk=copy_id)
    if copy.removed_at or copy.parts_done != number:
        return
    now = clock.now()
    copy.parts_done += 1
    if copy.parts_done == copy.parts:
        copy.ready_at = now
    else:
        _put_part(copy, copy.parts_done, at=now)
    copy.save(update_fields=["parts_done", "ready_at"])


def require_ready(copy: Copy, *, by: User) -> None:
    """Raise PermissionDenied for anybody else, ValidationError while it is no longer or not yet."""
    if not may_copy(by, copy.person):
        raise PermissionDenied
    if copy.removed_at or copy.expires_at <= clock.now():
        raise ValidationError(_("This copy was deleted after seven days. Ask for a new one."))
    if not copy.ready_at:
        raise ValidationError(_("It is still being put together."))


def fetched(copy: Copy, *, by: User) -> None:
    """Put on record that the copy was fetched."""
    stream = f"person:{copy.person.uid}"
    events.record(stream, "copy_fetched", at=clock.now(), actor=by, copy=copy.uid)


def stream(copy: Copy) -> Iterator[bytes]:
    """Yield one ZIP of all parts; never more than a part and a piece of a file in memory."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_STORED) as whole:
        for number in range(copy.parts):
            with ZipFile(BytesIO(_opened(copy, number))) as part:
                for entry in part.infolist():
                    yield from _moved(part, entry, whole, sink)
    yield sink.take()


def _opened(copy: Copy, number: int) -> bytes:
    name = _name(copy, number)
    with storage.open_(name) as file:
        return _key(copy).open_text(file.read(), name=name)


def _moved(part: ZipFile, entry: ZipInfo, whole: ZipFile, sink: "_Sink") -> Iterator[bytes]:
    info = ZipInfo(entry.filename, entry.date_time)
    info.compress_type, info.file_size = ZIP_DEFLATED, entry.file_size
    with part.open(entry) as source, whole.open(info, "w") as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            yield sink.take()


class _Sink:
    """What a ZIP is written into that is sent at once."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        content, self._written = b"".join(self._written), []
        return content


def over(before: datetime) -> QuerySet[Copy]:
    """Return the copies whose time ended before, and that are still in the store."""
    return Copy.objects.filter(removed_at=None, expires_at__lt=before)


def remove(*, copy_uid: str, at: datetime) -> bool:
    """Delete a copy from the store, then mark it; False when it was gone. Safe to repeat."""
    copy = Copy.objects.get(uid=copy_uid)
    if copy.removed_at:
        return False
    for number in range(copy.parts):
        if storage.store().exists(_name(copy, number)):
            storage.store().delete(_name(copy, number))
    gone = {"removed_at": at, "sealed_key": b""}
    return bool(Copy.objects.filter(pk=copy.pk, removed_at=None).update(**gone))


def _key(copy: Copy) -> sealing.DataKey:
    return sealing.open_key(copy.uid, copy.sealed_key)


def _name(copy: Copy, number: int) -> str:
    return f"copies/{copy.uid}/{number}"
