"""The long forms of the background's faults (`make faults`): R-F04 and R-F09."""

import time

import pytest
from django.db.models import Count

from records import clock
from records.models import OutboxRow
from support.models import Notice
from support.notifications import notify
from support.services import tickets
from tests.factories import make_person
from tests.faults.parts import wait_for
from tests.faults.test_background import background, started

__all__ = ["background", "started"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
MAILS, KILLS, RESTARTS = 1_000, 10, 10
DRAINED = 120  # seconds after the last fault; a killed worker's lease is 50 s long


def write_mails(count):
    """Write mails to many people, as a service would."""
    person = make_person()
    ticket = tickets.start(by=person)
    for _n in range(count):
        notify("expired", at=clock.now(), ticket=ticket, person=person)


def rest():
    return OutboxRow.objects.filter(done_at=None).count()


def drained():
    return rest() == 0


def told(sink):
    """Say what came of it: mails, copies too many, attempts too many, by the database and sink."""
    ids = [notice.message_id for notice in Notice.objects.all()]
    came = [message_id for message_id in sink.message_ids if message_id in set(ids)]
    attempts = sum(OutboxRow.objects.filter(topic="mail").values_list("attempts", flat=True))
    return {
        "mails": len(ids),
        "lost": len(set(ids) - set(came)),
        "copies": len(came) - len(set(came)),
        "attempts": attempts,
        "unsettled": Notice.objects.filter(accepted_at=None).count(),
    }


def test_workers_killed_again_and_again_lose_nothing(background):
    write_mails(MAILS)
    for _n in range(KILLS):
        before = rest()
        wait_for(lambda b=before: rest() < b - 20 or drained(), seconds=60, what="some mails")
        background.kill_worker()
        background.worker = background.start_worker()
    began = time.monotonic()
    wait_for(drained, seconds=DRAINED, what="the rest")

    seen = told(background.sink) | {"drained_after_seconds": round(time.monotonic() - began)}
    print(seen)
    assert (seen["mails"], seen["lost"], seen["unsettled"]) == (MAILS, 0, 0)
    assert seen["copies"] <= 2 * KILLS  # at most one for each child of each worker killed
    assert seen["attempts"] <= MAILS * 1.1
    twice = OutboxRow.objects.values("key").annotate(n=Count("pk")).filter(n__gt=1)
    assert not twice.exists()


def test_redis_restarted_again_and_again_needs_no_new_worker(background):
    write_mails(MAILS)
    for _n in range(RESTARTS):
        background.redis.process.stop()
        time.sleep(0.5)
        background.redis = background.start_redis(background.redis.port)
        time.sleep(1)
    began = time.monotonic()
    wait_for(drained, seconds=DRAINED, what="the rest")

    seen = told(background.sink) | {"drained_after_seconds": round(time.monotonic() - began)}
    print(seen)
    assert (seen["mails"], seen["lost"], seen["copies"], seen["unsettled"]) == (MAILS, 0, 0, 0)
    assert background.worker.is_running()
