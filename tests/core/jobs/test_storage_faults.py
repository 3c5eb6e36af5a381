"""A disk that is full or can only be read delays chunks. Real file systems, small ones."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from core.callers import Caller
from core.jobs.leases import MOST_DELAY, return_lease, take_lease
from core.jobs.relay import LEAST_AHEAD, relay
from core.jobs.upkeep import keep_up
from core.metrics import check_readiness
from core.models import Chunk, Job
from core.parts import Parts
from core.settings import Settings
from tests.jobs import THERAPIST, accept_job
from tests.parts import Queue

Submit = Callable[[int], UUID]
Chunks = Callable[[UUID], list[Chunk]]
LetPass = Callable[[timedelta], None]


@pytest.fixture
def disk(mounted: Callable[..., Path]) -> Path:
    return mounted("tmpfs", size="16m")


@pytest.fixture
def settings(settings: Settings, disk: Path) -> Settings:
    return replace(settings, media_url=disk.as_uri(), chunk_items=2)


@pytest.fixture
def submit(runtime: Parts, caller: Caller, built_in_templates: None) -> Submit:
    """`submit(4)`: a job of so many items that the queue was told of."""
    return lambda items: accept_job(runtime, caller, [THERAPIST] * items)


@pytest.fixture
def fill(disk: Path) -> Iterator[Callable[[], None]]:
    """`fill()`: no room is left."""

    def write() -> None:
        with (disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    yield write
    (disk / "ballast").unlink(missing_ok=True)


def delays(chunks: list[Chunk]) -> list[float]:
    return [
        (chunk.not_before - chunk.sent_at).total_seconds()
        for chunk in chunks
        if chunk.not_before is not None and chunk.sent_at is not None
    ]


def test_a_full_disk_delays_a_chunk_longer_each_time_and_fails_nothing(
    runtime: Parts,
    submit: Submit,
    fill: Callable[[], None],
    disk: Path,
    queue: Queue,
    chunks_of: Chunks,
    job_row: Callable[[UUID], Job],
    let_pass: LetPass,
) -> None:
    job_id = submit(1)
    fill()
    waited = []
    for _ in range(8):
        assert queue.work(runtime) == 1
        assert relay(runtime) == 0
        (delay,) = delays(chunks_of(job_id))
        waited.append(delay)
        let_pass(timedelta(seconds=delay))
        assert relay(runtime) == 1
    assert waited == [1, 2, 4, 8, 16, MOST_DELAY, MOST_DELAY, MOST_DELAY]
    assert (job_row(job_id).issued, job_row(job_id).failed) == (0, 0)
    assert [chunk.losses for chunk in chunks_of(job_id)] == [0]
    assert check_readiness(runtime)["storage"] == "failed: StorageUnavailable"

    (disk / "ballast").unlink()
    queue.work(runtime)

    assert (job_row(job_id).state, job_row(job_id).issued) == ("completed", 1)
    assert all(file.is_whole for file in runtime.storage.walk())


def test_an_outage_costs_few_attempts_whatever_the_backlog(
    runtime: Parts,
    submit: Submit,
    fill: Callable[[], None],
    disk: Path,
    queue: Queue,
    job_row: Callable[[UUID], Job],
    let_pass: LetPass,
) -> None:
    job_id = submit(40)
    fill()
    assert queue.work(runtime) == LEAST_AHEAD["bulk"]
    keep_up(runtime)
    assert queue.messages == []

    (disk / "ballast").unlink()
    let_pass(timedelta(seconds=MOST_DELAY))
    keep_up(runtime)
    queue.work(runtime)

    assert (job_row(job_id).state, job_row(job_id).issued) == ("completed", 40)


def test_a_disk_that_can_only_be_read_delays_and_fails_nothing(
    runtime: Parts,
    submit: Submit,
    disk: Path,
    queue: Queue,
    chunks_of: Chunks,
    job_row: Callable[[UUID], Job],
    let_pass: LetPass,
) -> None:
    job_id = submit(1)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    queue.work(runtime)
    assert delays(chunks_of(job_id)) == [1]

    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    let_pass(timedelta(seconds=1))
    relay(runtime)
    queue.work(runtime)

    assert job_row(job_id).issued == 1


def test_a_worker_that_lost_its_lease_meanwhile_puts_nothing_off(
    runtime: Parts, submit: Submit, chunks_of: Chunks, let_pass: LetPass
) -> None:
    (chunk,) = chunks_of(submit(1))
    with runtime.sessions.begin() as session:
        lost = take_lease(session, chunk.id, seconds=1)
    let_pass(timedelta(seconds=2))
    with runtime.sessions.begin() as session:
        ours = take_lease(session, chunk.id, seconds=20)
        assert lost is not None
        assert return_lease(session, lost) is None
        assert ours is not None
        # A lost worker is no failure of storage: the delay begins at its beginning.
        assert return_lease(session, ours) == 1
