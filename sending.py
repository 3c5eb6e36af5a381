"""The sending end of the queue, the same in web and workers. Nothing here waits: a broker that does not answer at once costs
its sender a second at most, and the relay's next tick sends what was not sent."""

from __future__ import annotations

import time
from typing import Final

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core.messages import BrokerUnavailable, Message, Send

UNANSWERED: Final = (OperationalError, RedisError, OSError)
"""What sending raises where no broker takes the message."""
_REST_AFTER_FAILURE: Final = 1.0


def sender(broker_url: str) -> Send:
    """A `send` of this process. Connections are opened when they are first used."""
    queue = Celery("certmill-sender", set_as_current=False)
    queue.config_from_object("celeryconfig")
    queue.conf.update(
        broker_url=broker_url,
        broker_connection_retry=False,
        broker_connection_max_retries=0,
        broker_transport_options={
            **queue.conf.broker_transport_options,
            "max_retries": 0,
            "socket_timeout": 1,
            "socket_connect_timeout": 0.25,
            "retry_on_timeout": False,
        },
        task_publish_retry=False,
    )

    resting_until = 0.0

    def send(message: Message) -> None:
        nonlocal resting_until
        # A broker that hangs costs one time-out a second in each process, not one in each request or chunk.
        if time.monotonic() < resting_until:
            raise BrokerUnavailable("the broker did not answer a moment ago")
        try:
            queue.send_task(
                message.task, args=[message.id], kwargs=dict(message.notes), queue=message.queue, retry=False
            )
        except UNANSWERED as error:
            resting_until = time.monotonic() + _REST_AFTER_FAILURE
            raise BrokerUnavailable(str(error)) from error

    return send
