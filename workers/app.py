"""The Celery application, and the parts of this worker process.

`celery -A workers.app worker -I workers.rendering …`: a worker names the modules of its tasks, so that beat and Flower, which
have none, start without all that draws. Each child builds its parts after the fork, so that no connection is ever shared.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from celery import Celery, signals

from sending import sender

if TYPE_CHECKING:
    from core.parts import Parts

app = Celery("certmill")
app.config_from_object("celeryconfig")


_building = Lock()  # a worker of threads has no child that is made before its first task


def parts() -> Parts:
    """The live parts of this process. Only where tasks run they are asked for, so nothing live crosses a fork."""
    with _building:
        return _parts()


@cache
def _parts() -> Parts:
    from core.runtime import build_runtime
    from core.settings import read_settings

    settings = read_settings()
    return build_runtime(settings, send=sender(settings.broker_url))


@signals.worker_process_init.connect
def _build(**_: Any) -> None:
    from core import heap

    parts()
    heap.settle()


@signals.worker_process_shutdown.connect
def _close(**_: Any) -> None:
    parts().storage_use.hand_over()
    parts().engine.dispose()


@signals.setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    from core.logs import set_up_logging
    from core.settings import read_settings

    set_up_logging(read_settings().log_level)
