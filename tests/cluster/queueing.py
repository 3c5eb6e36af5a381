"""What queueing theory says of workers that draw chunks: of how much they get done, and of how long a chunk waits for one.

docs/scaling.md explains both.  All times in seconds, rates in chunks a second.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from math import factorial


def throughput(workers: int, *, alone: float, cpu: float, cores: float) -> float:
    """Of so many workers that always find work. `alone`: how long a chunk takes where one worker has the cores for itself;
    `cpu`: how much CPU it takes, everybody's part counted. Workers add up until the cores are full; on which hosts they are does
    not occur here."""
    return min(workers / alone, cores / cpu)


def waiting(workers: int, *, arrivals: float, service: float, variation: float = 0.0) -> float:
    """How long a chunk that comes at random waits on average until one of the workers takes it (M/G/c, by Allen and Cunneen:
    Erlang's C for M/M/c, times the half of what its two processes vary). `variation`: the squared coefficient of variation of the
    service times, 1 for M/M/c and 0 where all take as long. Infinite where more comes than is served."""
    load = arrivals * service
    if load >= workers:
        return float("inf")
    return erlang_c(workers, load) * service / (workers - load) * (1 + variation) / 2


def waits(workers: int, comers: Iterable[tuple[float, float]]) -> Iterator[float]:
    """How long each waits of those who come at such times, in that order, and take so long, where the first worker who is free
    takes the next of them. A few dozen that come at random wait longer or shorter than `waiting` says of millions."""
    free = [0.0] * workers
    for came, takes in comers:
        begun = max(came, heapq.heappop(free))
        heapq.heappush(free, begun + takes)
        yield begun - came


def erlang_c(workers: int, load: float) -> float:
    """The part of all comers who have to wait in M/M/c; `load` in Erlang (arrivals a second x seconds each), below `workers`."""
    all_busy = load**workers / factorial(workers) * workers / (workers - load)
    return all_busy / (sum(load**busy / factorial(busy) for busy in range(workers)) + all_busy)
