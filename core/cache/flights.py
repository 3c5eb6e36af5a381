"""Many who want the same at once: one fetches it, the others wait for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Flights(Generic[K, V]):
    """A flight lasts while its first passenger fetches; who comes later begins another."""

    def __init__(self) -> None:
        self._flights: dict[K, Future[V]] = {}
        self._lock = Lock()

    def join(self, key: K, fetch: Callable[[], V]) -> V:
        """What `fetch` returns or raises, here or in the thread that was first."""
        mine = Future[V]()
        with self._lock:
            flight = self._flights.setdefault(key, mine)
        if flight is not mine:
            return flight.result()
        try:
            value = fetch()
        except BaseException as error:  # whatever ended it, those who wait must hear of it
            mine.set_exception(error)
            raise
        else:
            mine.set_result(value)
            return value
        finally:
            with self._lock:
                del self._flights[key]
