import socket
import time
from datetime import timedelta

import pytest
from django.db import connections, transaction

from records import clock, outbox, tasks, wakeup
from records.models import OutboxRow

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def put(key="one", topic="keep", **more):
    return outbox.put(topic, key, at=clock.now(), **more)


def reload(row):
    return OutboxRow.objects.get(pk=row.pk)


def test_a_row_is_delivered_once_and_done(delivered, run_outbox):
    row = put(ticket=7)

    run_outbox()
    run_outbox()

    assert delivered == [("one", {"ticket": 7})]
    assert reload(row).done_at and reload(row).attempts == 1


def test_the_same_key_twice_is_the_first_row(delivered, published):
    first = put(ticket=7)
    second = put(ticket=8)

    assert second.pk == first.pk
    assert second.payload == {"ticket": 7}
    assert published == [first.pk]


def test_a_row_is_gone_with_the_transaction_that_wanted_it(delivered, published):
    with pytest.raises(RuntimeError), transaction.atomic():
        put()
        raise RuntimeError

    assert not OutboxRow.objects.exists()
    assert published == []


def test_a_topic_without_a_handler_is_refused_at_once(delivered):
    with pytest.raises(KeyError):
        put(topic="nobody")


def test_a_row_that_is_not_due_waits(delivered, published, run_outbox, pass_time):
    row = put(due_at=clock.now() + timedelta(days=2))

    assert run_outbox() == [] and published == []
    assert outbox.lease(row.pk) is None

    pass_time(days=2, seconds=1)
    run_outbox()
    assert [key for key, _ in delivered] == ["one"]


def test_only_one_of_two_gets_the_lease(delivered):
    row = put()

    assert outbox.lease(row.pk)
    assert outbox.lease(row.pk) is None


def test_a_crash_between_lease_and_finish_is_delivered_again(delivered, run_outbox, pass_time):
    row = put()
    outbox.lease(row.pk)  # and the worker is killed here

    assert run_outbox() == []
    pass_time(seconds=51)
    run_outbox()

    assert [key for key, _ in delivered] == ["one"]
    assert reload(row).attempts == 2


def test_a_worker_whose_lease_has_passed_on_cannot_finish(delivered, pass_time):
    row = put()
    slow = outbox.lease(row.pk)
    pass_time(seconds=51)
    quick = outbox.lease(row.pk)

    assert outbox.finish(slow) is False
    assert outbox.fail(slow, OSError()) is False
    assert reload(row).done_at is None
    assert outbox.finish(quick) is True
    assert outbox.finish(quick) is False


def test_a_failure_is_put_off_longer_each_time_and_then_parked(delivered, run_outbox, pass_time):
    row = put(topic="refuse")
    delays = []

    for _ in range(outbox.MAX_ATTEMPTS):
        run_outbox(failing=True)
        delays.append(reload(row).due_at - clock.now())
        pass_time(hours=7)

    assert all(shorter < longer for shorter, longer in zip(delays[:5], delays[1:6], strict=True))
    assert reload(row).parked_at and reload(row).attempts == outbox.MAX_ATTEMPTS
    assert run_outbox(failing=True) == []


def test_what_failed_is_kept_without_anyones_address(delivered, run_outbox):
    row = put(topic="refuse")

    run_outbox(failing=True)

    assert reload(row).last_error == "builtins.ConnectionRefusedError"


def test_a_row_that_kills_its_worker_every_time_is_parked(delivered, published, pass_time):
    row = put()
    for _ in range(outbox.MAX_ATTEMPTS):
        assert outbox.lease(row.pk)
        pass_time(seconds=51)

    assert outbox.sweep() == 0
    assert reload(row).parked_at and reload(row).last_error


def test_the_sweep_leaves_alone_what_was_just_handed_out(delivered, published, pass_time):
    row = put()
    assert outbox.sweep() == 0

    pass_time(seconds=16)
    assert outbox.sweep() == 1
    assert outbox.sweep() == 0
    assert published == [row.pk, row.pk]


def test_the_sweep_leaves_alone_what_is_leased(delivered, published, pass_time):
    row = put()
    pass_time(seconds=16)
    outbox.lease(row.pk)

    assert outbox.sweep() == 0


def test_the_sweep_keeps_so_many_in_flight_and_no_more(delivered, published, pass_time, settings):
    settings.OUTBOX_IN_FLIGHT = 4
    rows = [put(f"row {n}") for n in range(10)]
    pass_time(seconds=16)
    outbox.lease(rows[0].pk)

    assert outbox.sweep() == 3
    assert outbox.sweep() == 0


def test_a_worker_goes_on_with_what_else_is_due(delivered, published, pass_time):
    rows = [put(f"row {n}") for n in range(5)]
    pass_time(seconds=16)

    tasks.deliver(str(rows[3].pk))

    assert len(delivered) == 5
    assert delivered[0][0] == "row 3"


def test_a_delivery_is_ended_before_its_lease_is():
    assert tasks.deliver.soft_time_limit < tasks.deliver.time_limit
    assert timedelta(seconds=tasks.deliver.time_limit) < outbox.LEASE < timedelta(seconds=60)


def test_two_workers_never_take_the_same_row(delivered):
    row = put()
    with transaction.atomic():
        OutboxRow.objects.select_for_update().get(pk=row.pk)
        other = connections["owner"]
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM records_outboxrow FOR UPDATE SKIP LOCKED")
            assert cursor.fetchall() == []


def test_with_redis_away_the_row_is_safe_and_the_sweep_publishes_it_later(
    delivered, pass_time, monkeypatch
):
    with monkeypatch.context() as away:
        point_broker_at(away, free_port())
        row = put()
        assert wakeup.circuit.is_resting()
        pass_time(seconds=16)
        assert outbox.sweep() == 0

    wakeup.circuit.reset()
    assert reload(row).leased_until is None
    assert outbox.sweep() == 1


def test_a_black_holed_redis_costs_a_page_at_most_a_moment(delivered, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_broker_at(monkeypatch, silent.getsockname()[1])
        began = time.monotonic()
        with transaction.atomic():
            for n in range(5):
                put(f"row {n}")
        took = time.monotonic() - began

    assert took < 0.6  # one timeout of 0.25 s for all five, on a busy machine
    assert OutboxRow.objects.count() == 5


def test_a_row_that_was_published_reaches_the_queue(delivered):
    app = wakeup.current_app
    app.control.purge()

    row = put()

    with app.connection_for_read() as connection:
        message = connection.SimpleQueue(app.conf.task_default_queue).get(timeout=2)
        message.ack()
    assert message.headers["task"] == "records.deliver"
    assert message.payload[0] == [str(row.pk)]
    assert message.headers["eta"] is None


def test_the_lag_is_the_age_of_the_oldest_open_row(delivered, run_outbox, pass_time):
    put()
    pass_time(seconds=90)
    assert 90 <= outbox.lag_seconds() < 120

    run_outbox()
    assert outbox.lag_seconds() == 0


def point_broker_at(monkeypatch, port):
    monkeypatch.setattr(wakeup.current_app.conf, "broker_url", f"redis://127.0.0.1:{port}/0")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
