"""The wake-up call to Celery: worth a try, never worth waiting for. The sweep is the guarantee."""

import logging
import threading
import time
import uuid

from celery import current_app
from django.conf import settings
from kombu import pools

log = logging.getLogger(__name__)

TASK, SLOW_TASK = "records.deliver", "records.deliver_slow"
TIMEOUT = 0.25
WAIT_FOR_POOL = 0.04
# After a failed try the broker is left alone for so long: a page waits for it once, not per row.
REST = 5.0
# A publisher's own, short timeouts: a worker's connections must be able to wait for messages.
_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": TIMEOUT,
    "socket_timeout": TIMEOUT,
    "retry_on_timeout": False,
    "max_retries": 0,
}


class Circuit:
    """Remembers, for this process, until when the broker is to be left alone."""

    def __init__(self) -> None:
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def is_resting(self) -> bool:
        return time.monotonic() < self._closed_until

    def rest(self) -> None:
        with self._lock:
            self._closed_until = time.monotonic() + REST

    def reset(self) -> None:
        with self._lock:
            self._closed_until = 0.0


circuit = Circuit()


def publish(row_id: uuid.UUID, *, slow: bool = False) -> bool:
    """Tell a worker about a row; False when the broker is away. Never raises, takes < 0.3 s.

    ``slow`` rows go to the queue of the worker that does one at a time.
    """
    if circuit.is_resting():
        return False
    try:
        options = {**current_app.conf.broker_transport_options, **_TRANSPORT_OPTIONS}
        connection = current_app.connection_for_write(
            connect_timeout=TIMEOUT, transport_options=options
        )
        with pools.producers[connection].acquire(block=True, timeout=WAIT_FOR_POOL) as producer:
            about = {"producer": producer, "retry": False}
            if slow:
                about["queue"] = settings.OUTBOX_SLOW_QUEUE
            current_app.send_task(SLOW_TASK if slow else TASK, args=[str(row_id)], **about)
    except Exception as error:
        circuit.rest()
        log.warning("broker away (%s): the sweep will find the rows", type(error).__qualname__)
        return False
    return True
