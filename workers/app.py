"""The Celery application, and the parts of this worker process.

`celery -A workers.app worker -I workers.rendering …`: a worker names the modules of its tasks, so that beat and Flower, which
have none, start without all that draws. Each child builds its parts after the fork, so that no connection is ever shared.
"""

from __future__ import annotations

import logging
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog
from celery import Celery, signals

from core.messages import DELIVER, LOSE_CHUNK, RENDER_CHUNK
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
    from core import traces
    from core.runtime import build_runtime
    from core.settings import read_settings

    settings = read_settings()
    _join(_program)
    traces.begin(settings.otel_exporter_otlp_endpoint, _program)
    return build_runtime(settings, send=sender(settings.broker_url))


_program = "worker"


@signals.celeryd_init.connect
def _name_worker(sender: str, **_: Any) -> None:
    """A worker's main process. Its children have their name from it; with threads it does the work itself."""
    global _program  # noqa: PLW0603, one program for one process and its children
    _program = f"worker-{sender.partition('@')[0]}"
    _join(f"{_program} main")


@signals.beat_init.connect
def _name_beat(**_: Any) -> None:
    _join("beat")


def _join(program: str) -> None:
    from core import figures
    from core.settings import read_settings

    figures.join(read_settings().metrics_path, program)


@signals.worker_process_init.connect
def _build(**_: Any) -> None:
    from core import heap

    parts()
    heap.settle()


@signals.worker_process_shutdown.connect
def _close(**_: Any) -> None:
    from core import traces

    parts().storage_use.hand_over()
    parts().engine.dispose()
    traces.end()


@signals.setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    from core.logs import set_up_logging
    from core.settings import read_settings

    set_up_logging(read_settings().log_level)
    # A task a second comes and goes in each of these; what came of a chunk says our own line, with its ids.
    for chatty in ("celery.app.trace", "celery.worker.strategy", "celery.beat"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@signals.task_prerun.connect
def _bind_ids(task: Any, args: Any, kwargs: dict[str, Any], **_: Any) -> None:
    """Whatever is said from now on, by whichever library, is of this task."""
    structlog.contextvars.clear_contextvars()
    ids = {}
    if task.name in (RENDER_CHUNK, LOSE_CHUNK):
        ids = {"chunk_id": args[0], "job_id": kwargs.get("job")}
    elif task.name == DELIVER:
        ids = {"endpoint_id": args[0]}
    structlog.contextvars.bind_contextvars(
        task=task.name, **{name: value for name, value in ids.items() if value is not None}
    )
