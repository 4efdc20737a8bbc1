"""R-F25: the rotation of keys killed again and again: every PIN stays readable, and it ends."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import StringIO
from itertools import count
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts import factors
from accounts.models import Factor
from chargers import pins
from chargers.models import Charger, Pin
from deploy.local.servers import ROOT
from records import clock
from support.services import rotation
from tests.chargers.world import make_person
from tests.faults.parts import wait_for

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PINS = rotation.TABLE["pins"]
KILLS = 10
numbers = count(1)


def fill(how_many: int) -> dict[str, str]:
    """Make so many chargers with a PIN each; return each PIN by its charger's uid."""
    now, known = clock.now(), {}
    for start in range(0, how_many, 5_000):
        serials = [f"ROT{next(numbers):07d}" for _n in range(min(5_000, how_many - start))]
        chargers = Charger.objects.bulk_create(
            Charger(vendor="maker", serial=s, lookup_key=s, model="Go", made_at=now)
            for s in serials
        )
        rows = []
        for charger in chargers:
            pin = f"{random.randrange(10**6):06d}"
            known[str(charger.uid)] = pin
            sealed = pins.seal(charger_uid=charger.uid, pin=pin)
            rows.append(
                Pin(
                    charger=charger,
                    ciphertext=sealed.ciphertext,
                    key_id=sealed.key_id,
                    sealed_at=now,
                )
            )
        Pin.objects.bulk_create(rows)
    return known


def unreadable(known: dict[str, str], some: int = 0) -> list[str]:
    """Open all PINs, or some; return the chargers whose PIN does not open or is another one."""
    rows = Pin.objects.select_related("charger")
    if some:
        rows = rows.filter(charger__uid__in=random.sample(list(known), some))
    bad = []
    for row in rows.iterator(chunk_size=2_000):
        uid, about = str(row.charger.uid), {"charger_uid": row.charger.uid}
        sealed = bytes(row.ciphertext)
        right = pins.is_bound(**about, ciphertext=sealed) and pins.opens_to(
            **about, ciphertext=sealed, pin=known[uid]
        )
        if not right:
            bad.append(uid)
    return bad


@pytest.fixture
def keyset(tmp_path, settings):
    settings.PIN_KEYSET, settings.PIN_KEK = str(tmp_path / "pins.json"), ""
    call_command("make_pin_keys", stdout=StringIO())
    return tmp_path / "pins.json"


def keys_in(keyset) -> int:
    return len(json.loads(keyset.read_text())["key"])


def rotate(*options, **more) -> str:
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out, stderr=out, **more)
    return out.getvalue()


@contextmanager
def running(batch: int):
    """Rotate in a process of its own, forked off, and kill it with -9 when the block ends."""
    child = os.fork()
    if child == 0:
        for connection in connections.all(initialized_only=True):
            connection.connection = None  # the parent's: neither used nor closed here
        try:
            rotate("--only", "pins", batch=batch)
        finally:
            os._exit(0)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_killed_ten_times_every_pin_is_readable_and_it_ends(keyset):
    known = fill(1_500)
    kills = 0
    while kills < KILLS:
        with running(batch=20):
            wait_for(lambda: rotation.count_waiting(PINS), seconds=60, what="a new key")
            time.sleep(random.uniform(0, 0.1))
        kills += 1
        assert unreadable(known, some=100) == []

    said = rotate("--only", "pins", "--resume", batch=200)

    assert rotation.count_waiting(PINS) == 0
    assert unreadable(known) == []
    assert "all are sealed with the newest key" in said
    assert set(Pin.objects.values_list("key_id", flat=True)) == {pins.primary_key_id()}


def test_while_something_waits_no_further_key_is_added(keyset):
    fill(30)
    call_command("make_pin_keys", "--force-new-primary", stdout=StringIO())

    rotation.reseal_some(PINS, after=0, at_most=10)
    said = rotate("--only", "pins", batch=10)

    assert "going on, 20 are sealed with an older key" in said and said.count("sealed again") == 2
    assert keys_in(keyset) == 2
    rotate("--only", "pins")
    assert keys_in(keyset) == 3 and rotation.count_waiting(PINS) == 0


