"""Celery's way to Redis, that survives Redis going away while a task is under way.

kombu 5.7 closes a lost connection twice; with a message not yet acknowledged the second time, or a
task that ends later, meets a transport without its client, and the AttributeError ends the worker.
A message that cannot be acknowledged any more is let go: the outbox is what remembers.
"""

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


class QoS(redis.QoS):
    """What is delivered and not acknowledged; harmless once the connection is gone."""

    def ack(self, delivery_tag):
        if self._is_cut_off():
            return virtual.QoS.ack(self, delivery_tag)
        return super().ack(delivery_tag)

    def reject(self, delivery_tag, requeue=False):
        if self._is_cut_off():
            return virtual.QoS.ack(self, delivery_tag)
        return super().reject(delivery_tag, requeue=requeue)

    def restore_unacked(self, client=None):
        if self._is_cut_off():
            return self._delivered.clear()
        return super().restore_unacked(client)

    def _is_cut_off(self) -> bool:
        transport = self.channel.connection
        return transport is None or transport.client is None


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel


def use() -> None:
    """Let redis:// and rediss:// addresses mean this transport, in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
