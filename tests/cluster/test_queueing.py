"""The model against what is known of it, and against a simulation."""

from __future__ import annotations

import random
from itertools import accumulate
from statistics import fmean

import pytest

from tests.cluster.queueing import erlang_c, throughput, waiting, waits


def test_one_worker_waits_as_the_textbook_says() -> None:
    # M/M/1: rho / (1 - rho) service times; M/D/1: half of that
    assert waiting(1, arrivals=0.5, service=1, variation=1) == pytest.approx(1.0)
    assert waiting(1, arrivals=0.5, service=1) == pytest.approx(0.5)


def test_who_has_to_wait_is_what_erlangs_tables_say() -> None:
    assert erlang_c(1, 0.6) == pytest.approx(0.6)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(10, 8.0) == pytest.approx(0.409, abs=0.001)


def test_more_than_is_served_waits_for_ever() -> None:
    assert waiting(2, arrivals=2, service=1) == float("inf")


def test_a_simulation_waits_as_long() -> None:
    chance = random.Random(1)
    times = accumulate(chance.expovariate(1.4) for _ in range(200_000))
    mean = fmean(waits(2, ((time, chance.expovariate(1)) for time in times)))
    assert mean == pytest.approx(waiting(2, arrivals=1.4, service=1, variation=1), rel=0.05)


def test_who_comes_while_all_are_busy_waits_for_the_first_who_is_free() -> None:
    assert list(waits(2, [(0, 3), (1, 1), (1, 1), (1.5, 1)])) == [0, 0, 1, 1.5]


def test_workers_add_up_until_the_cores_are_full() -> None:
    assert throughput(1, alone=2, cpu=1.5, cores=2) == 0.5
    assert throughput(2, alone=2, cpu=1.5, cores=2) == 1.0
    assert throughput(8, alone=2, cpu=1.5, cores=2) == pytest.approx(2 / 1.5)
