from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.jobs.leases import take_lease
from core.jobs.recording import Drawn, record_chunk
from core.models import Certificate, Chunk
from core.parts import Parts
from core.statistics import Selection, count
from tests.core.jobs.conftest import AddJob, add_job

__all__ = ["add_job"]

Issue = Callable[..., UUID]


@pytest.fixture
def issue(runtime: Parts, add_job: AddJob) -> Issue:
    """`issue(3, at=moment)`: a job of three certificates, recorded as a worker does; its id."""

    def make(total: int, *, at: datetime | None = None, **wanted: object) -> UUID:
        job_id = add_job(total, **wanted)
        with runtime.sessions.begin() as session:
            chunk_ids = session.scalars(select(Chunk.id).where(Chunk.job_id == job_id)).all()
        for chunk_id in chunk_ids:
            record(runtime, chunk_id)
        if at is not None:
            with runtime.sessions.begin() as session:
                session.execute(update(Certificate).where(Certificate.job_id == job_id).values(issued_at=at))
        return job_id

    return make


def record(runtime: Parts, chunk_id: UUID) -> None:
    with runtime.sessions.begin() as session:
        lease = take_lease(session, chunk_id, seconds=60)
    assert lease is not None
    with runtime.sessions.begin() as session:
        record_chunk(session, lease, drawn=[Drawn(position, {}) for position in lease.positions], failed=())


@pytest.fixture
def how_many(runtime: Parts) -> Callable[[Selection], int]:
    def ask(selection: Selection) -> int:
        with runtime.sessions.begin() as session:
            found = count(session, selection, zone=runtime.settings.timezone)
        assert found.is_exact
        return found.value

    return ask
