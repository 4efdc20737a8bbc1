"""One look at a PIN: on record first, opened last."""

from datetime import datetime, timedelta

from accounts.models import User
from chargers import pins
from chargers.models import Charger, Grant, Reveal, Share, Tenure
from chargers.services.standing import pin_of
from records import access, events, outbox

SAME_LOOK = timedelta(minutes=5)


def same_look(
    *, charger: Charger, person: User, tenure: Tenure | None, grant: Grant | None, job: str, at
) -> Reveal | None:
    """Return the look of the last 5 minutes that a repeated call belongs to, if there is one."""
    recent = Reveal.objects.filter(charger=charger, person=person, at__gt=at - SAME_LOOK)
    return recent.filter(tenure=tenure, grant=grant, share=None, job=job).first()


def put_on_record(
    *,
    charger: Charger,
    person: User,
    at: datetime,
    tenure: Tenure | None = None,
    grant: Grant | None = None,
    share: Share | None = None,
    job: str = "",
) -> Reveal:
    """Write the look and its event, and tell the owner. Exactly one of the rights is given."""
    reveal = Reveal.objects.create(
        charger=charger, person=person, at=at, tenure=tenure, grant=grant, share=share, job=job
    )
    right = grant or share or tenure
    events.record(
        charger.stream,
        "pin_revealed",
        at=at,
        actor=person,
        note=job,
        reveal=reveal.uid,
        right=f"{right._meta.model_name}:{right.uid}",
    )
    access.saw(actor=person, what="pin", subject=charger.stream)
    outbox.put("reveal_notice", f"reveal:{reveal.uid}", at=at, reveal_uid=reveal.uid)
    return reveal


def open_pin(charger: Charger) -> pins.PinValue:
    """Open the charger's PIN, after the look is on record. Raises NoPin when we hold none."""
    sealed = pin_of(charger)
    return pins.open_sealed(charger_uid=charger.uid, ciphertext=sealed.ciphertext)