def test_a_row_that_no_key_opens_is_named_and_keeps_nobody_else_from_it(keyset):
    fill(30)
    first, second = Pin.objects.order_by("pk")[4:6]
    Pin.objects.filter(pk=first.pk).update(ciphertext=second.ciphertext)

    with pytest.raises(CommandError, match="1 rows open with no key"):
        rotate("--only", "pins", batch=7)

    assert rotation.count_waiting(PINS) == 1
    assert bytes(Pin.objects.get(pk=first.pk).ciphertext) == bytes(second.ciphertext)
    with pytest.raises(CommandError):
        rotate("--only", "pins", "--retire")
    assert keys_in(keyset) == 2


def test_an_old_key_is_retired_only_when_nothing_needs_it(keyset):
    known = fill(30)
    rotate("--only", "pins")
    stray = Pin.objects.first()
    call_command("make_pin_keys", "--force-new-primary", stdout=StringIO())
    # A row that says it has the newest key and has not: the ciphertext itself is believed.
    Pin.objects.exclude(pk=stray.pk).update(key_id=pins.primary_key_id())

    rotate("--only", "pins", "--retire")
    assert keys_in(keyset) == 2 and unreadable(known) == []

    Pin.objects.update(key_id=0)
    rotate("--only", "pins", "--retire")
    assert keys_in(keyset) == 1 and unreadable(known) == []


def test_keys_in_a_setting_are_not_written_over_and_it_says_what_to_do():
    fill(3)

    said = rotate("--only", "pins")

    assert "make_pin_keys --force-new-primary" in said and rotation.count_waiting(PINS) == 0
    assert "not in a file" in rotate("--only", "pins", "--retire")


def test_the_secrets_of_authenticator_apps_come_to_the_newest_key(settings):
    person = make_person()
    factors.set_up(user=person, secret="JBSWY3DPEHPK3PXP", name="phone")
    old = settings.FACTOR_KEYS
    settings.FACTOR_KEYS = ["n" * 60, *old]
    assert rotation.count_waiting(rotation.TABLE["factors"]) == 1

    rotate("--only", "factors")
    settings.FACTOR_KEYS = ["n" * 60]

    assert rotation.count_waiting(rotation.TABLE["factors"]) == 0
    factor = Factor.objects.get()
    assert factors._secret_of(factor) == "JBSWY3DPEHPK3PXP"


@pytest.mark.long
def test_a_hundred_thousand_pins_through_ten_kills_while_pins_are_opened(keyset, settings):
    known = fill(100_000)
    ended, looked, bad = Event(), [0], []

    def look():
        try:
            while not ended.is_set():
                bad.extend(unreadable(known, some=50))
                looked[0] += 50
        finally:
            connections.close_all()

    looker = Thread(target=look)
    looker.start()
    env = dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PIN_KEYSET": str(keyset),
        "DEMO": "1",
    }
    command = [sys.executable, "manage.py", "rotate_keys", "--only", "pins", "--batch", "500"]
    began, kills = time.monotonic(), 0
    while kills < KILLS:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        while process.poll() is None and not rotation.count_waiting(PINS):
            time.sleep(0.01)
        time.sleep(random.uniform(0, 1))
        kills += process.poll() is None
        process.kill()
        process.wait()
    done = subprocess.run([*command, "--resume"], cwd=ROOT, env=env, capture_output=True, text=True)
    seconds = time.monotonic() - began
    ended.set()
    looker.join()

    left_unreadable = unreadable(known)
    print({"kills": kills, "seconds": round(seconds), "opened_meanwhile": looked[0],
           "unreadable_meanwhile": len(bad), "unreadable": len(left_unreadable)})  # fmt: skip
    assert done.returncode == 0 and rotation.count_waiting(PINS) == 0
    assert bad == [] and left_unreadable == [] and looked[0] > 500
