"""How an owner known only from an import becomes one who may see, share and hand over."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from chargers.models import Charger, Tenure
from chargers.permissions import is_owner
from chargers.refusals import ContactChanged
from chargers.services.holds import refuse_while_held, require_transaction
from chargers.services.standing import contact_changed, ready_at
from records import clock, events, outbox


@transaction.atomic
def begin_establishing(*, charger: Charger, by: User) -> Tenure:
    """Send a notice to every channel on record and start the owner's wait of 72 hours.

    Asked again, it changes nothing. Raises PermissionDenied for anyone but the owner, Paused while
    a hold is open, ContactChanged while the owner's contact is new.
    """
    charger = Charger.objects.lock(charger.pk)
    now = clock.now()
    if not is_owner(charger, by, now):
        raise PermissionDenied
    tenure = charger.owner_tenure(now)
    if tenure.established or tenure.establishing_since:
        return tenure
    refuse_while_held(charger)
    if contact_changed(by, now):
        raise ContactChanged
    tenure.establishing_since = now
    tenure.save(update_fields=["establishing_since"])
    events.record(charger.stream, "establishing_begun", at=now, actor=by, tenure=tenure.uid)
    key = f"establish:{tenure.uid}:{now.timestamp():.0f}"
    outbox.put("establish_notice", key, at=now, tenure_uid=tenure.uid)
    return tenure


def told(*, charger: Charger, at: datetime) -> None:
    """Count the owner's 72 hours from the moment that the last notice was accepted.

    The caller holds the charger's lock.
    """
    require_transaction()
    tenure = charger.owner_tenure(at)
    if tenure and not tenure.established and tenure.establishing_since:
        tenure.establishing_since = max(at, tenure.establishing_since)
        tenure.save(update_fields=["establishing_since"])


def stop_establishing(*, charger: Charger, at: datetime, reason: str) -> None:
    """Start over: the notice reached nobody, or somebody said no. ``reason`` is a code.

    The caller holds the charger's lock.
    """
    require_transaction()
    tenure = charger.owner_tenure(at)
    if tenure is None or tenure.established or tenure.establishing_since is None:
        return
    tenure.establishing_since = None
    tenure.save(update_fields=["establishing_since"])
    _record(charger, "establishing_stopped", at, tenure=tenure.uid, reason=reason)


def establish(*, charger: Charger, at: datetime, origin: str) -> Tenure | None:
    """Establish the owner by a letter code they entered or a presence accepted from them.

    The caller holds the charger's lock. Returns the owner's tenure, None when there is no owner.
    """
    require_transaction()
    tenure = charger.owner_tenure(at)
    if tenure is not None and not tenure.established:
        tenure.established_at = at
        tenure.save(update_fields=["established_at"])
        _record(charger, "owner_established", at, tenure=tenure.uid, origin=origin)
    return tenure


def establish_if_due(*, charger: Charger, at: datetime) -> bool:
    """Establish the owner when the 72 hours are over and nothing is open; say if established.

    The caller holds the charger's lock.
    """
    require_transaction()
    tenure = charger.owner_tenure(at)
    if tenure is None or tenure.established:
        return tenure is not None
    ready = ready_at(charger, tenure)
    if ready is None or ready > at or charger.open_holds().exists():
        return False
    establish(charger=charger, at=at, origin="notice")
    return True


def _record(charger: Charger, kind: str, at: datetime, **data) -> None:
    events.record(charger.stream, kind, at=at, by_what="system", **data)
