"""Keysets wrapped by a key in the environment, in a file, or in a KMS over a real connection."""

import base64
import os
import uuid
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from chargers import pins
from config import checks
from support import sealing
from tests import kms

HERE = uuid.uuid4()


@pytest.fixture
def server():
    with kms.running() as running:
        yield running


@pytest.fixture(autouse=True)
def keysets(settings, tmp_path):
    settings.PIN_KEYSET = str(tmp_path / "pins.json")
    settings.EVIDENCE_KEYSET = str(tmp_path / "evidence.json")
    settings.PIN_KEK = settings.EVIDENCE_KEK = ""
    return tmp_path


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def make(command="make_pin_keys", *options):
    call_command(command, *options, stdout=StringIO())


def opens(sealed, pin="1234") -> bool:
    return pins.opens_to(charger_uid=HERE, ciphertext=sealed.ciphertext, pin=pin)


def test_a_kms_wraps_the_keyset_and_is_asked_once(settings, server, keysets):
    settings.PIN_KEK = server.url()
    make()
    sealed = pins.seal(charger_uid=HERE, pin="1234")
    assert "encryptedKeyset" in (keysets / "pins.json").read_text()
    asked = len(server.asked)

    assert all(opens(sealed) for _n in range(50))

    assert len(server.asked) == asked and set(server.asked) == {"Encrypt", "Decrypt"}
    assert server.purposes == {"handover.pin-keyset"}


def test_a_rotation_goes_through_the_kms(settings, server, keysets):
    settings.PIN_KEK = server.url()
    make()
    old = pins.seal(charger_uid=HERE, pin="1234")
    for _n in range(25):
        make("make_pin_keys", "--force-new-primary")

    # More than a KMS takes in one piece.
    assert (keysets / "pins.json").stat().st_size > 4096
    assert opens(old) and pins.primary_key_id() != old.key_id


def test_what_was_wrapped_for_pins_is_no_keyset_of_evidence(settings, server, keysets):
    settings.PIN_KEK = settings.EVIDENCE_KEK = server.url()
    make()
    (keysets / "evidence.json").write_text((keysets / "pins.json").read_text())

    with pytest.raises(ImproperlyConfigured, match="EVIDENCE_KEK"):
        sealing.KEYSET.keys()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda s: s.url(secret="another"), "InvalidSignatureException"),
        (lambda s: s.url(key="alias/gone"), "NotFoundException"),
        (lambda s: s.url(key="alias/other"), "is not its key"),
        (lambda s: s.url().replace("?region=eu-north-1", "?"), "lacks a region"),
        (lambda s: s.url().replace("alias/handover", ""), "lacks the id of a key"),
        (lambda s: "kms://127.0.0.1:1/alias/x?region=eu-north-1&tls=0", "does not decrypt"),
    ],
)
def test_a_kms_that_does_not_help_is_named_with_its_setting(settings, server, change, why):
    settings.PIN_KEK = server.url()
    make()

    settings.PIN_KEK = change(server)

    with pytest.raises(ImproperlyConfigured, match=why) as refusal:
        pins.seal(charger_uid=HERE, pin="1234")
    assert "PIN_KEK" in str(refusal.value) and kms.SECRET not in str(refusal.value)


def test_a_kms_that_is_away_later_keeps_nobody_from_their_pin(settings, server):
    settings.PIN_KEK = server.url()
    make()
    sealed = pins.seal(charger_uid=HERE, pin="1234")

    server.denied = True

    assert opens(sealed)


def test_a_key_in_a_file_wraps_it(settings, keysets):
    (keysets / "kek").write_text(new_key() + "\n")
    settings.PIN_KEK = f"file://{keysets}/kek"
    make()
    sealed = pins.seal(charger_uid=HERE, pin="1234")
    assert opens(sealed) and "encryptedKeyset" in (keysets / "pins.json").read_text()

    (keysets / "other").write_text(new_key())
    for wrong, why in (("other", "is not its key"), ("gone", "cannot be read")):
        settings.PIN_KEK = f"file://{keysets}/{wrong}"
        with pytest.raises(ImproperlyConfigured, match=why):
            pins.seal(charger_uid=HERE, pin="1234")


def test_keysets_that_lay_open_are_wrapped_and_move_to_a_kms(settings, server, keysets):
    make()
    make("make_evidence_keys")
    sealed = pins.seal(charger_uid=HERE, pin="1234")

    settings.PIN_KEK = settings.EVIDENCE_KEK = first = new_key()
    make("wrap_keysets")
    assert opens(sealed) and sealing.KEYSET.keys()
    settings.PIN_KEK = settings.EVIDENCE_KEK = server.url()
    with pytest.raises(CommandError):
        make("wrap_keysets")
    settings.PIN_KEK_OLD = settings.EVIDENCE_KEK_OLD = first
    make("wrap_keysets")
    make("wrap_keysets")

    assert opens(sealed) and sealing.KEYSET.keys()
    assert "encryptedKeyset" in (keysets / "evidence.json").read_text()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("kms://k:s@kms.example.com/alias/a?region=eu-north-1", []),
        ("kms:///alias/a?region=eu-north-1", []),
        ("kms://k:s@127.0.0.1:9/alias/a?region=eu-north-1&tls=0", []),
        ("kms://k:s@kms.example.com/alias/a?region=eu-north-1&tls=0", ["handover.E009"]),
    ],
)
def test_a_kms_elsewhere_is_reached_by_encryption_only(settings, value, expected):
    settings.PIN_KEK = value

    assert [e.id for e in checks._connections() if "PIN_KEK" in e.msg] == expected
