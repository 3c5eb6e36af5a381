"""What those who work do besides: upkeep, since beat may be away and its messages may wait behind others; and their own house."""

from __future__ import annotations

import time
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import heap
from core.jobs import upkeep
from core.parts import Parts

_log = structlog.get_logger(__name__)

_EVERY: Final = 5.0
_MEMORY_EVERY: Final = 10.0  # a few documents later most of it is asked for again, a page at a time
_kept_up_at = _gave_back_at = time.monotonic()


def keep_up_when_due(parts: Parts) -> None:
    """Upkeep, where this process has done none for some seconds. Of several who do it at one moment, one does."""
    global _kept_up_at  # noqa: PLW0603, one moment for one process
    if time.monotonic() > _kept_up_at + _EVERY:
        _kept_up_at = time.monotonic()
        try:
            upkeep.keep_up(parts)
        except SQLAlchemyError as error:
            # The chunk is recorded; a task that fails now would say otherwise.
            _log.warning("no upkeep just now", error=type(error).__name__)


def give_memory_back_when_due() -> None:
    """Return free memory to the system, where this process has not for some seconds."""
    global _gave_back_at  # noqa: PLW0603, one moment for one process
    if time.monotonic() > _gave_back_at + _MEMORY_EVERY:
        heap.give_back()
        _gave_back_at = time.monotonic()
