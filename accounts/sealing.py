"""Secrets of second factors at rest: sealed for one row, by a key that is not in the database."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

_NONCE_BYTES = 12


@sensitive_variables()
def seal(secret: bytes, *, bound_to: str) -> bytes:
    """Seal a secret for ``bound_to`` and nothing else, by the newest of FACTOR_KEYS."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(settings.FACTOR_KEYS[0]).encrypt(nonce, secret, bound_to.encode())


@sensitive_variables()
def open_sealed(sealed: bytes, *, bound_to: str) -> bytes:
    """Open what was sealed by any of FACTOR_KEYS.

    Raises ValueError when it was sealed for something else, or by a key that is gone.
    """
    nonce, ciphertext = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
    for key in settings.FACTOR_KEYS:
        try:
            return _cipher(key).decrypt(nonce, ciphertext, bound_to.encode())
        except InvalidTag:
            continue
    raise ValueError("sealed for something else, or by a key that is not among FACTOR_KEYS")


def is_newest(sealed: bytes, *, bound_to: str) -> bool:
    """Say whether the newest of FACTOR_KEYS is the one that sealed it."""
    nonce, ciphertext = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
    try:
        _cipher(settings.FACTOR_KEYS[0]).decrypt(nonce, ciphertext, bound_to.encode())
    except InvalidTag:
        return False
    return True


@sensitive_variables()
def hashes(secret: str, *, bound_to: str) -> list[str]:
    """Return the keyed hashes of a secret, by each of FACTOR_KEYS, the newest first."""
    text = f"accounts.recovery:{bound_to}:{secret}".encode()
    return [hmac.new(k.encode(), text, hashlib.sha256).hexdigest() for k in settings.FACTOR_KEYS]


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"accounts.factor:" + key.encode()).digest())
