"""The producing end of the queue. Nothing here waits: a broker that does not answer at once costs a request some
milliseconds, and the relay's next tick sends what was not sent."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core.messages import BrokerUnavailable, Message, Send


def sender(broker_url: str) -> Send:
    """A `send` of this process. Connections are opened when they are first used."""
    queue = Celery("certmill-web", set_as_current=False)
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

    def send(message: Message) -> None:
        try:
            queue.send_task(
                message.task, args=[message.id], kwargs=dict(message.notes), queue=message.queue, retry=False
            )
        except (OperationalError, RedisError, OSError) as error:
            raise BrokerUnavailable(str(error)) from error

    return send
