"""Codes printed in letters: derived from the letter, in no table, easy to read and to type."""

import hashlib
import hmac
import unicodedata
import uuid

from django.conf import settings

# 32 letters and digits, none of which looks like another: no 0, O, 1, I.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LETTER, STOP = "letter", "stop"
LENGTHS = {LETTER: 8, STOP: 10}


def derive(purpose: str, uid: uuid.UUID) -> str:
    """Return the code of a letter for a purpose, in two groups, by today's key."""
    code = _derive(purpose, uid, settings.CODE_KEYS[0])
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def fits(typed: str, purpose: str, uid: uuid.UUID) -> bool:
    """Tell in constant time whether what was typed is the code, by any of the keys.

    Case, spaces and signs do not matter.
    """
    plain = normalise(typed).encode()
    results = [
        hmac.compare_digest(_derive(purpose, uid, key).encode(), plain)
        for key in settings.CODE_KEYS
    ]
    return any(results)


def normalise(typed: str) -> str:
    """Return what was typed as capital letters and digits only."""
    text = unicodedata.normalize("NFKC", typed[:80]).upper()
    return "".join(sign for sign in text if sign.isalnum())


def _derive(purpose: str, uid: uuid.UUID, key: str) -> str:
    mac = hmac.new(key.encode(), f"support.{purpose}:{uid}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(mac)
    signs = []
    for _sign in range(LENGTHS[purpose]):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)
