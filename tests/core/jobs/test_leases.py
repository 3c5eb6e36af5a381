from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.jobs.leases import Lease, Renewal, renew_lease, return_lease, take_lease
from core.jobs.recording import Drawn, Failed, Outcome, record_chunk
from core.models import Certificate, Chunk, Item, Job
from core.parts import Parts
from tests.core.jobs.conftest import AddJob

ChunksOf = Callable[[UUID], list[Chunk]]
FILES = {"pdf": {"digest": "0" * 64, "size": 1}}


def take(runtime: Parts, chunk: Chunk) -> Lease | None:
    with runtime.sessions.begin() as session:
        return take_lease(session, chunk.id, seconds=20)


def record(runtime: Parts, lease: Lease, *, failing: tuple[int, ...] = ()) -> Outcome:
    drawn = [Drawn(position, FILES) for position in lease.positions if position not in failing]
    problem = {"code": "text_does_not_fit", "field": "name", "detail": "Too long."}
    failed = [Failed(position, problem) for position in failing]
    with runtime.sessions.begin() as session:
        return record_chunk(session, lease, drawn=drawn, failed=failed)


def certificates(runtime: Parts) -> int:
    with runtime.sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(Certificate)) or 0


def test_of_many_workers_that_claim_a_chunk_at_once_one_gets_it(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    (chunk,) = chunks_of(add_job(6))
    start = Barrier(8)

    def claim(_: int) -> Lease | None:
        start.wait()
        return take(runtime, chunk)

    with ThreadPoolExecutor(8) as pool:
        leases = [lease for lease in pool.map(claim, range(8)) if lease]
    assert [lease.attempt for lease in leases] == [1]


def test_a_lease_that_expired_is_taken_over_and_counts_as_a_loss(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, let_pass: Callable[[timedelta], None]
) -> None:
    job_id = add_job(6)
    (chunk,) = chunks_of(job_id)
    assert take(runtime, chunk)
    assert take(runtime, chunk) is None
    let_pass(timedelta(seconds=21))
    second = take(runtime, chunk)
    assert second
    assert second.attempt == 2
    assert chunks_of(job_id)[0].losses == 1


def test_a_worker_that_lost_its_lease_records_nothing(
    runtime: Parts,
    add_job: AddJob,
    chunks_of: ChunksOf,
    let_pass: Callable[[timedelta], None],
    job_row: Callable[[UUID], Job],
) -> None:
    job_id = add_job(6)
    (chunk,) = chunks_of(job_id)
    zombie = take(runtime, chunk)
    let_pass(timedelta(seconds=21))
    heir = take(runtime, chunk)
    assert zombie
    assert heir
    assert record(runtime, zombie) is Outcome.LOST
    assert certificates(runtime) == 0
    assert record(runtime, heir) is Outcome.FINISHED
    assert record(runtime, zombie) is Outcome.LOST
    assert record(runtime, heir) is Outcome.LOST
    assert certificates(runtime) == 6
    assert job_row(job_id).issued == 6


def test_recording_counts_what_was_issued_and_what_failed(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, job_row: Callable[[UUID], Job]
) -> None:
    job_id = add_job(12, chunk_items=6)
    first, second = chunks_of(job_id)
    leases = [take(runtime, first), take(runtime, second)]
    assert leases[0]
    assert leases[1]
    assert record(runtime, leases[0], failing=(2, 3)) is Outcome.RECORDED
    assert job_row(job_id).finished_at is None
    assert record(runtime, leases[1]) is Outcome.FINISHED
    job = job_row(job_id)
    assert (job.issued, job.failed, job.cancelled, job.total) == (10, 2, 0, 12)
    with runtime.sessions.begin() as session:
        failed = session.scalars(select(Item).where(Item.state == "failed").order_by(Item.position)).all()
    assert [item.position for item in failed] == [2, 3]
    assert failed[0].problem == {"code": "text_does_not_fit", "field": "name", "detail": "Too long."}


def test_only_the_holder_renews_a_lease(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, let_pass: Callable[[timedelta], None]
) -> None:
    (chunk,) = chunks_of(add_job(6))
    zombie = take(runtime, chunk)
    let_pass(timedelta(seconds=21))
    heir = take(runtime, chunk)
    assert zombie
    assert heir
    with runtime.sessions.begin() as session:
        assert not renew_lease(session, zombie, seconds=20)
        assert renew_lease(session, heir, seconds=20)


def test_a_renewal_keeps_a_short_lease_and_notices_when_it_is_lost(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    (chunk,) = chunks_of(add_job(6))
    with runtime.sessions.begin() as session:
        lease = take_lease(session, chunk.id, seconds=0.4)
    assert lease
    with Renewal(runtime.sessions, lease, seconds=0.4) as renewal:
        renewal._done.wait(1.2)
        assert take(runtime, chunk) is None
        assert not renewal.lost
        with runtime.sessions.begin() as session:
            return_lease(session, lease)
        renewal._lost.wait(5)
        assert renewal.lost


def test_a_returned_chunk_is_due_again_only_after_a_pause(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, let_pass: Callable[[timedelta], None]
) -> None:
    from core.jobs.relay import relay

    (chunk,) = chunks_of(add_job(6))
    lease = take(runtime, chunk)
    assert lease
    with runtime.sessions.begin() as session:
        return_lease(session, lease)
    assert relay(runtime) == 0
    let_pass(timedelta(seconds=11))
    assert relay(runtime) == 1


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_a_chunk_at_rest_cannot_be_claimed(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, state: str
) -> None:
    (chunk,) = chunks_of(add_job(6))
    lease = take(runtime, chunk)
    assert lease
    if state == "done":
        record(runtime, lease)
    else:
        with runtime.sessions.begin() as session:
            session.get_one(Chunk, chunk.id).done_at = runtime.clock()
    assert take(runtime, chunk) is None


def test_a_certificate_is_dated_by_the_database_whatever_the_worker_s_clock_says(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    (chunk,) = chunks_of(add_job(6))
    lease = take(runtime, chunk)
    assert lease
    with runtime.sessions.begin() as session:
        before = session.scalars(select(func.clock_timestamp())).one()
    record(runtime, lease)
    with runtime.sessions.begin() as session:
        (moment,) = session.scalars(select(Certificate.issued_at).distinct())
        assert before <= moment <= session.scalars(select(func.clock_timestamp())).one()
