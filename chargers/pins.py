"""The PIN at rest: the only code that ever holds a plain one.

A PIN can never be changed, so it is sealed with an AEAD that is bound to its charger: a sealed
PIN copied to another charger's row does not open. The keys live outside the database, in a tink
keyset with one primary key and the older ones.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import tink
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from tink import aead, cleartext_keyset_handle, secret_key_access
from tink.proto import aes_gcm_pb2, tink_pb2

PIN_SHAPE = re.compile(r"[0-9A-Za-z]{4,16}", re.ASCII)
LONGEST = 16
KEYSET_PURPOSE = b"handover.pin-keyset"
KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmKey"


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
    keys = _keys()
    padded = pin.encode().ljust(LONGEST, b"\0")  # the length of a PIN is part of the secret
    ciphertext = keys.primitive.encrypt(padded, _bound_to(charger_uid))
    return Sealed(ciphertext, keys.primary_id)


@sensitive_variables()
def open_sealed(*, charger_uid: UUID, ciphertext: bytes) -> PinValue:
    """Open a sealed PIN. Raises tink.TinkError when it was sealed for another charger."""
    padded = _keys().primitive.decrypt(bytes(ciphertext), _bound_to(charger_uid))
    return PinValue(padded.rstrip(b"\0").decode())


@sensitive_variables()
def opens_to(*, charger_uid: UUID, ciphertext: bytes, pin: str) -> bool:
    """Say whether this is the sealed PIN: for imports, never for anything a person can ask."""
    known = open_sealed(charger_uid=charger_uid, ciphertext=ciphertext).digits()
    return hmac.compare_digest(known.encode(), pin.encode())


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
    return _keys().primary_id


def new_keyset() -> str:
    """Return the text of a keyset with one new key, wrapped when PIN_KEK is set."""
    return _written(_generate())


def with_new_primary(text: str) -> str:
    """Return a keyset's text with a new primary key; the older keys still open."""
    keyset = _keyset_of(_read(text))
    fresh = _generate()
    while fresh.primary_key_id in {key.key_id for key in keyset.key}:
        fresh = _generate()
    keyset.key.extend(fresh.key)
    keyset.primary_key_id = fresh.primary_key_id
    return _written(keyset)


def _bound_to(charger_uid: UUID) -> bytes:
    return f"handover.charger:{charger_uid}:pin".encode()


@dataclass(frozen=True)
class _Keys:
    primitive: aead.Aead
    primary_id: int

    def __repr__(self) -> str:
        return "<PIN keys>"


def _keys() -> _Keys:
    """Return the keyset in force; a file changed by a rotation is read again."""
    source = settings.PIN_KEYSET
    if source.lstrip().startswith("{"):
        return _parse(source, settings.PIN_KEK)
    try:
        return _load(source, Path(source).stat().st_mtime_ns, settings.PIN_KEK)
    except OSError as error:
        raise ImproperlyConfigured(
            "The PIN keyset cannot be read. Set PIN_KEYSET, or run `manage.py make_pin_keys`."
        ) from error


@lru_cache(maxsize=4)
def _load(path: str, _changed_ns: int, kek: str) -> _Keys:
    return _parse(Path(path).read_text(), kek)


@lru_cache(maxsize=4)
def _parse(text: str, _kek: str) -> _Keys:
    handle = _read(text)
    return _Keys(handle.primitive(aead.Aead), handle.keyset_info().primary_key_id)


@lru_cache(maxsize=1)
def _register() -> None:
    aead.register()


def _generate() -> tink_pb2.Keyset:
    _register()
    return _keyset_of(tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM))


def _keyset_of(handle: tink.KeysetHandle) -> tink_pb2.Keyset:
    plain = tink.proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return tink_pb2.Keyset.FromString(plain)


def _read(text: str) -> tink.KeysetHandle:
    """Return the keyset in tink's JSON. Raises ImproperlyConfigured, which shows none of it."""
    _register()
    wrapping = _wrapping()
    try:
        if wrapping:
            return tink.json_proto_keyset_format.parse_encrypted(text, wrapping, KEYSET_PURPOSE)
        return tink.json_proto_keyset_format.parse(text, secret_key_access.TOKEN)
    except (ValueError, tink.TinkError):
        raise ImproperlyConfigured(
            "The PIN keyset does not open: it is damaged, or PIN_KEK is not its key."
        ) from None


def _written(keyset: tink_pb2.Keyset) -> str:
    handle, form = cleartext_keyset_handle.from_keyset(keyset), tink.json_proto_keyset_format
    wrapping = _wrapping()
    if wrapping:
        return form.serialize_encrypted(handle, wrapping, KEYSET_PURPOSE)
    return form.serialize(handle, secret_key_access.TOKEN)


def _wrapping() -> aead.Aead | None:
    """Return the AEAD of the key-encryption key PIN_KEK (base64 of 32 bytes), or None."""
    if not settings.PIN_KEK:
        return None
    try:
        raw = base64.b64decode(settings.PIN_KEK, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured("PIN_KEK is not base64.") from error
    if len(raw) != 32:
        raise ImproperlyConfigured("PIN_KEK is not 32 bytes.")
    _register()
    keyset = tink_pb2.Keyset(primary_key_id=1)
    key = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    key.key_data.type_url = KEY_TYPE
    key.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    key.key_data.value = aes_gcm_pb2.AesGcmKey(key_value=raw).SerializeToString()
    return cleartext_keyset_handle.from_keyset(keyset).primitive(aead.Aead)
