"""Jobs as rows, for tests of what happens to them before and after they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from uuid_utils.compat import uuid7

from core.jobs.chunking import insert_chunks, lane_of
from core.jobs.submission import make_code
from core.models import Chunk, Item, Job, Template, TemplateVersion
from core.parts import Parts
from core.users import UserView

AddJob = Callable[..., UUID]


@pytest.fixture
def add_job(runtime: Parts, user: UserView) -> AddJob:
    """`add_job(40, owner=user, chunk_items=4)`: a job that waits, and its id."""

    def add(
        total: int,
        *,
        owner: UserView = user,
        chunk_items: int = 32,
        priority: int = 0,
        lists_publicly: bool = True,
    ) -> UUID:
        now = runtime.clock()
        with runtime.sessions.begin() as session:
            if session.get(Template, "plain") is None:
                session.add(
                    Template(
                        id="plain",
                        owner_id=owner.id,
                        name="Plain",
                        kind="plain",
                        created_at=now,
                        updated_at=now,
                    )
                )
                session.flush()
                session.add(
                    TemplateVersion(
                        template_id="plain",
                        number=1,
                        document={},
                        digest="0",
                        created_by=owner.id,
                        created_at=now,
                    )
                )
                session.flush()
            job = Job(
                id=uuid7(),
                owner_id=owner.id,
                template_id="plain",
                template_version=1,
                kind="plain",
                renditions=["pdf"],
                dpi=150,
                lists_publicly=lists_publicly,
                priority=priority,
                lane=lane_of(total),
                verify_base="https://certmill.example",
                issue_date=now.date(),
                total=total,
                created_at=now,
            )
            session.add(job)
            session.flush()
            session.add_all(
                Item(
                    job_id=job.id,
                    position=position,
                    values={},
                    recipient_name=f"Person {position}",
                    certificate_id=uuid7(),
                    number=f"PLN-{job.id.hex}-{position}",
                    code=make_code(),
                )
                for position in range(total)
            )
            session.flush()
            insert_chunks(session, job, range(total), chunk_items=chunk_items)
        return job.id

    return add


@pytest.fixture
def chunks_of(runtime: Parts) -> Callable[[UUID], list[Chunk]]:
    """The chunks of a job, in the order in which they were cut."""

    def read(job_id: UUID) -> list[Chunk]:
        with runtime.sessions.begin() as session:
            return list(session.scalars(select(Chunk).where(Chunk.job_id == job_id).order_by(Chunk.id)))

    return read


@pytest.fixture
def job_row(runtime: Parts) -> Callable[[UUID], Job]:
    def read(job_id: UUID) -> Job:
        with runtime.sessions.begin() as session:
            return session.get_one(Job, job_id)

    return read


@pytest.fixture
def let_pass(runtime: Parts) -> Callable[[timedelta], None]:
    """Let time pass for leases and what was sent. They go by the database's clock, so their moments are moved back."""

    def move(time: timedelta) -> None:
        with runtime.sessions.begin() as session:
            session.execute(
                text("""
                    UPDATE chunks SET leased_until = leased_until - :time, sent_at = sent_at - :time,
                        not_before = not_before - :time"""),
                {"time": time},
            )
            session.execute(text("UPDATE jobs SET tell_at = tell_at - :time"), {"time": time})

    return move
