"""The Celery application, and the parts of this worker process.

`celery -A workers.app worker …`: each child builds its parts after the fork, so that no connection is ever shared.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import structlog
from celery import Celery, signals
from kombu.exceptions import OperationalError

from core.logs import set_up_logging
from core.messages import BrokerUnavailable, Message
from core.runtime import Parts, build_runtime
from core.settings import read_settings

app = Celery("certmill", include=["workers.rendering", "workers.upkeep"])
app.config_from_object("celeryconfig")

_log = structlog.get_logger(__name__)


@cache
def parts() -> Parts:
    """The live parts of this process. Only its children ask for them, so nothing live crosses a fork."""
    return build_runtime(read_settings(), send=send)


def send(message: Message) -> None:
    """Hand a message to the broker; raises `BrokerUnavailable`."""
    try:
        app.send_task(
            message.task, args=[message.id], kwargs=dict(message.notes), queue=message.queue, retry=False
        )
    except OperationalError as error:
        raise BrokerUnavailable(str(error)) from error


@signals.worker_process_init.connect
def _build(**_: Any) -> None:
    parts()


@signals.worker_process_shutdown.connect
def _close(**_: Any) -> None:
    parts().engine.dispose()


@signals.setup_logging.connect
def _set_up_logging(loglevel: int | str = logging.INFO, **_: Any) -> None:
    set_up_logging(loglevel)
