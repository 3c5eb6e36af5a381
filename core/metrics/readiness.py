"""Is this deployment able to work?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import uuid4

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.metrics.broker import open_broker
from core.parts import Parts
from core.storage import Storage, StorageUnavailable

DISPENSABLE: Final = frozenset({"broker", "cache"})
"""Parts without which requests are still answered rightly."""
STORAGE_ANSWERS_WITHIN: Final = 5.0
"""Seconds. Slower than that it may be, and work goes on; but whoever asks `/readyz` should hear of it."""
FAILURES: Final = (SQLAlchemyError, RedisError, StorageUnavailable, OSError)

_asking: Final = ThreadPoolExecutor(1, thread_name_prefix="storage-probe")


def check_readiness(parts: Parts) -> dict[str, str]:
    """`ok`, or what is wrong, for each part that work needs: database, broker, cache, storage, fonts."""
    checks: dict[str, Callable[[], None]] = {
        "database": lambda: _check_database(parts),
        "broker": lambda: _check_broker(parts),
        "cache": lambda: _check_cache(parts),
        "storage": lambda: _check_storage(parts),
        "fonts": lambda: _check_fonts(parts),
    }
    return {name: _outcome(check) for name, check in checks.items()}


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except FAILURES as error:
        # The class says enough; a message may hold an address with a password in it.
        return f"failed: {type(error).__name__}"
    return "ok"


def _check_database(parts: Parts) -> None:
    with parts.engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM jobs LIMIT 1"))


def _check_broker(parts: Parts) -> None:
    with open_broker(parts) as broker:
        broker.ping()


def _check_cache(parts: Parts) -> None:
    parts.cache.ping()


def _check_storage(parts: Parts) -> None:
    """Whether it takes something and gives it back to nobody. A disk that hangs hangs whoever asks it, so another thread does."""
    asked = _asking.submit(_try_storage, parts.storage)
    try:
        asked.result(timeout=STORAGE_ANSWERS_WITHIN)
    except TimeoutError:
        asked.cancel()  # where an earlier one hangs still
        raise StorageUnavailable("no answer") from None


def _try_storage(storage: Storage) -> None:
    key = f"probes/{uuid4().hex}"
    storage.put({key: b"certmill"})
    storage.delete(key)


def _check_fonts(parts: Parts) -> None:
    for family in parts.fonts.families:
        parts.fonts.chain(family).primary.data  # noqa: B018, reading is the check
