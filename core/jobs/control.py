"""Cancelling what waits, and trying again what failed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.callers import Caller
from core.errors import Conflict
from core.failpoints import reach
from core.jobs.chunking import insert_chunks
from core.jobs.completion import complete_job, count_at_rest
from core.jobs.progress import JobView, find_job, show_job
from core.jobs.relay import nudge
from core.jobs.uniques import claim_values, claims_of, free_values
from core.models import Item, Job
from core.parts import Parts
from core.scopes import job_scope
from core.templates.catalogue import load_version

_CANCELLABLE: Final = ("waiting", "rendering")


def cancel_job(parts: Parts, caller: Caller, job_id: UUID) -> JobView:
    """Cancel every item that no worker has recorded yet. Once this answers, nothing more of the job appears.

    A chunk under way loses its lease in the same transaction, so that its worker records nothing. What had failed and was being
    tried again has failed as before: cancelling a retry makes the job what it was, `completed`. Raises `NotFound`, and `Conflict`
    where the job is at rest.
    """
    with parts.sessions.begin() as session:
        find_job(session, caller, job_id)
        hold_job(session, job_id)
        positions = _close_chunks(session, job_id)
        # Workers lock a chunk first and its job after, and so do we: no deadlock, and counters that are exact.
        job = session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        if job.state not in _CANCELLABLE or job.finished_at is not None:
            raise Conflict(f"The job is {job.state} already.", code="job_at_rest")
        stopped = _stop_items(session, job_id, positions)
        count_at_rest(session, job_id, failed=stopped.count("failed"), cancelled=stopped.count("cancelled"))
        if "cancelled" in stopped:
            session.execute(text("UPDATE jobs SET state = 'cancelled' WHERE id = :id"), {"id": job_id})
        reach("cancel.written")
    complete_job(parts, job_id)
    with parts.sessions.begin() as session:
        return show_job(session, caller, job_id, now=parts.clock())


def retry_job(parts: Parts, caller: Caller, job_id: UUID) -> JobView:
    """Let the failed items wait again, in new chunks. Raises `NotFound`, and `Conflict` where nothing can be tried again."""
    with parts.sessions.begin() as session:
        find_job(session, caller, job_id)
        hold_job(session, job_id)
        job = session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
        if job.state == "cancelled":
            raise Conflict("The job was cancelled.", code="job_cancelled")
        if job.completed_at is None:
            raise Conflict("The job is still under way; wait until it is completed.", code="job_under_way")
        positions = _revive_items(session, job_id)
        if not positions:
            raise Conflict("No item of this job has failed.", code="nothing_failed")
        _claim_again(session, job, positions)
        session.execute(
            text("""
                UPDATE jobs SET state = 'rendering', failed = failed - :again, finished_at = NULL, tell_at = NULL,
                    completed_at = NULL
                WHERE id = :id"""),
            {"id": job_id, "again": len(positions)},
        )
        insert_chunks(session, job, positions, chunk_items=parts.settings.chunk_items)
        reach("retry.written")
    parts.answers.start_generation([job_scope(job_id)])
    nudge(parts)
    with parts.sessions.begin() as session:
        return show_job(session, caller, job_id, now=parts.clock())


def hold_job(session: Session, job_id: UUID) -> None:
    """Whoever changes a job's set of chunks (cancel, retry, upkeep's split) does so alone, and sees all that the last one did."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(cast(:id AS text), 0))"), {"id": str(job_id)}
    )


def _close_chunks(session: Session, job_id: UUID) -> list[int]:
    rows = session.execute(
        text("""
            WITH open AS (
                SELECT id FROM chunks WHERE job_id = :job AND done_at IS NULL ORDER BY id FOR UPDATE)
            UPDATE chunks SET done_at = clock_timestamp(), leased_until = NULL FROM open WHERE chunks.id = open.id
            RETURNING positions"""),
        {"job": job_id},
    )
    return [position for row in rows for position in row.positions]


def _stop_items(session: Session, job_id: UUID, positions: list[int]) -> list[str]:
    """The states in which waiting items come to rest."""
    stopped = session.execute(
        text("""
            UPDATE items SET state = CASE WHEN problem IS NULL THEN 'cancelled' ELSE 'failed' END
            WHERE job_id = :job AND position = ANY(:positions) AND state = 'waiting' RETURNING position, state"""),
        {"job": job_id, "positions": positions},
    ).all()
    free_values(session, job_id, [item.position for item in stopped])
    return [item.state for item in stopped]


def _revive_items(session: Session, job_id: UUID) -> list[int]:
    # Each keeps its problem until it is issued, or fails of another: a cancel goes back to it.
    revived = session.scalars(
        text(
            "UPDATE items SET state = 'waiting' WHERE job_id = :job AND state = 'failed' RETURNING position"
        ),
        {"job": job_id},
    )
    return sorted(revived)


def _claim_again(session: Session, job: Job, positions: list[int]) -> None:
    """Unique values were freed when their items failed; somebody else may have used them since."""
    template = load_version(session, job.template_id, job.template_version)
    if not template.kind.unique:
        return
    items = session.execute(
        select(Item.position, Item.values).where(Item.job_id == job.id, Item.position.in_(positions))
    )
    claims = [
        placed
        for position, values in items
        for placed in claims_of(template, position, template.kind.from_json(values), job.spa_id)
    ]
    if taken := claim_values(session, job.id, claims):
        detail = taken[0].claim.taken().detail
        raise Conflict(f"Item {taken[0].position} cannot be tried again: {detail}", code="not_unique")
