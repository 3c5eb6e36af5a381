"""Upkeep by those who work anyway: beat may be away, and its messages may wait behind others."""

from __future__ import annotations

import time
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.jobs import upkeep
from core.parts import Parts

_log = structlog.get_logger(__name__)

_EVERY: Final = 5.0
_kept_up_at = time.monotonic()


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
