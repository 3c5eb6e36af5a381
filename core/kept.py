"""Things that cost time to make, kept within a budget of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Same(Generic[V]):
    """A key that is equal only to one of the very same object, however large that is. It keeps the object alive."""

    __slots__ = ("value",)

    def __init__(self, value: V) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


_STRANGERS: Final = 1024
"""Of what was asked for once, some tens of documents' worth. Of 4096, so much came back late and was kept that what comes all the
time had to be made anew: sheets took an eighth more."""


class _Entry(Generic[K, V]):
    __slots__ = ("asked", "key", "value", "weight")

    def __init__(self, key: K, value: V, weight: int) -> None:
        self.key: Final = key
        self.value = value
        self.weight = weight
        self.asked = False
        """Whether somebody asked for it since it was last looked at."""


class Kept(Generic[K, V]):
    """A cache that forgets what was not asked for lately, and never keeps more than `budget` bytes.

    To ask is one look-up, which leaves a mark. Where room is needed all that is kept stands in a queue: who comes to its head
    with a mark loses that and goes to its end, who comes without goes (the clock algorithm, Corbató 1968). So whatever fits into
    the budget stays. Safe between threads: the worst race makes one value twice.
    """

    def __init__(self, budget: int, weigh: Callable[[V], int], *, asked_twice: bool = False) -> None:
        """`weigh` says how many bytes a value takes. With `asked_twice` what is asked for once is not kept: a batch is full of
        names that never come again, and what does come again needs the room."""
        self.budget: Final = budget
        self._weigh = weigh
        self._asked_twice = asked_twice
        self._strangers: set[int] = set()
        self._strangers_before: set[int] = set()
        self._entries: dict[K, _Entry[K, V]] = {}
        self._queue: deque[_Entry[K, V]] = deque()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: K, make: Callable[[K], V]) -> V:
        """The value of `key`, made now if it is not kept. A value heavier than half the budget is never kept."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.asked = True
            return entry.value
        value = make(key)
        if self.wants(key):
            self.put(key, value)
        return value

    def wants(self, key: K) -> bool:
        """Whether to keep a value of `key` that is made now. To ask this is to ask for it: once, or twice."""
        return not self._asked_twice or self._was_asked(key)

    def seek(self, key: K) -> V | None:
        """The value of `key` if it is kept."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.asked = True
        return entry.value

    def put(self, key: K, value: V) -> None:
        """Keep `value` instead of what was kept for `key`."""
        weight = self._weigh(value)
        with self._lock:
            entry = self._entries.get(key)
            if weight > self.budget // 2:
                if entry is not None:
                    self._queue.remove(entry)
                    self._forget(entry)
                return
            if entry is None:
                self._entries[key] = entry = _Entry(key, value, weight)
                self._queue.append(entry)
                self._bytes += weight
            else:
                self._bytes += weight - entry.weight
                entry.value, entry.weight = value, weight
            while self._bytes > self.budget:
                self._look_at(self._queue.popleft())

    def _look_at(self, head: _Entry[K, V]) -> None:
        if head.asked:
            head.asked = False
            self._queue.append(head)
        else:
            self._forget(head)

    def _forget(self, entry: _Entry[K, V]) -> None:
        del self._entries[entry.key]
        self._bytes -= entry.weight

    def _was_asked(self, key: K) -> bool:
        """Whether somebody asked for it lately, or for something else of that hash, which does no harm."""
        stranger = hash(key)
        if stranger in self._strangers or stranger in self._strangers_before:
            return True
        if len(self._strangers) >= _STRANGERS:
            self._strangers, self._strangers_before = set(), self._strangers
        self._strangers.add(stranger)
        return False

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def weight(self) -> int:
        """Bytes that it holds now."""
        return self._bytes
