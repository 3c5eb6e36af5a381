"""The parts of one piece of work, timed one after another."""

from __future__ import annotations

from time import perf_counter

from prometheus_client import Histogram

from core import traces


class Stopwatch:
    """`lap("pdf")`: what was done since the last lap was that. The histogram's last label takes its name."""

    def __init__(self, seconds: Histogram, *labels: str) -> None:
        self._seconds = seconds
        self._labels = labels
        self._since = perf_counter()

    def lap(self, name: str) -> None:
        now = perf_counter()
        self._seconds.labels(*self._labels, name).observe(now - self._since)
        traces.note(name, now - self._since, {})
        self._since = now
