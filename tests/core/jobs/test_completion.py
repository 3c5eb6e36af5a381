from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text

from core.cache.answers import Answers
from core.jobs.completion import complete_job
from core.jobs.leases import take_lease
from core.jobs.recording import Drawn, record_chunk
from core.jobs.upkeep import keep_up, lose_chunk, tick
from core.models import Chunk, Item, Job
from core.parts import Parts
from core.scopes import PUBLIC, owner_scope
from tests.core.jobs.conftest import AddJob
from tests.parts import Queue

ChunksOf = Callable[[UUID], list[Chunk]]
JobRow = Callable[[UUID], Job]


@pytest.fixture
def finish(runtime: Parts, chunks_of: ChunksOf) -> Callable[[UUID], None]:
    """Record all of a job's chunks, as workers that die right after would."""

    def record_all(job_id: UUID) -> None:
        for chunk in chunks_of(job_id):
            with runtime.sessions.begin() as session:
                lease = take_lease(session, chunk.id, seconds=20)
                assert lease
                drawn = [
                    Drawn(position, {"pdf": {"digest": "0" * 64, "size": 1}}) for position in lease.positions
                ]
                record_chunk(session, lease, drawn=drawn, failed=[])

    return record_all


@pytest.fixture
def without_cache(runtime: Parts) -> Parts:
    """The same parts with a cache that nobody answers for."""
    nobody = Redis(host="127.0.0.1", port=9, retry=Retry(NoBackoff(), 0), socket_connect_timeout=0.1)
    return replace(runtime, cache=nobody, answers=Answers(nobody, lifetime=10))


def test_a_finished_job_is_completed_after_its_listings_were_forgotten(
    runtime: Parts, add_job: AddJob, finish: Callable[[UUID], None], job_row: JobRow
) -> None:
    job_id = add_job(6)
    owner = owner_scope(job_row(job_id).owner_id)
    before = {scope: runtime.answers.stamp(scope) for scope in (PUBLIC, owner)}
    finish(job_id)
    assert job_row(job_id).state != "completed"
    assert complete_job(runtime, job_id)
    job = job_row(job_id)
    assert job.state == "completed"
    assert job.completed_at is not None
    assert all(runtime.answers.stamp(scope) != stamp for scope, stamp in before.items())


def test_a_job_that_is_not_listed_publicly_leaves_the_public_listing_alone(
    runtime: Parts, add_job: AddJob, finish: Callable[[UUID], None]
) -> None:
    job_id = add_job(6, lists_publicly=False)
    before = runtime.answers.stamp(PUBLIC)
    finish(job_id)
    assert complete_job(runtime, job_id)
    assert runtime.answers.stamp(PUBLIC) == before


def test_with_the_cache_down_a_job_waits_until_nothing_old_can_be_left_in_it(
    without_cache: Parts,
    add_job: AddJob,
    finish: Callable[[UUID], None],
    job_row: JobRow,
    let_pass: Callable[[timedelta], None],
) -> None:
    job_id = add_job(6)
    finish(job_id)
    assert not complete_job(without_cache, job_id)
    let_pass(timedelta(seconds=10))
    assert not complete_job(without_cache, job_id)
    assert job_row(job_id).state != "completed"
    let_pass(timedelta(seconds=1))
    assert complete_job(without_cache, job_id)
    assert job_row(job_id).state == "completed"


def test_the_next_second_completes_what_has_waited_long_enough(
    runtime: Parts,
    without_cache: Parts,
    add_job: AddJob,
    finish: Callable[[UUID], None],
    job_row: JobRow,
    let_pass: Callable[[timedelta], None],
) -> None:
    job_id = add_job(6)
    finish(job_id)
    complete_job(without_cache, job_id)
    tick(without_cache)
    assert job_row(job_id).state != "completed"
    let_pass(timedelta(seconds=11))
    tick(without_cache)
    assert job_row(job_id).state == "completed"


def test_upkeep_completes_what_a_dead_worker_left_finished(
    runtime: Parts, add_job: AddJob, finish: Callable[[UUID], None], job_row: JobRow
) -> None:
    job_id = add_job(6)
    finish(job_id)
    keep_up(runtime)
    assert job_row(job_id).state == "completed"


