"""Finding a charger by what was typed, and making one that only a ticket knows."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from chargers import serials
from chargers.models import Charger, Hold, Installation, OwnerState, Tenure


def find(serial_text: str) -> Charger | None:
    """Return the charger with this serial, or the only one whose label reads alike, or None.

    A registered charger goes before one that is known only from a ticket. Raises ValidationError
    when the text holds no serial or a longer one than 40 characters.
    """
    serial = serials.normalise(serial_text)
    alike = list(
        Charger.objects.real()
        .filter(lookup_key=serials.lookup_key(serial))
        .select_related("installation")
    )
    for candidates in (
        [charger for charger in alike if charger.serial == serial and charger.registered_at],
        [charger for charger in alike if charger.registered_at],
        [charger for charger in alike if charger.serial == serial],
        alike,
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            return None
    return None


def make_unregistered(*, serial: str, at: datetime) -> Charger:
    """Return the charger of an unknown serial: it runs the same course until an import knows it.

    One that the same serial made before is returned again. Raises ValidationError as
    ``serials.normalise``.
    """
    serial = serials.normalise(serial)
    charger, _made = Charger.objects.get_or_create(
        vendor="",
        serial=serial,
        defaults={"lookup_key": serials.lookup_key(serial), "made_at": at},
    )
    return charger


def make_training(
    *,
    serial: str,
    model: str,
    place: dict,
    at: datetime,
    owner: User | None = None,
    since: datetime | None = None,
) -> Charger:
    """Return a charger that is none, at a place that is none: for a planted forgery.

    Nobody who types its serial number is led to it, and it never has a PIN. ``owner``, who is
    nobody either, is on record as an import would have it, ``since`` that moment.
    """
    key = secrets.token_hex(12)
    where = Installation.objects.create(vendor=Charger.TRAINING, external_id=key, **place)
    charger = Charger.objects.create(
        vendor=Charger.TRAINING,
        serial=serial,
        lookup_key=serials.lookup_key(serial),
        model=model,
        external_id=key,
        installation=where,
        registered_at=since or at,
        owner_state=OwnerState.KNOWN if owner else OwnerState.NONE,
        made_at=since or at,
    )
    if owner:
        origin = f"import:{where.uid}"
        about = {"role": Tenure.Role.OWNER, "charger": charger, "person": owner}
        Tenure.objects.create(**about, starts_at=since or at, source=origin)
    return charger


def match_key(*, vendor: str, name: str, postal_code: str, line: str) -> str:
    """Return what two sources have in common that name one place; empty when nothing is said.

    Case, accents' encoding, spaces and punctuation do not count: "Storgata 12 B" is "storgata 12b".
    """
    parts = [_letters_and_digits(part) for part in (name, postal_code, line)]
    if not any(parts):
        return ""
    return hashlib.blake2b("\n".join([vendor, *parts]).encode(), digest_size=20).hexdigest()


def _letters_and_digits(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def under_way(charger_ids: Iterable[int]) -> set[int]:
    """Return those chargers with an open dispute, freeze, contest or ticket.

    Tickets belong to another room, which is asked by the name in ``CHARGERS_WITH_OPEN_TICKETS``.
    """
    ids = list(charger_ids)
    held = Hold.objects.filter(charger__in=ids, lifted_at=None)
    found = set(held.values_list("charger_id", flat=True))
    asked = import_string(settings.CHARGERS_WITH_OPEN_TICKETS)
    return found | asked(ids) if ids else found
