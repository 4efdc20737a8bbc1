"""Codes in letters and mails: derived from their row, in no table, easy to read and to type."""

import hashlib
import hmac
import unicodedata
import uuid

from django.conf import settings

# 32 letters and digits, none of which looks like another: no 0, O, 1, I.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LETTER, STOP, LINK = "letter", "stop", "link"
LENGTHS = {LETTER: 8, STOP: 10, LINK: 8}


def derive(purpose: str, uid: uuid.UUID) -> str:
    """Return the code of a letter or link for a purpose, in two groups, by today's key."""
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
    return spell(int.from_bytes(mac), LENGTHS[purpose])


def spell(number: int, length: int) -> str:
    """Return the last digits of a number in our alphabet, lowest first."""
    signs = []
    for _sign in range(length):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)


def number_of(text: str) -> int | None:
    """Return the number that ``spell`` spelled; None where a sign is none of ours."""
    if not set(text) <= set(ALPHABET):
        return None
    return sum(ALPHABET.index(sign) * len(ALPHABET) ** place for place, sign in enumerate(text))
