"""Bringing sealed PINs to the primary key, a batch at a time."""

from django.db import transaction

from chargers import pins
from chargers.models import Pin
from records import clock


def count_waiting() -> int:
    """Return how many PINs are sealed with an older key."""
    return Pin.objects.exclude(key_id=pins.primary_key_id()).count()


@transaction.atomic
def reseal_some(*, at_most: int) -> int:
    """Seal up to ``at_most`` PINs of older keys again, in one transaction; return how many."""
    waiting = (
        Pin.objects.exclude(key_id=pins.primary_key_id())
        .select_related("charger")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")[:at_most]
    )
    rows = list(waiting)
    for row in rows:
        sealed = pins.reseal(charger_uid=row.charger.uid, ciphertext=row.ciphertext)
        row.ciphertext, row.key_id = sealed.ciphertext, sealed.key_id
        row.sealed_at = clock.now()
    Pin.objects.bulk_update(rows, ["ciphertext", "key_id", "sealed_at"])
    return len(rows)
