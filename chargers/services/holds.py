"""Placing and lifting what stops a charger from changing hands."""

from datetime import datetime

from django.db import connection
from django.db.transaction import TransactionManagementError

from chargers.models import Charger, Hold
from chargers.refusals import Paused
from records import events


def require_transaction() -> None:
    """Refuse to go on outside a transaction: the caller holds the charger's lock until it ends."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("The caller must hold the charger's lock.")


def refuse_while_held(charger: Charger) -> None:
    """Raise Paused while a dispute, freeze or contest is open on the charger."""
    if charger.open_holds().exists():
        raise Paused


def place(*, charger: Charger, kind: str, at: datetime) -> Hold:
    """Open a hold of this kind, or return the open one. The caller holds the charger's lock."""
    require_transaction()
    hold = charger.open_holds().filter(kind=kind).first()
    if hold:
        return hold
    hold = Hold.objects.create(charger=charger, kind=kind, placed_at=at)
    events.record(
        charger.stream, "hold_placed", at=at, by_what="system", hold=hold.uid, of=hold.kind
    )
    return hold


def lift(*, charger: Charger, kind: str, at: datetime) -> Hold | None:
    """Lift the open hold of this kind and return it; None when none was open.

    The caller holds the charger's lock.
    """
    require_transaction()
    hold = charger.open_holds().filter(kind=kind).first()
    if hold is None:
        return None
    hold.lifted_at = at
    hold.save(update_fields=["lifted_at"])
    events.record(
        charger.stream, "hold_lifted", at=at, by_what="system", hold=hold.uid, of=hold.kind
    )
    return hold
