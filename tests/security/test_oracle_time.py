"""T-17 in time: what is on record about a serial or an address shows in no answer's duration.

Bytes are compared in the suite (tests/support/test_pages_oracle.py); time is measured only here,
by ``make security``: 2,000 samples of each kind in turns, medians within 5 ms of each other.
"""

import random
import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from support.models import Ticket
from support.services import answers, freezes, routing
from tests.factories import asked, make_person, own, place_charger
from tests.matrix.fingerprint import savepoint
from tests.support.public_world import begin, key_of, resident, tell, url

pytestmark = [pytest.mark.security, pytest.mark.django_db]
SAMPLES, APART_MS = 2_000, 5.0


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    monkeypatch.setattr("accounts.throttles.spend", lambda *args, **kwargs: None)
    monkeypatch.setattr("accounts.codes._too_many", lambda *args: False)


def serials() -> dict[str, str]:
    """Return a serial of each kind: unknown, free, owned, contested, blocked."""
    free, owned, contested, blocked = (place_charger() for _n in range(4))
    type(free).objects.filter(pk=free.pk).update(owner_state="none")
    for charger in (owned, contested, blocked):
        own(charger, make_person(name="Kari Eier"))
    rival = asked(contested, claimant=make_person(name="Rival Rask"))
    routing.route(ticket_id=rival.pk)
    owner = contested.tenures.get().person
    answers.answer(charger_id=contested.pk, party=owner, kind="still_mine")
    freezes.freeze_charger(charger_id=blocked.pk, by=blocked.tenures.get().person)
    kinds = {"free": free, "owned": owned, "contested": contested, "blocked": blocked}
    return {"unknown": "ZAP909090"} | {name: c.serial for name, c in kinds.items()}


def measure(act, kinds: dict[str, object]) -> dict[str, float]:
    """Return the median milliseconds of each kind, taken in turns, in an order of dice."""
    dice, taken = random.Random(11), {name: [] for name in kinds}
    for _n in range(SAMPLES):
        for name in dice.sample(list(kinds), len(kinds)):
            with savepoint():
                start = time.perf_counter()
                act(kinds[name])
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def require_alike(medians: dict[str, float]) -> None:
    print({name: f"{value:.2f} ms" for name, value in medians.items()})
    assert max(medians.values()) - min(medians.values()) <= APART_MS, medians


def test_typing_a_serial_takes_the_same_time_for_each():
    client, kinds = resident(), serials()
    ticket = begin(client)
    address = url("claim-serial", ticket.request_code)

    def act(serial):
        assert client.post(address, {"serial_typed": serial}).status_code == 302

    require_alike(measure(act, kinds))


def test_sending_a_request_takes_the_same_time_for_each():
    kinds = {}
    for name, serial in serials().items():
        client = resident()
        ticket = begin(client)
        tell(client, ticket, serial=serial)
        address = url("claim-check", ticket.request_code)
        kinds[name] = client, address, key_of(client.get(address))

    def act(kind):
        client, address, key = kind
        sent = {"form_key": key, "claimant_name": "Nina Nyinnflyttet"}
        assert client.post(address, sent).status_code == 302

    require_alike(measure(act, kinds))
    assert not Ticket.objects.filter(state="submitted").exists()


def test_asking_for_a_code_takes_the_same_time_for_known_and_unknown():
    make_person(email="known@example.com")
    kinds = {"known": "known@example.com", "unknown": "unknown@example.com"}

    def act(email):
        sent = Client().post(reverse("accounts:sign-in"), {"email": email})
        assert sent.status_code == 302

    require_alike(measure(act, kinds))


def test_a_wrong_code_takes_the_same_time_for_known_and_unknown():
    make_person(email="known@example.com")
    kinds = {}
    for name in ("known", "unknown"):
        kinds[name] = Client()
        kinds[name].post(reverse("accounts:sign-in"), {"email": f"{name}@example.com"})

    def act(client):
        assert client.post(reverse("accounts:code"), {"digits": "000000"}).status_code == 422

    require_alike(measure(act, kinds))
