"""How long who asks has to wait while a server hangs, and what they are told while PostgreSQL restarts.

    make bench-outages  [TIMES=40] [INTO=docs/reliability.md]

A server hangs as one whose machine was taken away in mid-sentence: SIGSTOP, connections stay. Jobs are sent while the broker
hangs, then while both Redis do; everybody's listing is read while the cache does. Then PostgreSQL is killed and comes back after
two seconds, while somebody asks ten times a second. The last line is JSON. Exit code 1 says that something answered wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.telling import tell
from embedded.client import Client, RefusedError
from embedded.server import Server
from embedded.system import RunningSystem, system

_JOB: Final = {
    "template": "therapist-classic",
    "items": [
        {
            "candidate_name": "Asha Rao",
            "course_name": "Thai Massage",
            "start_date": "2026-01-05",
            "end_date": "2026-03-27",
        }
    ],
}
_AWAY: Final = 2.0


def main() -> int:
    times = int(os.environ.get("TIMES", "40"))
    with (
        tempfile.TemporaryDirectory(prefix="certmill-outages-") as folder,
        system(Path(folder) / "var") as ours,
        Client(ours.base_url, ours.admin_key) as client,
    ):
        broker, cache, database = ours.servers.broker, ours.servers.cache, ours.servers.database
        assert broker
        assert cache
        assert database
        client.post("/certificates/generate", _JOB, Prefer="wait=30")

        def submit() -> None:
            client.post("/certificates/generate", _JOB)

        def look() -> None:
            client.get("/certificates?limit=50")

        waits = {"a job, all well": _timed(submit, times), "a listing, all well": _timed(look, times)}
        with _hung(broker):
            waits["a job, broker hung"] = _timed(submit, times)
        with _hung(cache):
            waits["a listing, cache hung"] = _timed(look, times, pause=0.1)
        with _hung(broker), _hung(cache):
            waits["a job, both hung"] = _timed(submit, times)
        database.kill()
        told, without = _while_away(client, database)
        answered_after = _until_answered(ours)
    lines = [f"{'':<24}{'median':>9}{'slowest':>9} ms, of {times}"]
    lines += [f"{what:<24}{median(each):>9.1f}{max(each):>9.1f}" for what, each in waits.items()]
    lines.append(
        f"PostgreSQL away for {_AWAY:g} s: {told} answers of 503, {without} of them without Retry-After; the next listing "
        f"{answered_after * 1000:.0f} ms after it took connections again"
    )
    found = {
        "post_broker_hung_max_ms": round(max(waits["a job, broker hung"]), 1),
        "post_both_hung_max_ms": round(max(waits["a job, both hung"]), 1),
        "listing_cache_hung_max_ms": round(max(waits["a listing, cache hung"]), 1),
        "unavailable": told,
        "without_retry_after": without,
        "resumed_after_ms": round(answered_after * 1000),
    }
    tell("make bench-outages", "\n".join([*lines, json.dumps(found)]))
    return 0 if told and not without else 1


def _timed(do: Callable[[], None], times: int, *, pause: float = 0.0) -> list[float]:
    """Of each time, in ms."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(pause)
    return taken


@contextmanager
def _hung(server: Server) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def _while_away(client: Client, database: Server) -> tuple[int, int]:
    """How many were told 503, and how many of them not when to come back."""
    told = without = 0
    until = time.monotonic() + _AWAY
    while time.monotonic() < until:
        try:
            # Nobody keeps this one: it has to ask.
            client.get("/jobs?limit=1")
        except RefusedError as refused:
            told += refused.status == 503
            without += refused.status != 503 or "Retry-After" not in refused.headers
        time.sleep(0.1)
    database.start()
    database.wait_until_ready()
    return told, without


def _until_answered(ours: RunningSystem) -> float:
    began = time.monotonic()
    with Client(ours.base_url, ours.admin_key) as client:
        while True:
            try:
                client.get("/jobs?limit=1")
                return time.monotonic() - began
            except RefusedError:
                time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
