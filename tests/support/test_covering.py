"""What is covered on a picture: the PIN by any spelling, numbers that name people, and no more."""

import pytest

from chargers import pins
from support import covering, signs
from support.sandbox import Source, Word
from tests.chargers.world import make_charger

NO_PIN = lambda candidates: []  # noqa: E731


def line(text, top=0.1):
    return Word(text, (0.1, top, 0.5, 0.04), Source.OPTICAL)


def covered(*texts, pin_places=NO_PIN):
    lines = [line(text, 0.1 + 0.06 * n) for n, text in enumerate(texts)]
    found = covering.find(lines, pin_places=pin_places)
    return [cover.why for cover in found.covers], [word.text for word in found.words]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("PIN: 4821", "PIN: ••••"),
        ("Serial ZAP123456 PIN 48a1", "Serial ZAP123456 PIN ••••"),
        ("pin-kode 004821", "pin-kode ••••••"),
        ("PIN (covered)", "PIN (covered)"),
        ("SPIN 4821", "SPIN 4821"),
    ],
)
def test_what_stands_behind_the_word_pin_is_covered(text, left):
    assert covered(text)[1] == [left]


def test_a_pin_below_its_word_is_covered():
    assert covered("PIN", "4821", "EV CHARGER 22") == (["pin"], ["PIN", "••••", "EV CHARGER 22"])


@pytest.mark.parametrize(
    ("text", "is_covered"),
    [
        ("fnr 01010750160", True),  # a fictitious number with right check digits
        ("811228-9874", True),
        ("120387-1123", True),
        ("36 574 261 809", True),
        ("Tlf 22 33 44 55", False),
        ("ZAP123456", False),
        ("NOK 4 500 000", False),
    ],
)
def test_numbers_that_name_a_person_are_covered(text, is_covered):
    assert (covered(text)[0] == ["person"]) is is_covered


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "is_covered"),
    [
        ("4821", True),
        ("48 21", True),
        ("4 8 2 1", True),
        ("PIN4821", True),
        ("4B2I", True),
        ("amber-otter-4821", False),
        ("ZAP482100", False),
        ("4822", False),
    ],
)
def test_the_charger_s_own_pin_is_covered_wherever_it_stands(text, is_covered):
    charger = make_charger()
    sealed = pins.seal(charger_uid=charger.uid, pin="4821")

    def places(candidates):
        where = {"charger_uid": charger.uid, "ciphertext": sealed.ciphertext}
        return pins.to_cover(**where, candidates=candidates)

    assert (covered(text, pin_places=places)[0] == ["pin"]) is is_covered


@pytest.mark.parametrize(
    ("texts", "seen"),
    [
        (["ZAP123456", "amber-otter-4821"], {"serial", "code", "presence"}),
        (["ZAP 123 456", "AMBER OTTER", "4821"], {"serial", "code", "presence"}),
        (["https://x.example/s/zap123456", "amber otter 482l"], {"serial", "code", "presence"}),
        (["ZAP123456"], {"serial"}),
        (["ZAP654321", "amber-otter-4821"], {"other_serial", "code"}),
        (["amber-otter-4822"], set()),
    ],
)
def test_a_machine_says_what_it_saw(texts, seen):
    key = {"lookup_key": "ZAP123456", "request_code": "amber-otter-4821"}
    assert signs.of_picture(texts, **key) == seen
