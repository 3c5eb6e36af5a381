"""From the last item at rest to a job that everybody may call completed (core/cache/answers.py has the reasoning)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, text
from sqlalchemy.orm import Session

from core.failpoints import reach
from core.models import Job
from core.parts import Parts
from core.scopes import EVERYBODY, PUBLIC, every_narrowing, job_scope, owner_scope
from core.webhooks.events import tell_job

_MARGIN_SECONDS = 1.0


def count_at_rest(
    session: Session, job_id: UUID, *, issued: int = 0, failed: int = 0, cancelled: int = 0
) -> datetime | None:
    """Add items that came to rest to their job's counters; the moment it finished, if these were its last."""
    finished_at: datetime | None = session.scalar(
        text("""
            UPDATE jobs SET issued = issued + :issued, failed = failed + :failed, cancelled = cancelled + :cancelled,
                finished_at = CASE WHEN issued + failed + cancelled + :issued + :failed + :cancelled = total
                              THEN clock_timestamp() END
            WHERE id = :id RETURNING finished_at"""),
        {"id": job_id, "issued": issued, "failed": failed, "cancelled": cancelled},
    )
    return finished_at


def complete_job(parts: Parts, job_id: UUID) -> bool:
    """Tell everybody that a finished job is completed; whether this call did it."""
    return complete_jobs(parts, [job_id]) == 1


def complete_jobs(parts: Parts, job_ids: Collection[UUID]) -> int:
    """Tell everybody that finished jobs are completed, new listings first; how many this call told.

    Whoever finds some may call this, any number of times. With the cache down a job is not told until no listing from before
    can be left in it.
    """
    finished = (Job.id.in_(job_ids), Job.finished_at.is_not(None), Job.completed_at.is_(None))
    with parts.reads() as session:
        jobs = session.scalars(select(Job).where(*finished)).all()
    if not jobs:
        return 0
    with_new_listings = parts.answers.start_generation({scope for job in jobs for scope in scopes_of(job)})
    reach("completion.stamped")
    told = sum(_tell(parts, job, at_once=with_new_listings) for job in jobs)
    reach("completion.told")
    parts.answers.start_generation([job_scope(job.id) for job in jobs])
    return told


def _tell(parts: Parts, job: Job, *, at_once: bool) -> bool:
    with parts.sessions.begin() as session:
        if not at_once and not _may_be_told(session, job, lifetime=parts.answers.lifetime):
            return False
        completed = session.execute(
            text("""
                UPDATE jobs SET completed_at = clock_timestamp(),
                    state = CASE WHEN state = 'cancelled' THEN state ELSE 'completed' END
                WHERE id = :id AND finished_at = :finished_at AND completed_at IS NULL RETURNING id"""),
            {"id": job.id, "finished_at": job.finished_at},
        ).one_or_none()
        if completed is not None:
            tell_job(session, job.id)
    return completed is not None


def scopes_of(job: Job | Row[*tuple[Any, ...]]) -> list[str]:
    """The listings that a job's certificates appear in."""
    listings = [EVERYBODY, PUBLIC] if job.lists_publicly else [EVERYBODY]
    narrow = partial(every_narrowing, template=job.template_id, spa_id=job.spa_id, kind=job.kind)
    return [owner_scope(job.owner_id), *chain.from_iterable(map(narrow, listings))]


def scopes_of_spa(session: Session, spa_id: UUID) -> set[str]:
    """The listings that show a spa's name."""
    return _scopes_where(session, Job.spa_id == spa_id)


def scopes_of_owner(session: Session, owner_id: UUID) -> set[str]:
    """The listings that show a user's name, and that user's own."""
    return _scopes_where(session, Job.owner_id == owner_id)


def _scopes_where(session: Session, which: ColumnElement[bool]) -> set[str]:
    alike = (Job.owner_id, Job.template_id, Job.spa_id, Job.kind, Job.lists_publicly)
    jobs = session.execute(select(*alike).where(which).distinct())
    return {scope for job in jobs for scope in scopes_of(job)}


def _may_be_told(session: Session, job: Job, *, lifetime: float) -> bool:
    """Whether the job was seen finished so long ago that every stamp from before its commit is dead.

    The first call starts that time. It is not counted from `finished_at`, which was written before its commit, and a commit
    may take long.
    """
    told: bool | None = session.scalar(
        text("""
            UPDATE jobs SET tell_at = coalesce(tell_at, clock_timestamp() + make_interval(secs => :seconds))
            WHERE id = :id AND finished_at = :finished_at AND completed_at IS NULL
            RETURNING tell_at <= clock_timestamp()"""),
        {"id": job.id, "finished_at": job.finished_at, "seconds": lifetime + _MARGIN_SECONDS},
    )
    return bool(told)
