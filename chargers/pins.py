"""The PIN at rest: the only code that ever holds a plain one.

A PIN can never be changed, so it is sealed with an AEAD that is bound to its charger: a sealed
PIN copied to another charger's row does not open. The keys live outside the database, in a tink
keyset with one primary key and the older ones.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import tink
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from records.keysets import Keyset

PIN_SHAPE = re.compile(r"[0-9A-Za-z]{4,16}", re.ASCII)
LONGEST = 16
KEYSET = Keyset("PIN", "PIN_KEYSET", "PIN_KEK", b"handover.pin-keyset", "make_pin_keys")


class PinValue:
    """A plain PIN on its way to the one page that shows it; it will not be written anywhere else.

    ``digits()`` gives it away. Everything that would do so by accident (text, logs, JSON, pickles,
    comparison, copies) is a TypeError.
    """

    __slots__ = ("_tell",)

    def __init__(self, digits: str) -> None:
        self._tell = lambda: digits

    def digits(self) -> str:
        """Return the PIN as it is typed into the maker's app; for the reveal page alone."""
        return self._tell()

    def _refuse(self, *_args, **_kwargs):
        raise TypeError("A PIN is not written down.")

    __str__ = __repr__ = __format__ = __bytes__ = __hash__ = __eq__ = _refuse
    __iter__ = __len__ = __bool__ = __copy__ = __deepcopy__ = _refuse
    __reduce__ = __reduce_ex__ = __getstate__ = _refuse


@dataclass(frozen=True)
class Sealed:
    """A PIN as the database keeps it: the ciphertext and the key that made it."""

    ciphertext: bytes
    key_id: int


@sensitive_variables()
def seal(*, charger_uid: UUID, pin: str) -> Sealed:
    """Seal a PIN (text of 4 to 16 of 0-9, A-Z, a-z) for this charger and no other.

    Raises ValidationError, which does not repeat it, when the PIN has another shape.
    """
    if not isinstance(pin, str) or not PIN_SHAPE.fullmatch(pin):
        raise ValidationError(_("A PIN has 4 to 16 letters and digits."), code="pin_shape")
    keys = KEYSET.keys()
    padded = pin.encode().ljust(LONGEST, b"\0")  # the length of a PIN is part of the secret
    ciphertext = keys.primitive.encrypt(padded, _bound_to(charger_uid))
    return Sealed(ciphertext, keys.primary_id)


@sensitive_variables()
def open_sealed(*, charger_uid: UUID, ciphertext: bytes) -> PinValue:
    """Open a sealed PIN. Raises tink.TinkError when it was sealed for another charger."""
    padded = KEYSET.keys().primitive.decrypt(bytes(ciphertext), _bound_to(charger_uid))
    return PinValue(padded.rstrip(b"\0").decode())


@sensitive_variables()
def opens_to(*, charger_uid: UUID, ciphertext: bytes, pin: str) -> bool:
    """Say whether this is the sealed PIN: for imports, never for anything a person can ask."""
    known = open_sealed(charger_uid=charger_uid, ciphertext=ciphertext).digits()
    return hmac.compare_digest(known.encode(), pin.encode())


@sensitive_variables()
def to_cover(*, charger_uid: UUID, ciphertext: bytes, candidates: Sequence[str]) -> list[int]:
    """Return which of the words read on a picture show this PIN, by their places in the list.

    Letters and digits that are misread for each other count as the same. For the background
    reading of pictures alone: called with what a person may choose, it would be an oracle.
    """
    known = open_sealed(charger_uid=charger_uid, ciphertext=ciphertext).digits()
    pin = _misread(known)
    lengths = (len(pin), len(pin) + len(_PIN_WORD))
    shown = []
    for place, candidate in enumerate(candidates):
        if len(candidate) not in lengths:
            continue
        word = _misread(candidate)
        if any(hmac.compare_digest(form, pin) for form in (word, word.removeprefix(_PIN_WORD))):
            shown.append(place)
    return shown


@sensitive_variables()
def is_bound(*, charger_uid: UUID, ciphertext: bytes) -> bool:
    """Say whether a sealed PIN opens for this charger: one copied from another row does not."""
    try:
        open_sealed(charger_uid=charger_uid, ciphertext=ciphertext)
    except tink.TinkError:
        return False
    return True


@sensitive_variables()
def reseal(*, charger_uid: UUID, ciphertext: bytes) -> Sealed:
    """Seal a sealed PIN again, with the primary key."""
    opened = open_sealed(charger_uid=charger_uid, ciphertext=ciphertext)
    return seal(charger_uid=charger_uid, pin=opened.digits())


def primary_key_id() -> int:
    """Return the id of the key that seals today."""
    return KEYSET.keys().primary_id


def _misread(text: str) -> bytes:
    return text.upper().translate(_LOOKALIKES).encode()


_LOOKALIKES = str.maketrans("OQDIL|SBZG", "0001115826")
_PIN_WORD = _misread("PIN")


def _bound_to(charger_uid: UUID) -> bytes:
    return f"handover.charger:{charger_uid}:pin".encode()
