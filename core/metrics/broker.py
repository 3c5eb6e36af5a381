"""What lies in the broker: messages that no worker has taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.messages import QUEUES
from core.parts import Parts

_UNCONFIRMED: Final = "unacked"  # kombu's name for what workers hold


def open_broker(parts: Parts) -> Redis:
    """A client that answers at once or fails."""
    return Redis.from_url(
        parts.settings.broker_url,
        socket_timeout=0.5,
        socket_connect_timeout=0.25,
        retry=Retry(NoBackoff(), 0),
    )


def read_broker(parts: Parts) -> Iterator[Metric]:
    """Messages by queue. Raises `RedisError`."""
    with open_broker(parts) as broker, broker.pipeline(transaction=False) as pipeline:
        for queue in QUEUES:
            pipeline.llen(queue)
        pipeline.hlen(_UNCONFIRMED)
        *lengths, held = pipeline.execute()
    messages = GaugeMetricFamily(
        "certmill_broker_messages", "Messages that no worker has taken, by queue.", labels=["queue"]
    )
    for queue, length in zip(QUEUES, lengths, strict=True):
        messages.add_metric([queue], length)
    yield messages
    yield GaugeMetricFamily("certmill_broker_held_messages", "Messages that workers hold.", value=held)
