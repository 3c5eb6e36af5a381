"""The time that a request may take in all. A socket's own timeout begins anew with every byte that trickles in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Watch:
    """Runs from when it is made. All in seconds."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def passed(self) -> float:
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Never quite nothing, which sockets would take for no limit at all."""
        return max(self._seconds - self.passed, 0.001)

    @property
    def is_over(self) -> bool:
        return self.passed >= self._seconds


class Alarm:
    """`with Alarm(line, seconds):` ends a connection from outside when the time is up, however busy it is."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self._line = line
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _cut(self) -> None:
        with suppress(OSError):
            # Below TLS: a farewell in TLS would wait for somebody who does not listen.
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def within(seconds: float, ask: Callable[[], T]) -> T:
    """The answer of something that cannot be stopped, such as a name server's. Raises `TimeoutError` and lets it end by itself,
    or raises what it raises of `OSError` and `ValueError`."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    threading.Thread(target=run, name="asking", daemon=True).start()
    return answer.result(timeout=seconds)