def test_a_job_is_completed_once(
    runtime: Parts, add_job: AddJob, finish: Callable[[UUID], None], job_row: JobRow
) -> None:
    job_id = add_job(6)
    assert not complete_job(runtime, job_id)
    finish(job_id)
    assert complete_job(runtime, job_id)
    moment = job_row(job_id).completed_at
    assert not complete_job(runtime, job_id)
    assert job_row(job_id).completed_at == moment


def lose_worker(runtime: Parts, chunk_id: UUID, let_pass: Callable[[timedelta], None]) -> None:
    with runtime.sessions.begin() as session:
        assert take_lease(session, chunk_id, seconds=20)
    let_pass(timedelta(seconds=21))
    keep_up(runtime)


def test_upkeep_returns_and_sends_again_what_a_dead_worker_held(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, let_pass: Callable[[timedelta], None], queue: Queue
) -> None:
    (chunk,) = chunks_of(add_job(32))
    lose_worker(runtime, chunk.id, let_pass)
    assert [message.id for message in queue.messages] == [str(chunk.id)]


def test_a_worker_that_was_seen_to_die_costs_no_lease_and_its_signal_is_named(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, queue: Queue
) -> None:
    job_id = add_job(1)
    (chunk,) = chunks_of(job_id)
    for attempt in (1, 2, 3):
        with runtime.sessions.begin() as session:
            assert take_lease(session, chunk.id, seconds=20)
        lose_chunk(runtime, chunk.id, attempt=attempt, how="SIGSEGV")
        assert len(queue.messages) == min(attempt, 2)
    with runtime.sessions.begin() as session:
        problem = session.get_one(Item, (job_id, 0)).problem
    assert problem is not None
    assert "SIGSEGV" in problem["detail"]


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_word_about_another_attempt_takes_nobody_s_lease(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf, attempt: int
) -> None:
    job_id = add_job(1)
    (chunk,) = chunks_of(job_id)
    with runtime.sessions.begin() as session:
        assert take_lease(session, chunk.id, seconds=20)
    lose_chunk(runtime, chunk.id, attempt=attempt, how="SIGKILL")
    (chunk,) = chunks_of(job_id)
    assert chunk.leased_until is not None
    assert chunk.losses == 0


def test_a_poison_item_fails_alone(
    runtime: Parts,
    add_job: AddJob,
    chunks_of: ChunksOf,
    let_pass: Callable[[timedelta], None],
    finish: Callable[[UUID], None],
    job_row: JobRow,
) -> None:
    job_id = add_job(6)
    (chunk,) = chunks_of(job_id)
    lose_worker(runtime, chunk.id, let_pass)
    lose_worker(runtime, chunk.id, let_pass)
    singles = [each for each in chunks_of(job_id) if each.done_at is None]
    assert [each.positions for each in singles] == [[position] for position in range(6)]
    poison = singles[4]
    for _ in range(3):
        lose_worker(runtime, poison.id, let_pass)
    for single in singles:
        if single.id != poison.id:
            with runtime.sessions.begin() as session:
                lease = take_lease(session, single.id, seconds=20)
                assert lease
                drawn = [Drawn(lease.positions[0], {})]
                record_chunk(session, lease, drawn=drawn, failed=[])
    keep_up(runtime)
    job = job_row(job_id)
    assert (job.state, job.issued, job.failed) == ("completed", 5, 1)
    with runtime.sessions.begin() as session:
        item = session.get_one(Item, (job_id, 4))
    assert item.problem is not None
    assert item.problem["code"] == "render_crashed"


def test_old_idempotency_keys_are_forgotten(
    runtime: Parts, user: object, add_job: AddJob, job_row: JobRow
) -> None:
    owner = job_row(add_job(1)).owner_id
    with runtime.sessions.begin() as session:
        for key, age in (("old", 9), ("young", 7)):
            session.execute(
                text("INSERT INTO idempotency_keys VALUES (:owner, :key, '', 202, '{}', '{}', :at)"),
                {"owner": owner, "key": key, "at": runtime.clock() - timedelta(days=age)},
            )
    keep_up(runtime)
    with runtime.sessions.begin() as session:
        assert session.scalars(text("SELECT key FROM idempotency_keys")).all() == ["young"]
