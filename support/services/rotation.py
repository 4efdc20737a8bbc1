"""Bringing what is sealed to the newest key: what there is, a batch at a time, cut off at will.

One line for each thing that is sealed. A row is sealed again in its own transaction's batch, so a
run that is killed leaves every row readable by a key that is still there, and the next run goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import tink
from django.db import transaction
from django.db.models import BinaryField, F, Func, Model, QuerySet, Value

from accounts import factors
from accounts.models import Factor
from chargers import pins
from chargers.models import Pin
from records import clock, keysets
from records.keysets import Keyset
from support import sealing
from support.models import EvidenceKey


@dataclass(frozen=True)
class Sealed:
    """What is sealed by one keyset: its rows, those that wait, and how one is sealed again.

    ``keyset`` is None where the keys stand in a setting, the newest first. ``ciphertext`` names
    the column; ``reseal`` sets it, with ``changes``, on a row and raises TinkError or ValueError
    for one that no key of ours opens.
    """

    what: str
    keyset: Keyset | None
    rows: Callable[[], QuerySet]
    waits: Callable[[QuerySet], QuerySet]
    reseal: Callable[[Model], None]
    ciphertext: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """What one transaction did: the rows it looked at, sealed again, and could not open."""

    read: int
    sealed: int
    unreadable: tuple[int, ...]
    last: int


def _reseal_pin(row: Pin) -> None:
    sealed = pins.reseal(charger_uid=row.charger.uid, ciphertext=row.ciphertext)
    row.ciphertext, row.key_id, row.sealed_at = sealed.ciphertext, sealed.key_id, clock.now()


def _rewrap(row: EvidenceKey) -> None:
    """Wrap a request's data key again; what it sealed stays as it is."""
    key = sealing.rewrap(row.ticket.uid, row.wrapped)
    row.wrapped, row.key_id = key.wrapped, key.key_id


TABLE = {
    "pins": Sealed(
        what="PINs",
        keyset=pins.KEYSET,
        rows=lambda: Pin.objects.select_related("charger"),
        waits=lambda rows: rows.exclude(key_id=pins.primary_key_id()),
        reseal=_reseal_pin,
        ciphertext="ciphertext",
        changes=("ciphertext", "key_id", "sealed_at"),
    ),
    "evidence": Sealed(
        what="data keys of evidence",
        keyset=sealing.KEYSET,
        rows=lambda: EvidenceKey.objects.select_related("ticket"),
        waits=lambda rows: rows.exclude(key_id=sealing.primary_key_id()),
        reseal=_rewrap,
        ciphertext="wrapped",
        changes=("wrapped", "key_id"),
    ),
    "factors": Sealed(
        what="authenticator apps",
        keyset=None,
        rows=lambda: Factor.objects.exclude(sealed=None),
        waits=factors.sealed_by_older_keys,
        reseal=factors.reseal,
        ciphertext="sealed",
        changes=("sealed",),
    ),
}


def count_waiting(sealed: Sealed) -> int:
    """Return how many rows are not sealed by the newest key."""
    return sealed.waits(sealed.rows()).count()


def add_key(sealed: Sealed) -> bool:
    """Add a new primary key to the keyset's file; False when its keys are not in a file of ours."""
    if sealed.keyset is None or not keysets.is_file(sealed.keyset):
        return False
    keysets.make(sealed.keyset, new_primary=True)
    return True


def run(sealed: Sealed, *, at_most: int) -> Iterator[Batch]:
    """Seal everything that waits again, yielding each batch once it is committed.

    Rows that came in behind are taken in another round. It ends when nothing waits but what no
    key opens; those rows are in the batches' ``unreadable`` and stay as they are.
    """
    bad: set[int] = set()
    while True:
        last, done = 0, 0
        while (batch := reseal_some(sealed, after=last, at_most=at_most)).read:
            last, done = batch.last, done + batch.sealed
            bad.update(batch.unreadable)
            yield batch
        if not done or count_waiting(sealed) <= len(bad):
            return


@transaction.atomic
def reseal_some(sealed: Sealed, *, after: int, at_most: int) -> Batch:
    """Seal up to ``at_most`` waiting rows with a key above ``after`` again, in one transaction."""
    waiting = sealed.waits(sealed.rows()).filter(pk__gt=after).order_by("pk")
    rows = list(waiting.select_for_update(of=("self",), no_key=True)[:at_most])
    done, unreadable = [], []
    for row in rows:
        try:
            sealed.reseal(row)
            done.append(row)
        except (tink.TinkError, ValueError):
            unreadable.append(row.pk)
    if done:
        type(done[0]).objects.bulk_update(done, sealed.changes)
    last = rows[-1].pk if rows else after
    return Batch(len(rows), len(done), tuple(unreadable), last)


def retire(sealed: Sealed) -> int:
    """Take the keys that no row needs out of the keyset's file; return how many.

    What a row needs is read from the ciphertexts themselves. A backup may still need an older key:
    keep a copy of the keyset with it. Raises ValueError when its keys are not in a file of ours.
    """
    if sealed.keyset is None or not keysets.is_file(sealed.keyset):
        raise ValueError(f"The keys of {sealed.what} are not in a file: take old ones out by hand.")
    return keysets.keep_only(sealed.keyset, _keys_in_use(sealed))


def _keys_in_use(sealed: Sealed) -> set[int]:
    """Return the ids that stand in the ciphertexts: tink's prefix is a 1 and four bytes of it."""
    of_key = Func(
        F(sealed.ciphertext), Value(2), Value(4), function="substring", output_field=BinaryField()
    )
    found = sealed.rows().order_by().values_list(of_key, flat=True).distinct()
    return {int.from_bytes(bytes(prefix)) for prefix in found}
