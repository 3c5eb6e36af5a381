"""Things that cost time to make, kept within a budget of bytes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A cache that forgets what was not asked for lately, and never keeps more than `budget` bytes.

    Two generations stand in for a list ordered by use, so that a hit is one look-up: when the young fill half of the
    budget, the old are forgotten and the young become the old. What is asked for among the old becomes young again.
    Safe between threads: the worst race makes one value twice.
    """

    def __init__(self, budget: int, weigh: Callable[[V], int]) -> None:
        self._half = budget // 2
        self._weigh = weigh
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._bytes = 0

    def get(self, key: K, make: Callable[[K], V]) -> V:
        """The value of `key`, made now if it is not kept. A value heavier than half the budget is never kept."""
        young = self._young
        if key in young:
            return young[key]
        value = self._old[key] if key in self._old else make(key)
        weight = self._weigh(value)
        if weight > self._half:
            return value
        if self._bytes + weight > self._half:
            self._old, self._young, self._bytes = self._young, {}, 0
        self._young[key] = value
        self._bytes += weight
        return value

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())
