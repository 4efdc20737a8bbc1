import base64
import copy
import json
import logging
import os
import pickle
import uuid
from io import StringIO

import pytest
import tink
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction

from chargers import guards, pins
from chargers.models import Pin
from tests.chargers.world import PIN, make_charger

HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()


def keyset_file(tmp_path, settings, kek=""):
    settings.PIN_KEYSET, settings.PIN_KEK = str(tmp_path / "keys" / "pins.json"), kek
    call_command("make_pin_keys", stdout=StringIO())
    return tmp_path / "keys" / "pins.json"


@pytest.mark.parametrize("pin", ["1234", "0000", "00012345", "aB3dE6gH9jK2mN5p"])
def test_a_sealed_pin_opens_for_its_charger_alone(pin):
    sealed = pins.seal(charger_uid=HERE, pin=pin)

    assert pins.open_sealed(charger_uid=HERE, ciphertext=sealed.ciphertext).digits() == pin
    with pytest.raises(tink.TinkError):
        pins.open_sealed(charger_uid=ELSEWHERE, ciphertext=sealed.ciphertext)


def test_a_sealed_pin_tells_neither_its_length_nor_that_it_is_the_same():
    first, second, longer = (pins.seal(charger_uid=HERE, pin=p) for p in ("1234", "1234", "1" * 16))

    assert first.ciphertext != second.ciphertext
    assert len(first.ciphertext) == len(longer.ciphertext)


@pytest.mark.parametrize(
    "pin", ["", "123", "1" * 17, "12 34", "12-34", "१२३४", "1234\n", 1234, None]
)
def test_a_pin_of_another_shape_is_refused_without_being_repeated(pin):
    with pytest.raises(ValidationError) as refusal:
        pins.seal(charger_uid=HERE, pin=pin)

    assert not pin or str(pin) not in str(refusal.value)


def test_an_import_can_ask_whether_a_pin_is_still_the_same():
    sealed = pins.seal(charger_uid=HERE, pin="0042")

    assert pins.opens_to(charger_uid=HERE, ciphertext=sealed.ciphertext, pin="0042")
    assert not pins.opens_to(charger_uid=HERE, ciphertext=sealed.ciphertext, pin="42")


@pytest.mark.parametrize(
    "leak",
    [
        str,
        repr,
        format,
        bytes,
        list,
        len,
        hash,
        bool,
        json.dumps,
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda pin: f"{pin}",
        lambda pin: f"{pin!r}",
        lambda pin: "%s" % pin,  # noqa: UP031
        lambda pin: pin == PIN,
        lambda pin: json.dumps({"pin": pin}, cls=DjangoJSONEncoder),
        lambda pin: vars(pin),
    ],
)
def test_a_plain_pin_refuses_to_be_written(leak):
    with pytest.raises(TypeError) as refusal:
        leak(pins.PinValue(PIN))

    assert PIN not in str(refusal.value)


def test_a_logged_pin_is_in_no_log(capsys):
    stream = StringIO()
    log = logging.Logger("pins")
    log.addHandler(logging.StreamHandler(stream))

    log.warning("the PIN is %s", pins.PinValue(PIN))

    written = capsys.readouterr()
    assert PIN not in stream.getvalue() + written.out + written.err


def test_a_new_primary_key_seals_and_the_old_one_still_opens(tmp_path, settings):
    keyset_file(tmp_path, settings)
    old = pins.seal(charger_uid=HERE, pin="1234")

    call_command("make_pin_keys", "--force-new-primary", stdout=StringIO())
    new = pins.seal(charger_uid=HERE, pin="1234")

    assert old.key_id != new.key_id == pins.primary_key_id()
    assert pins.opens_to(charger_uid=HERE, ciphertext=old.ciphertext, pin="1234")


