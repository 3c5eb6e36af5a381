"""What a request costs: CPU of the web processes that answer it, of PostgreSQL and of the cache, together.

Approaches take turns: in each round each is asked for about a second, one request after another, on connections that are kept.
Nobody else uses the servers meanwhile. The client is another process, whose CPU does not count.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.reads.asking import Connection, get
from benchmarks.reads.webs import Web, cpu_ms

CONNECTIONS = 4
"""So many that every process of a web has some."""
_FEWEST = 3
_TRIED = 10


class Cost(NamedTuple):
    """Of one request, in ms: the mean of a round. `wall` is how long its client waited."""

    web: float
    database: float
    cache: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.web + self.database + self.cache


class Approach:
    """One way to ask. `before` runs before each request and is not measured, unless it gives the servers work."""

    def __init__(
        self,
        name: str,
        web: Web,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        known: bool = False,
        before: Callable[[int], object] = lambda _: None,
    ) -> None:
        """`known`: what was answered is remembered, and asked for by `If-None-Match` from then on."""
        self.name = name
        self.web = web
        self.costs: list[Cost] = []
        self.said: Counter[str] = Counter()
        """What answers were: 304, or `X-Cache`."""
        self._path = path
        self._headers = dict(headers or {})
        self._known = known
        self._before = before
        self._request = get(path, self._headers)
        self._connections: list[Connection] = []

    def connect(self) -> None:
        """Begin a turn: on new connections, since a server hangs up on those that are silent for half a minute."""
        for connection in self._connections:
            connection.close()
        self._connections = [Connection(self.web.port) for _ in range(CONNECTIONS)]
        for _ in self._connections:
            self.ask()

    def ask(self) -> None:
        """Raises RuntimeError for an error."""
        self._before(self.said.total())
        self._answered()

    def timed(self) -> float:
        """The same, and how many ms it took."""
        self._before(self.said.total())
        started = time.perf_counter()
        self._answered()
        return (time.perf_counter() - started) * 1000

    def _answered(self) -> None:
        reply = self._connections[self.said.total() % CONNECTIONS].ask(self._request)
        if reply.status not in (200, 304):
            raise RuntimeError(f"{self.name}: {reply.head!r} {reply.body[:500]!r}")
        if self._known and reply.status == 200:
            self._request = get(self._path, {**self._headers, "If-None-Match": reply.header("ETag")})
        self.said[str(reply.status) if reply.status == 304 else reply.header("X-Cache")] += 1

    @property
    def mostly(self) -> str:
        """What most answers were, and how many in a hundred."""
        ((said, times),) = self.said.most_common(1)
        return f"{said or '200'} {100 * times / self.said.total():.0f} %"

    @property
    def cost(self) -> Cost:
        """The medians over all rounds."""
        return Cost(*(median(each) for each in zip(*self.costs, strict=True)))


def take_turns(
    approaches: Sequence[Approach], *, database: int, cache: int, rounds: int, seconds: float
) -> None:
    """Fill `costs` of all of them. `database` and `cache` are the servers' process ids."""
    counts = {approach.name: _in(approach, seconds) for approach in approaches}
    for _ in range(rounds):
        for approach in approaches:
            pids = (approach.web.pid, database, cache)
            count = counts[approach.name]
            approach.connect()
            before, started = [cpu_ms(pid) for pid in pids], time.perf_counter()
            for _ in range(count):
                approach.ask()
            waited = (time.perf_counter() - started) * 1000
            spent = [cpu_ms(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
            approach.costs.append(Cost(*(each / count for each in (*spent, waited))))


def ratio(one: Approach, other: Approach) -> float:
    """How many times the CPU of the other a request of the one takes: the median over rounds."""
    return median(a.cpu / b.cpu for a, b in zip(one.costs, other.costs, strict=True))


def _in(approach: Approach, seconds: float) -> int:
    """How many requests fit into that time."""
    approach.connect()
    started = time.perf_counter()
    for _ in range(_TRIED):
        approach.ask()
    return max(_FEWEST, round(seconds * _TRIED / (time.perf_counter() - started)))
