"""A storage whose calls are counted and timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, Timer
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, NamedTuple

from core import traces
from core.storage.errors import FileMissing, StorageRefused, StorageUnavailable
from core.storage.files import StoredFile

if TYPE_CHECKING:
    from core.storage import Storage

Operation = Literal["put", "open", "delete"]
Outcome = Literal["ok", "missing", "unavailable", "refused", "failed"]


class Use(NamedTuple):
    """What storage was asked: `calls` of one operation with one outcome, with `files` and `bytes` given to it, and the `seconds`
    that they took. Of `open` these last until bytes begin to come."""

    calls: int = 0
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def plus(self, other: Use) -> Use:
        return Use(
            self.calls + other.calls,
            self.files + other.files,
            self.bytes + other.bytes,
            self.seconds + other.seconds,
        )


Uses = Mapping[tuple[Operation, Outcome], Use]


class UseCounter:
    """Sums up what one process asks of storage, and hands the sums to `keep` at most every so many seconds.

    `keep` answers whether it has them; if not, they are handed over later with the rest.
    """

    def __init__(self, keep: Callable[[Uses], bool], *, every: float = 5.0) -> None:
        self._keep = keep
        self._every: Final = every
        self._lock = Lock()
        self._uses: dict[tuple[Operation, Outcome], Use] = {}
        self._timer: Timer | None = None

    def note(self, operation: Operation, outcome: Outcome, use: Use) -> None:
        with self._lock:
            self._add(operation, outcome, use)
            if self._timer is None:
                self._timer = Timer(self._every, self.hand_over)
                self._timer.daemon = True
                self._timer.start()

    def hand_over(self) -> None:
        """Now. What a process ends with, and what it begins to tell of itself with."""
        with self._lock:
            uses, self._uses = self._uses, {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if uses and not self._keep(uses):
            with self._lock:
                for (operation, outcome), use in uses.items():
                    self._add(operation, outcome, use)

    def _add(self, operation: Operation, outcome: Outcome, use: Use) -> None:
        self._uses[operation, outcome] = self._uses.get((operation, outcome), Use()).plus(use)


class MeasuredStorage:
    """Does what the storage within does, and notes it."""

    def __init__(self, storage: Storage, counter: UseCounter) -> None:
        self._storage = storage
        self._counter = counter

    def put(self, files: Mapping[str, bytes]) -> None:
        with self._noted("put", len(files), sum(map(len, files.values()))):
            self._storage.put(files)

    def open(self, key: str) -> BinaryIO:
        with self._noted("open"):
            return self._storage.open(key)

    def delete(self, key: str) -> None:
        with self._noted("delete"):
            self._storage.delete(key)

    def url(self, key: str, *, headers: Mapping[str, str], now: datetime) -> str | None:
        return self._storage.url(key, headers=headers, now=now)

    def walk(self, prefix: str = "") -> Iterator[StoredFile]:
        return self._storage.walk(prefix)

    def discard(self, key: str, *, older_than: datetime) -> bool:
        with self._noted("delete"):
            return self._storage.discard(key, older_than=older_than)

    @contextmanager
    def _noted(self, operation: Operation, files: int = 1, size: int = 0) -> Iterator[None]:
        begun = perf_counter()
        outcome: Outcome = "failed"
        try:
            with traces.span(f"storage {operation}", files=files, bytes=size):
                yield
            outcome = "ok"
        except FileMissing:
            outcome = "missing"
            raise
        except StorageRefused:
            outcome = "refused"
            raise
        except StorageUnavailable:
            outcome = "unavailable"
            raise
        finally:
            self._counter.note(operation, outcome, Use(1, files, size, perf_counter() - begun))
