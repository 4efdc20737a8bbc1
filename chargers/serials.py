"""Serial numbers as people type them, as we keep them, and what they tell about a station."""

import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chargers.vendors import VENDORS
from chargers.vendors.protocol import SerialPattern

LONGEST = 40
# What a label's print is misread as.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1"})
PREFIX_LENGTH = 3


@dataclass(frozen=True)
class Recognised:
    """What a serial tells: the model (empty if unknown), whether it is a meter and not a station.

    ``known`` is False when the whole serial does not look like any of a vendor we know.
    """

    model: str
    is_meter: bool
    known: bool


def normalise(text: str) -> str:
    """Return a typed serial as it is stored: NFKC, upper case, letters and digits only.

    Separators, control and direction characters are dropped. Raises ValidationError when nothing
    is left or more than 40 characters are.
    """
    serial = _plain(text)
    if not serial:
        raise ValidationError(
            _("Type the serial number: three letters and six digits, as on the label."),
            code="serial_empty",
        )
    if len(serial) > LONGEST:
        raise ValidationError(
            _("A serial number has at most 40 characters. It is on the label of the station."),
            code="serial_long",
        )
    return serial


def lookup_key(serial: str) -> str:
    """Return what two readings of one label have in common: O is 0 and I is 1."""
    return serial.translate(_LOOKALIKES)


def recognise(serial: str) -> Recognised:
    """Say what a normalised serial tells, also where O was typed for 0 or I for 1."""
    pattern = _pattern_of(serial)
    if pattern is None:
        return Recognised(model="", is_meter=False, known=False)
    known = pattern.tail.fullmatch(lookup_key(serial[PREFIX_LENGTH:])) is not None
    return Recognised(model=pattern.model, is_meter=pattern.is_meter, known=known)


def correct(serial: str) -> str:
    """Return the serial with O and I read as digits where that makes it one that we know."""
    if not recognise(serial).known:
        return serial
    return serial[:PREFIX_LENGTH] + lookup_key(serial[PREFIX_LENGTH:])


def _pattern_of(serial: str) -> SerialPattern | None:
    return _PATTERNS.get(serial[:PREFIX_LENGTH])


_PATTERNS = {
    prefix: pattern
    for vendor in VENDORS.values()
    for pattern in vendor.serial_patterns
    for prefix in pattern.prefixes
}


def _plain(text: str) -> str:
    """Return letters and digits only, upper case; digits of any script become 0 to 9."""
    if text.isascii():
        return "".join(filter(str.isalnum, text)).upper()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    kept = "".join(_digit(letter) for letter in folded if letter.isalnum())
    return unicodedata.normalize("NFKC", kept)


def _digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
