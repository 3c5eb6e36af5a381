"""How a worker ends: asked to, with a chunk in its hands, and how a child of it ended unasked."""

from __future__ import annotations

import ctypes
import mmap
import re
import time
from functools import cache
from typing import Any, Final

import structlog
from billiard.exceptions import WorkerLostError
from celery import signals

from core.messages import INTERACTIVE, LOSE_CHUNK, RENDER_CHUNK
from core.settings import read_settings
from sending import UNANSWERED
from workers.app import app

_log = structlog.get_logger(__name__)

# A page that children share with the parent that forked them, whenever it did: only the parent hears SIGTERM.
_asked_at: Final = ctypes.c_double.from_buffer(mmap.mmap(-1, mmap.PAGESIZE))
_SIGNAL: Final = re.compile(r"signal \d+(?: \((\w+)\))?|exitcode \d+")


def must_stop() -> bool:
    """Whether this worker was asked to stop so long ago that the chunk in its hands has to be given back."""
    asked_at = _asked_at.value
    return asked_at > 0 and time.monotonic() > asked_at + _finish_seconds()


@cache
def _finish_seconds() -> float:
    return read_settings().finish_seconds


@signals.worker_shutting_down.connect
def _asked_to_stop(**_: Any) -> None:
    _asked_at.value = _asked_at.value or time.monotonic()


@signals.task_failure.connect
def _lost_child(sender: Any, exception: BaseException, args: Any, kwargs: dict[str, Any], **_: Any) -> None:
    """In the parent, which alone knows of what a child died."""
    if sender.name == RENDER_CHUNK and isinstance(exception, WorkerLostError) and "attempt" in kwargs:
        with structlog.contextvars.bound_contextvars(chunk_id=args[0], job_id=kwargs.get("job")):
            _tell(str(args[0]), kwargs.get("job"), kwargs["attempt"], _how(str(exception)))


def _tell(chunk_id: str, job_id: str | None, attempt: int, how: str) -> None:
    facts = {"attempt": attempt, "how": how, "job": job_id}
    try:
        app.send_task(LOSE_CHUNK, args=[chunk_id], kwargs=facts, queue=INTERACTIVE, retry=False)
    except UNANSWERED as error:
        _log.warning("loss not told; the lease will expire", error=type(error).__name__)


def _how(said: str) -> str:
    """`SIGSEGV` of "Worker exited prematurely: signal 11 (SIGSEGV) Job: 7."."""
    found = _SIGNAL.search(said)
    return "unknown" if found is None else found[1] or found[0]
