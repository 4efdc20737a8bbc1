"""Showing a PIN: to the owner, to service with a job, to the receiver of a share."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chargers.models import Charger
from chargers.permissions import Right, right_of
from chargers.pins import PinValue
from chargers.services.establishing import (
    begin_establishing,
    establish,
    establish_if_due,
    stop_establishing,
)
from chargers.services.exposure import Exposure, exposure
from chargers.services.looks import open_pin, put_on_record, same_look
from chargers.services.shares import cancel_share, open_share, share
from chargers.services.standing import (
    contact_changed,
    pin_of,
    require_fresh,
    require_looks_left,
    require_open,
    why_not,
    why_not_share,
)
from records import clock

__all__ = [
    "Exposure",
    "begin_establishing",
    "cancel_share",
    "contact_changed",
    "establish",
    "establish_if_due",
    "exposure",
    "open_share",
    "reveal",
    "share",
    "stop_establishing",
    "why_not",
    "why_not_share",
]


@transaction.atomic
def reveal(
    *, charger: Charger, by: User, authenticated_at: datetime | None, job: str = ""
) -> PinValue:
    """Return the charger's PIN to a person with a right to see it, and record the look.

    ``authenticated_at`` may be at most 5 minutes ago; ``job`` names the work that service has
    here. A second call within 5 minutes is the same look; at most 5 looks in 24 h at a charger,
    and 10 chargers of a service person. The owner is told. The PIN is returned and nowhere
    written down: no event, log line or message has it.

    Raises PermissionDenied if ``by`` has no right now, NotFresh, Paused while a hold stands in
    the way, ContactChanged, Unestablished, ValidationError without a job, NoPin, TooMany.
    """
    charger = Charger.objects.lock(charger.pk)
    now = clock.now()
    right = right_of(charger, by, now)
    if right is None:
        raise PermissionDenied
    require_fresh(authenticated_at)
    require_open(charger=charger, user=by, right=right, at=now)
    if right.is_owner:
        establish_if_due(charger=charger, at=now)
    pin_of(charger)
    _look(charger, by, right, "" if right.is_owner else _required(job), now)
    return open_pin(charger)


def _look(charger: Charger, by: User, right: Right, job: str, at: datetime) -> None:
    """Put the look on record, unless it is still the one of a moment ago."""
    used = {
        "tenure": None if right.grant else right.tenure,
        "grant": right.grant,
        "job": job,
    }
    if same_look(charger=charger, person=by, at=at, **used):
        return
    if not right.is_owner:  # ten chargers a day are counted over all chargers, one at a time
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
    require_looks_left(charger=charger, user=by, right=right, at=at)
    put_on_record(charger=charger, person=by, at=at, **used)


def _required(job: str) -> str:
    """Return the named job. Raises ValidationError when it is missing or too long."""
    job = " ".join(job.split())
    if not 3 <= len(job) <= 200:
        raise ValidationError({"job": _("Say which job you are here for, in 3 to 200 letters.")})
    return job
