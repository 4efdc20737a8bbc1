"""An owner's one-time showing of a PIN to a named person who was given the code."""

import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import throttles
from accounts.models import User, normalise_email
from chargers.models import Charger, Share
from chargers.permissions import Right, is_owner, right_of
from chargers.pins import PinValue
from chargers.refusals import Paused, Refused, TooMany
from chargers.services.establishing import establish_if_due
from chargers.services.holds import refuse_while_held
from chargers.services.looks import open_pin, put_on_record
from chargers.services.standing import pin_of, require_fresh, require_open
from records import alerts, clock, events, outbox

LASTS = timedelta(hours=72)
TRIES = 5
OPEN_AT_ONCE = 5
# Easy to say: no letter or digit that looks like another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10


@transaction.atomic
def share(*, charger: Charger, by: User, to_name: str, to_email: str) -> tuple[Share, str]:
    """Let a named person see the PIN once within 72 hours; return the share and its code.

    The code is told to the owner here and is kept nowhere. A share to the same address replaces
    the one before. Raises PermissionDenied for anyone but the owner, Paused while any hold is
    open, ContactChanged, Unestablished, NoPin, TooMany beyond 5 open shares, ValidationError.
    """
    to_name, to_email = _clean(by, to_name, to_email)
    charger = Charger.objects.lock(charger.pk)
    now = clock.now()
    right = _require_sharer(charger, by, now)
    _make_room(charger, to_email, by, now)
    throttles.spend(throttles.SHARES_BY_PERSON, str(by.uid))
    share_uid, code = uuid.uuid4(), _new_code()
    made = Share.objects.create(
        uid=share_uid,
        charger=charger,
        tenure=right.tenure,
        to_name=to_name,
        to_email=to_email,
        code_hash=_hashes(share_uid, code)[0],
        made_at=now,
        expires_at=now + LASTS,
    )
    events.record(charger.stream, "share_made", at=now, actor=by, share=made.uid)
    outbox.put("share_made", f"share:{made.uid}", at=now, share_uid=made.uid)
    return made, f"{code[:5]}-{code[5:]}"


@transaction.atomic
def cancel_share(*, share: Share, by: User) -> Share:
    """Take a share back before it is opened; asked again, it changes nothing.

    Raises PermissionDenied for anyone but the owner, Refused once it was opened.
    """
    charger, share, now = _lock(share)
    if not is_owner(charger, by, now):
        raise PermissionDenied
    if share.opened_at:
        raise Refused(_("It was opened already: that cannot be taken back."))
    if share.cancelled_at is None:
        _cancel(share, charger, by, now)
    return share


def open_share(*, share: Share, code: str, by: User, authenticated_at: datetime | None) -> PinValue:
    """Return the PIN to the person the owner named, once; the owner is told.

    ``by`` signed in with the address the owner wrote, at most 5 minutes ago. A wrong code is
    counted even though it is refused; the fifth ends the share. Raises PermissionDenied for
    anyone else, NotFresh, Refused when the share is used, cancelled or over, Paused
    while a hold is open, NoPin, ValidationError for a wrong code.
    """
    require_fresh(authenticated_at)
    with transaction.atomic():
        charger, share, now = _lock(share)
        if not by.is_active or normalise_email(by.email) != share.to_email:
            raise PermissionDenied
        _require_usable(charger, share, now)
        share.tries += 1
        is_right = _fits(share, code)
        share.opened_at = now if is_right else None
        share.save(update_fields=["tries", "opened_at"])
        if is_right:
            events.record(charger.stream, "share_opened", at=now, actor=by, share=share.uid)
            put_on_record(charger=charger, person=by, at=now, share=share)
            return open_pin(charger)
    if share.tries >= TRIES:
        alerts.raise_alert("share_tries", charger.stream, at=now, actor=by, share=str(share.uid))
    raise ValidationError({"code": _wrong(TRIES - share.tries)})


def _clean(by: User, to_name: str, to_email: str) -> tuple[str, str]:
    to_name, to_email = " ".join(to_name.split()), normalise_email(to_email)
    if not to_name or len(to_name) > 200:
        raise ValidationError({"to_name": _("Write the person's name.")})
    try:
        validate_email(to_email)
    except ValidationError as error:
        raise ValidationError({"to_email": error.messages}) from error
    if to_email == normalise_email(by.email):
        raise ValidationError({"to_email": _("This is your own address.")})
    return to_name, to_email


def _require_sharer(charger: Charger, by: User, at: datetime) -> Right:
    right = right_of(charger, by, at)
    if right is None or not right.is_owner:
        raise PermissionDenied
    refuse_while_held(charger)
    require_open(charger=charger, user=by, right=right, at=at)
    establish_if_due(charger=charger, at=at)
    pin_of(charger)
    return right


def _make_room(charger: Charger, to_email: str, by: User, at: datetime) -> None:
    """Cancel what this one replaces, and refuse when too many others are open."""
    waiting = Share.objects.filter(charger=charger, opened_at=None, cancelled_at=None)
    for earlier in waiting.filter(to_email=to_email):
        _cancel(earlier, charger, by, at)
    if waiting.filter(expires_at__gt=at).count() >= OPEN_AT_ONCE:
        raise TooMany(_("Five people have not opened theirs yet. Cancel one of them first."))


def _cancel(share: Share, charger: Charger, by: User, at: datetime) -> None:
    share.cancelled_at = at
    share.save(update_fields=["cancelled_at"])
    events.record(charger.stream, "share_cancelled", at=at, actor=by, share=share.uid)


def _lock(share: Share) -> tuple[Charger, Share, datetime]:
    charger = Charger.objects.lock(share.charger_id)
    return charger, Share.objects.select_related("tenure").get(pk=share.pk), clock.now()


def _require_usable(charger: Charger, share: Share, at: datetime) -> None:
    """Say in plain words why a share cannot be opened any more, or not now."""
    if share.opened_at:
        raise Refused(_("It was opened already. It opens once only."))
    if share.cancelled_at or charger.owner_tenure(at) != share.tenure:
        raise Refused(_("The owner has taken it back."))
    if share.expires_at <= at:
        raise Refused(_("It is over: it could be opened for 72 hours."))
    if share.tries >= TRIES:
        raise Refused(_wrong(0))
    if charger.open_holds().exists():
        raise Paused
    pin_of(charger)


def _wrong(left: int) -> str:
    if left:
        return _("This is not the code. You can try %(left)s more times.") % {"left": left}
    return _("Five wrong codes ended it. Ask the owner to share the PIN again.")


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _letter in range(LENGTH))


def _fits(share: Share, code: str) -> bool:
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    return any(hmac.compare_digest(share.code_hash, h) for h in _hashes(share.uid, typed))


def _hashes(share_uid: uuid.UUID, code: str) -> list[str]:
    """Return the keyed hashes of a code, by today's key first."""
    text = f"share:{share_uid}:{code}".encode()
    return [hmac.new(key.encode(), text, hashlib.sha256).hexdigest() for key in settings.CODE_KEYS]
