"""Ways in without an account: one link per party and charger, signed, dated, revocable."""

import base64
import binascii
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import InstallerFirm, User
from chargers.models import Charger
from records import clock
from support import codes
from support.models import Link, Ticket

LASTS = timedelta(days=120)
# What is typed instead of a link: so many signs of its name, by which it is found, then a proof.
NAMED_BY = 4
_REST = 128 - 5 * NAMED_BY
# Between name and signature; neither has it.
SIGN = "."


def make(
    *,
    purpose: str,
    charger: Charger,
    at: datetime,
    party: User | None = None,
    firm: InstallerFirm | None = None,
    ticket: Ticket | None = None,
    as_board: bool = False,
) -> Link:
    """Return the party's link to this charger, good for 120 days from ``at``.

    An open one is used again and its end moved ahead. An owner's link belongs to party and
    charger, whatever the ticket; a firm's and a receiver's to one ticket. The caller holds the
    charger's lock.
    """
    whose = {"purpose": Link.Purpose(purpose), "charger": charger, "party": party, "firm": firm}
    if purpose != Link.Purpose.OWNER:
        whose["ticket"] = ticket
    open_ = Link.objects.filter(**whose, as_board=as_board, revoked_at=None, expires_at__gt=at)
    link = open_.order_by("pk").first()
    if link is None:
        made = {"ticket": ticket, "as_board": as_board, "made_at": at, "expires_at": at + LASTS}
        return Link.objects.create(**whose | made)
    if link.expires_at < at + LASTS:
        link.expires_at = at + LASTS
        link.save(update_fields=["expires_at"])
    return link


@transaction.atomic
def own(*, charger_id: int, party: User) -> Link:
    """Return a signed-in owner's own link to their charger. Raises PermissionDenied for others."""
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    if charger.owner(now) != party:
        raise PermissionDenied
    return make(purpose=Link.Purpose.OWNER, charger=charger, at=now, party=party)


def token(link: Link) -> str:
    """Return the signed text that stands for a link in an address."""
    name = base64.urlsafe_b64encode(link.uid.bytes).decode().rstrip("=")
    return _signer(link.purpose).sign(name)


def open(token: str, *, at: datetime) -> Link:  # noqa: A001 - the verb of the noun
    """Return the link that a token stands for. Changes nothing.

    Raises ValidationError, with what to do, for one that is damaged, out of date or revoked
    (codes ``damaged``, ``expired``, ``revoked``).
    """
    link = _named_by(token)
    if link is None:
        raise _refusal(_("This link is not complete."), "damaged")
    return _usable(link, at)


def code_of(link: Link) -> str:
    """Return what can be typed instead of a link, e.g. ``7KQ2-XM4P-9RTB``."""
    named = codes.spell(link.uid.int >> _REST, NAMED_BY)
    return f"{named}-{codes.derive(codes.LINK, link.uid)}"


def with_code(typed: str, *, at: datetime) -> Link:
    """Return the link that a typed code stands for. Changes nothing.

    Raises ValidationError on ``link_code`` for one of no link; else as ``open``.
    """
    plain = codes.normalise(typed)
    number = codes.number_of(plain[:NAMED_BY])
    if number is not None and len(plain) == NAMED_BY + codes.LENGTHS[codes.LINK]:
        first, last = number << _REST, (number + 1 << _REST) - 1
        near = Link.objects.filter(uid__range=(uuid.UUID(int=first), uuid.UUID(int=last)))
        for link in near:
            if codes.fits(plain[NAMED_BY:], codes.LINK, link.uid):
                return _usable(link, at)
    words = _("No mail of ours has this code. Compare it with the mail, sign by sign.")
    raise ValidationError({"link_code": words})


def _usable(link: Link, at: datetime) -> Link:
    if link.revoked_at:
        raise _refusal(_("This link is no longer in use."), "revoked")
    if link.expires_at <= at:
        raise _refusal(_("This link has run out."), "expired")
    return link


def revoke(
    *,
    charger: Charger,
    at: datetime,
    party: User | None = None,
    firm: InstallerFirm | None = None,
) -> int:
    """Take a party's open links to a charger back; return how many there were."""
    links = Link.objects.filter(charger=charger, party=party, firm=firm, revoked_at=None)
    return links.update(revoked_at=at)


def _named_by(token: str) -> Link | None:
    """Return the link if its purpose's own salt and one of our keys made the signature."""
    name = token.partition(SIGN)[0]
    try:
        uid = uuid.UUID(bytes=base64.urlsafe_b64decode(name.encode("ascii") + b"=="))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        return None
    rows = Link.objects.select_related("charger__installation", "party", "firm", "ticket")
    link = rows.filter(uid=uid).first()
    if link is None:
        return None
    try:
        _signer(link.purpose).unsign(token)
    except BadSignature:
        return None
    return link


def _signer(purpose: str) -> Signer:
    newest, *others = settings.LINK_KEYS
    return Signer(key=newest, fallback_keys=others, salt=f"support.link.{purpose}", sep=SIGN)


def _refusal(what: str, code: str) -> ValidationError:
    cure = {
        "damaged": _(
            "Mail programs sometimes break a long link in two. Copy all of it from the mail, "
            "from https to the last letter, into the address bar."
        ),
        "expired": _("Reply to the mail that it came with, and we send you a new one."),
        "revoked": _(
            "Use the link in the newest mail from us. If there is none, the matter is closed; "
            "reply to the mail if you think that is wrong."
        ),
    }
    return ValidationError(f"{what} {cure[code]}", code=code)
