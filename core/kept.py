"""Things that cost time to make, kept within a budget of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from enum import Enum
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


class _Nothing(Enum):
    """What stands where there is no value, which may itself be None."""

    NOTHING = 0


_NOTHING: Final = _Nothing.NOTHING
_MARKS: Final = 4096  # of what was asked for once: some hundred documents' worth


class Kept(Generic[K, V]):
    """A cache that forgets what was not asked for lately, and never keeps more than `budget` bytes.

    Two generations stand in for a list ordered by use, so that a hit is one look-up. When the young fill half of the budget
    they join the old; what is asked for among the old becomes young again; where room is needed the oldest make it, one by
    one. So whatever fits into the budget stays. Safe between threads: the worst race makes one value twice.
    """

    def __init__(self, budget: int, weigh: Callable[[V], int], *, asked_twice: bool = False) -> None:
        """`weigh` says how many bytes a value takes. With `asked_twice` what is asked for once is not kept: a batch is full of
        names that never come again, and what does come again needs the room."""
        self.budget: Final = budget
        self._weigh = weigh
        self._asked_twice = asked_twice
        self._asked: set[int] = set()
        self._asked_before: set[int] = set()
        self._young: dict[K, V] = {}
        self._old: OrderedDict[K, V] = (
            OrderedDict()
        )  # of a dict, the first is the slower to find the more went before it
        self._weights: dict[K, int] = {}
        self._bytes = self._young_bytes = 0
        self._lock = Lock()

    def get(self, key: K, make: Callable[[K], V]) -> V:
        """The value of `key`, made now if it is not kept. A value heavier than half the budget is never kept."""
        found = self._young.get(key, _NOTHING)
        if found is not _NOTHING:
            return found
        found = self._from_old(key)
        if found is not _NOTHING:
            return found
        value = make(key)
        if self.wants(key):
            self.put(key, value)
        return value

    def wants(self, key: K) -> bool:
        """Whether to keep a value of `key` that is made now. To ask this is to ask for it: once, or twice."""
        return not self._asked_twice or self._was_asked(key)

    def seek(self, key: K) -> V | None:
        """The value of `key` if it is kept."""
        found = self._young.get(key, _NOTHING)
        if found is _NOTHING:
            found = self._from_old(key)
        return None if found is _NOTHING else found

    def put(self, key: K, value: V) -> None:
        """Keep `value` instead of what was kept for `key`."""
        weight = self._weigh(value)
        with self._lock:
            self._forget(key)
            if weight > self.budget // 2:
                return
            self._make_young(key, value, weight)
            self._weights[key] = weight
            self._bytes += weight
            while self._bytes > self.budget:
                self._forget(next(iter(self._old)))

    def _from_old(self, key: K) -> V | _Nothing:
        with self._lock:
            value = self._old.pop(key, _NOTHING)
            if value is not _NOTHING:
                self._make_young(key, value, self._weights[key])
            return value

    def _was_asked(self, key: K) -> bool:
        """Whether somebody asked for it lately, or for something else of that hash, which does no harm."""
        mark = hash(key)
        if mark in self._asked or mark in self._asked_before:
            return True
        if len(self._asked) >= _MARKS:
            self._asked, self._asked_before = set(), self._asked
        self._asked.add(mark)
        return False

    def _make_young(self, key: K, value: V, weight: int) -> None:
        if self._young_bytes + weight > self.budget // 2:
            self._old.update(self._young)
            self._young, self._young_bytes = {}, 0
        self._young[key] = value
        self._young_bytes += weight

    def _forget(self, key: K) -> None:
        weight = self._weights.pop(key, 0)
        self._bytes -= weight
        if self._old.pop(key, _NOTHING) is _NOTHING and self._young.pop(key, _NOTHING) is not _NOTHING:
            self._young_bytes -= weight

    def __len__(self) -> int:
        return len(self._weights)

    @property
    def weight(self) -> int:
        """Bytes that it holds now."""
        return self._bytes
