"""What comes back unfinished is counted once, whoever notices: the sum is that of the chunks' losses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from core.figures.instruments import registry
from core.jobs.leases import return_lease, take_lease
from core.jobs.upkeep import keep_up, lose_chunk
from core.models import Chunk
from core.parts import Parts
from tests.core.jobs.conftest import AddJob

ChunksOf = Callable[[UUID], list[Chunk]]


def returned(because: str) -> float:
    return registry.get_sample_value("certmill_returned_chunks_total", {"because": because}) or 0.0


def lost(how: str) -> float:
    return registry.get_sample_value("certmill_lost_workers_total", {"how": how}) or 0.0


def take(runtime: Parts, chunk_id: UUID) -> int:
    with runtime.sessions.begin() as session:
        lease = take_lease(session, chunk_id, seconds=20)
    assert lease is not None
    return lease.attempt


def test_a_lease_that_expired_is_counted_whether_upkeep_or_the_next_worker_notices(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, let_pass: Callable[[timedelta], None]
) -> None:
    job_id = add_job(6)
    (chunk,) = chunks_of(job_id)
    before = returned("lease expired")

    take(runtime, chunk.id)
    assert returned("lease expired") == before
    let_pass(timedelta(seconds=21))
    take(runtime, chunk.id)
    assert returned("lease expired") == before + 1
    let_pass(timedelta(seconds=21))
    keep_up(runtime)
    keep_up(runtime)
    assert returned("lease expired") == before + 2


def test_a_worker_that_was_seen_to_die_is_counted_once_and_by_how(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    (chunk,) = chunks_of(add_job(6))
    attempt = take(runtime, chunk.id)
    before = (lost("SIGSEGV"), returned("worker lost"))
    for _ in range(2):
        lose_chunk(runtime, chunk.id, attempt=attempt, how="SIGSEGV")
    assert (lost("SIGSEGV"), returned("worker lost")) == (before[0] + 1, before[1] + 1)


def test_a_chunk_that_waits_for_storage_is_counted(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    (chunk,) = chunks_of(add_job(6))
    before = returned("storage unavailable")
    with runtime.sessions.begin() as session:
        lease = take_lease(session, chunk.id, seconds=20)
        assert lease is not None
        return_lease(session, lease)
    assert returned("storage unavailable") == before + 1
