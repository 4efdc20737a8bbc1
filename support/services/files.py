"""Sealed files in the store, and the data keys that open them: written before their rows.

A file is named in LooseFile until the transaction of the row that refers to it claims it, so what
a crash left behind is found again without looking through the store.
"""

from collections.abc import Iterable
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import BinaryIO
from uuid import uuid4

import tink
from django.core.files.base import File

from records import clock
from support import sealing, storage
from support.models import EvidenceItem, EvidenceKey, LooseFile, Ticket

# No request and no check of a file takes as long as this.
LOOSE_FOR = timedelta(hours=1)


class Erased(FileNotFoundError):
    """The data key is destroyed: what it sealed cannot be read any more, by anybody."""


def data_key(ticket: Ticket) -> sealing.DataKey:
    """Return a ticket's data key. Raises Erased when it is gone, or was never made."""
    row = EvidenceKey.objects.filter(ticket=ticket).first()
    if row is None:
        raise Erased(f"no data key for ticket {ticket.pk}")
    return sealing.open_key(ticket.uid, row.wrapped)


def make_data_key(ticket: Ticket) -> sealing.DataKey:
    """Return a ticket's data key, made now if it is the first file."""
    if not EvidenceKey.objects.filter(ticket=ticket).exists():
        key = sealing.new_key(ticket.uid)
        values = {"wrapped": key.wrapped, "key_id": key.key_id, "made_at": clock.now()}
        EvidenceKey.objects.get_or_create(ticket=ticket, defaults=values)
    return data_key(ticket)


def destroy_key(ticket: Ticket) -> bool:
    """Destroy a ticket's data key for good: its files and findings are noise from now on."""
    return bool(EvidenceKey.objects.filter(ticket=ticket).delete()[0])


def keep(item: EvidenceItem, content: BinaryIO) -> str:
    """Seal a file for its item and put it into the store; return its name there.

    Takes no part in a transaction: call it before the one that refers to the file, and ``claim``
    in that one. Raises OSError while the store is away or full; nothing is left then.
    """
    name = storage.name_of(item.ticket.uid, item.uid, uuid4())
    key = make_data_key(item.ticket)
    LooseFile.objects.create(key=name, made_at=clock.now())
    with key.seal_file(content, name=name) as sealed:
        kept = storage.save(name, File(sealed, name=name))
    if kept != name:
        raise OSError("the evidence store gave the file another name")
    return name


def claim(*names: str) -> None:
    """Say, in the transaction that refers to files, that they are not loose."""
    LooseFile.objects.filter(key__in=[name for name in names if name]).delete()


def open_(item: EvidenceItem, name: str) -> BinaryIO:
    """Open a file of an item: the plain content as a stream.

    Raises Erased, FileNotFoundError when the store does not have it, OSError while it is away;
    reading raises tink.TinkError for one that was changed or is another item's.
    """
    if not name:
        raise FileNotFoundError(f"item {item.uid} has no such file")
    key = data_key(item.ticket)
    # The name as this row has to have it: a name copied from another row does not open.
    own = storage.name_of(item.ticket.uid, item.uid, name.rpartition("/")[2])
    return key.open_file(storage.open_(name), name=own)


def read(item: EvidenceItem, name: str) -> SpooledTemporaryFile:
    """Return a whole file of an item, proved to be what was sealed, at its beginning.

    Raises as ``open_``; OSError for a file that was changed.
    """
    plain = SpooledTemporaryFile(max_size=sealing.IN_MEMORY_BYTES)
    try:
        with open_(item, name) as stream:
            while chunk := stream.read(sealing.CHUNK_BYTES):
                plain.write(chunk)
    except tink.TinkError as error:
        plain.close()
        raise OSError(f"a file of item {item.uid} does not open") from error
    except BaseException:
        plain.close()
        raise
    plain.seek(0)
    return plain


def drop(names: Iterable[str]) -> int:
    """Have files deleted that no row refers to any more, in the caller's transaction.

    They are gone from the store with the next sweep. Returns how many.
    """
    long_ago = clock.now() - LOOSE_FOR
    rows = [LooseFile(key=name, made_at=long_ago) for name in names if name]
    return len(LooseFile.objects.bulk_create(rows, ignore_conflicts=True))


def sweep(*, at_most: int = 500) -> int:
    """Delete from the store what no row refers to; return how many files.

    May be stopped at any time: what is deleted twice is gone once. Raises OSError while the store
    is away.
    """
    since = clock.now() - LOOSE_FOR
    swept = 0
    for row in LooseFile.objects.filter(made_at__lte=since).order_by("pk")[:at_most]:
        storage.delete(row.key)
        swept += LooseFile.objects.filter(pk=row.pk).delete()[0]
    return swept
