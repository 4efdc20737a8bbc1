"""A serial is understood however its label was read."""

import unicodedata
from random import Random

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from chargers import serials
from chargers.vendors import VENDORS

PREFIXES = [
    prefix
    for vendor in VENDORS.values()
    for pattern in vendor.serial_patterns
    for prefix in pattern.prefixes
]
SEPARATORS = ["", " ", "-", ".", "/", "\u2011", "\u2013", "\u00a0", "\u200b", "\t", "\u202e", "_"]
FULL_WIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}
LOOKALIKES = {"0": ["0", "O", "o"], "1": ["1", "I", "i"]}


@st.composite
def mangled(draw):
    """A serial and one of the ways in which people write it."""
    serial = draw(st.sampled_from(PREFIXES)) + f"{draw(st.integers(0, 999_999)):06d}"
    text = ""
    for index, letter in enumerate(serial):
        if index >= 3:
            letter = draw(st.sampled_from(LOOKALIKES.get(letter, [letter])))
        if draw(st.booleans()):
            letter = letter.lower()
        elif draw(st.integers(0, 4)) == 0:
            letter = letter.translate(FULL_WIDTH)
        text += letter + draw(st.sampled_from(SEPARATORS))
    return serial, text


@settings(max_examples=200, deadline=None)
@given(mangled())
def test_a_mangled_serial_is_understood(pair):
    serial, text = pair

    typed = serials.normalise(text)

    assert serials.lookup_key(typed) == serials.lookup_key(serial)
    assert serials.correct(typed) == serial
    assert serials.recognise(typed).known


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_normalised_once_and_for_all_or_refused(text):
    try:
        serial = serials.normalise(text)
    except ValidationError as refusal:
        assert refusal.messages
        return

    assert 1 <= len(serial) <= 40
    assert serials.normalise(serial) == serial
    assert all(unicodedata.category(letter)[0] in "LN" for letter in serial)
    assert serials.recognise(serials.correct(serial)) == serials.recognise(serial)


@pytest.mark.parametrize("text", ["", "   ", "-- /.", "\u202e\u200b", "\x00\n"])
def test_nothing_typed_is_refused_with_words(text):
    with pytest.raises(ValidationError, match="Type the serial number"):
        serials.normalise(text)


def test_a_serial_longer_than_forty_characters_is_refused():
    assert serials.normalise("A" * 40) == "A" * 40
    with pytest.raises(ValidationError, match="at most 40"):
        serials.normalise("A" * 41)


@pytest.mark.parametrize(
    ("serial", "model", "is_meter", "known"),
    [
        ("ZCS123456", "Pro", False, True),
        ("ZPR123456", "Pro", False, True),
        ("ZCH123456", "Pro", False, True),
        ("ZPG123456", "Pro", False, True),
        ("ZAP123456", "Go", False, True),
        ("ZGB123456", "Go", False, True),
        ("ZAG123456", "Go", False, True),
        ("GPN123456", "Go 2", False, True),
        ("GPG123456", "Go 2", False, True),
        ("APH123456", "Sense", True, True),
        ("APG123456", "Sense", True, True),
        ("APM000123", "Sense", True, True),
        ("ZAP12345", "Go", False, False),
        ("ZAP1234567", "Go", False, False),
        ("XYZ12345678", "", False, False),
    ],
)
def test_a_serial_tells_its_model(serial, model, is_meter, known):
    found = serials.recognise(serial)

    assert (found.model, found.is_meter, found.known) == (model, is_meter, known)


def test_an_unknown_serial_keeps_its_letters():
    assert serials.correct("XYZO1I") == "XYZO1I"
    assert serials.lookup_key("XYZO1I") == "XYZ011"


def mangle(serial: str, dice: Random) -> str:
    """Return a serial as people type it: other spaces and cases, look-alikes, full-width, junk."""
    swaps = {"0": "0Oo", "1": "1Ii", "A": "Aa\uff21", "Z": "Zz\uff3a"}
    letters = [dice.choice(swaps.get(sign, sign + sign.lower())) for sign in serial]
    glue = ["", "", "", " ", "-", ".", "\u00a0", "\u200b", "\u2011", "_", "/"]
    ends = ["", " ", "\t", "\u200e", "\ufeff", "#", "*"]
    typed = "".join(letter + dice.choice(glue) for letter in letters)
    return dice.choice(ends) + typed + dice.choice(ends)


def test_two_hundred_mangled_serials_are_all_understood():
    dice = Random(5)
    prefixes = ["ZCS", "ZPR", "ZCH", "ZPG", "ZAP", "ZGB", "ZAG", "GPN", "GPG"]
    wrong = []
    for _number in range(200):
        serial = f"{dice.choice(prefixes)}{dice.randrange(10**6):06d}"
        typed = mangle(serial, dice)
        read = serials.normalise(typed)
        if (
            serials.lookup_key(read) != serials.lookup_key(serial)
            or not serials.recognise(read).known
        ):
            wrong.append((typed, read, serial))

    assert wrong == []
