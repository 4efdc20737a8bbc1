"""Decoys: which chargers are, and making one. No page lists them; the command does."""

from collections.abc import Set

from django.db import transaction

from accounts.models import User
from chargers.models import Charger, Decoy
from records import access, clock, events


def found(charger_ids: Set[int | None], *, by: User) -> None:
    """Put it on record when a search has shown a decoy; of other chargers nothing is written."""
    for decoy in Decoy.objects.filter(charger__in=charger_ids - {None}).select_related("charger"):
        access.saw(actor=by, what="search_hit", subject=decoy.charger.stream)


@transaction.atomic
def add(charger: Charger) -> bool:
    """Make a charger a decoy; False when it is one already."""
    now = clock.now()
    _row, is_new = Decoy.objects.get_or_create(charger=charger, defaults={"made_at": now})
    if is_new:
        events.record("decoys", "decoy_added", at=now, by_what="system", charger=charger.uid)
    return is_new


@transaction.atomic
def remove(charger: Charger) -> bool:
    """Make a decoy an ordinary charger again; False when it was none."""
    gone, _kinds = Decoy.objects.filter(charger=charger).delete()
    if gone:
        events.record(
            "decoys", "decoy_removed", at=clock.now(), by_what="system", charger=charger.uid
        )
    return bool(gone)
