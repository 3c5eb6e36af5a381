from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text

from core.callers import Caller
from core.jobs import chunks, upkeep
from core.jobs.control import cancel_job
from core.jobs.relay import nudge
from core.models import Chunk, Item
from core.parts import Parts
from tests.core.jobs.conftest import AddJob

ChunksOf = Callable[[UUID], list[Chunk]]


def waiting(runtime: Parts, job_id: UUID) -> tuple[int, int]:
    """Items that wait, and chunks that are open."""
    with runtime.sessions.begin() as session:
        items = select(func.count()).where(Item.job_id == job_id, Item.state == "waiting")
        open_chunks = select(func.count()).where(Chunk.job_id == job_id, Chunk.done_at.is_(None))
        return session.scalar(items) or 0, session.scalar(open_chunks) or 0


def test_a_cancel_beside_upkeep_that_splits_leaves_nothing_behind(
    runtime: Parts, add_job: AddJob, caller: Caller
) -> None:
    job_id = add_job(6)
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE chunks SET losses = 2"))
    with ThreadPoolExecutor(1) as pool:
        with runtime.sessions.begin() as session:
            upkeep._split_poisoned_chunks(session)
            cancelling = pool.submit(cancel_job, runtime, caller, job_id)
            sleep(0.3)
            assert not cancelling.done()
        answer = cancelling.result(timeout=10)
    assert (answer.state, answer.cancelled) == ("cancelled", 6)
    assert waiting(runtime, job_id) == (0, 0)


def test_upkeep_leaves_a_job_alone_that_somebody_is_changing(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    job_id = add_job(6)
    hold = text("SELECT pg_advisory_xact_lock(hashtextextended(:job, 0))")
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE chunks SET losses = 2"))
    with runtime.sessions.begin() as session:
        session.execute(hold, {"job": str(job_id)})
        upkeep.keep_up(runtime)
        assert len(chunks_of(job_id)) == 1
    upkeep.keep_up(runtime)
    assert len(chunks_of(job_id)) == 1 + 6


def test_an_attempt_that_dies_of_what_it_reads_counts(
    runtime: Parts, add_job: AddJob, chunks_of: ChunksOf
) -> None:
    # This template's document is of no kind that this version of the program knows.
    job_id = add_job(6)
    (chunk,) = chunks_of(job_id)
    with pytest.raises(ValidationError):
        chunks.render(runtime, chunk.id)
    (chunk,) = chunks_of(job_id)
    assert chunk.attempt == 1
    assert chunk.leased_until is not None


def test_a_nudge_that_the_database_does_not_hear_raises_nothing(runtime: Parts, add_job: AddJob) -> None:
    add_job(6)
    with runtime.sessions.begin() as session:
        session.execute(text("ALTER TABLE chunks RENAME TO chunks_away"))
    try:
        nudge(runtime)
    finally:
        with runtime.sessions.begin() as session:
            session.execute(text("ALTER TABLE chunks_away RENAME TO chunks"))