def test_a_keyset_is_made_once_and_is_private(tmp_path, settings):
    file = keyset_file(tmp_path, settings)
    first = file.read_bytes()

    call_command("make_pin_keys", stdout=StringIO())

    assert file.read_bytes() == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_keyset_in_the_environment_is_not_replaced(settings):
    before = settings.PIN_KEYSET
    with pytest.raises(CommandError):
        call_command("make_pin_keys")

    out = StringIO()
    call_command("make_pin_keys", "--force-new-primary", stdout=out)
    old = pins.seal(charger_uid=HERE, pin="1234")
    settings.PIN_KEYSET = out.getvalue()

    assert pins.primary_key_id() != old.key_id
    assert pins.opens_to(charger_uid=HERE, ciphertext=old.ciphertext, pin="1234")
    assert settings.PIN_KEYSET != before


def test_a_wrapped_keyset_opens_only_with_its_key(tmp_path, settings):
    kek = base64.b64encode(os.urandom(32)).decode()
    keyset_file(tmp_path, settings, kek)
    sealed = pins.seal(charger_uid=HERE, pin="1234")
    assert pins.opens_to(charger_uid=HERE, ciphertext=sealed.ciphertext, pin="1234")

    for wrong in ("", base64.b64encode(os.urandom(32)).decode(), "no base64", "YQ=="):
        settings.PIN_KEK = wrong
        with pytest.raises(ImproperlyConfigured):
            pins.seal(charger_uid=HERE, pin="1234")


@pytest.mark.parametrize("text", ["{}", '{"key": "x"}', "{not json"])
def test_a_damaged_keyset_says_so_and_shows_nothing(settings, text):
    settings.PIN_KEYSET = text
    with pytest.raises(ImproperlyConfigured) as refusal:
        pins.seal(charger_uid=HERE, pin="1234")

    assert text not in str(refusal.value)


def test_a_missing_keyset_says_how_to_make_one(settings, tmp_path):
    settings.PIN_KEYSET = str(tmp_path / "nowhere.json")
    with pytest.raises(ImproperlyConfigured, match="make_pin_keys"):
        pins.seal(charger_uid=HERE, pin="1234")


def test_the_keys_open_pins_in_a_forked_process():
    sealed = pins.seal(charger_uid=HERE, pin="1234")

    child = os.fork()
    if child == 0:
        opens = pins.opens_to(charger_uid=HERE, ciphertext=sealed.ciphertext, pin="1234")
        os._exit(0 if opens else 1)

    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.django_db
def test_a_ciphertext_moved_to_another_row_does_not_open():
    mine, theirs = make_charger(pin="1111"), make_charger(pin="2222")
    Pin.objects.filter(charger=mine).update(ciphertext=theirs.pin.ciphertext)

    with pytest.raises(tink.TinkError):
        row = Pin.objects.get(charger=mine)
        pins.open_sealed(charger_uid=mine.uid, ciphertext=row.ciphertext)


def test_no_nonce_comes_twice_in_many_sealings():
    nonces = {pins.seal(charger_uid=HERE, pin=PIN).ciphertext[5:17] for _n in range(100_000)}

    assert len(nonces) == 100_000


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["DELETE FROM chargers_pin", "TRUNCATE chargers_pin"])
def test_a_pin_is_not_deleted(statement):
    charger = make_charger()

    with pytest.raises(Exception) as refusal, transaction.atomic():  # noqa: B017, PT011
        connection.cursor().execute(statement)

    assert isinstance(refusal.value, IntegrityError) or "denied" in str(refusal.value)
    assert Pin.objects.filter(charger=charger).exists()


@pytest.mark.django_db
def test_the_functions_in_the_database_are_the_code_s():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname LIKE %s ORDER BY proname", ["chargers\\_%"]
        )
        kept = {row[0].strip() for row in cursor.fetchall()}
        cursor.execute(
            # That of a firm's people stands on a table of accounts, and sleeps in tests.
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND (tgname = 'member_agreed'"
            " OR (tgenabled = 'O' AND tgrelid::regclass::text LIKE %s))",
            ["chargers\\_%"],
        )
        triggers = {row[0] for row in cursor.fetchall()}

    written = {function.split("$$")[1].strip() for function in guards.FUNCTIONS}
    assert kept == written
    assert triggers == {
        line.split()[2] for line in guards.sql().splitlines() if line.startswith("CREATE TRIGGER")
    }
