"""What keeps the house in order: every few seconds, one process at a time, in bounded steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core.failpoints import reach
from core.figures import count_after_commit, instruments
from core.jobs.completion import complete_jobs, count_at_rest
from core.jobs.leases import lose_lease
from core.jobs.recording import Failed, fail_items
from core.jobs.relay import relay
from core.parts import Parts
from core.statistics import fold_changes

_log = structlog.get_logger(__name__)

_UPKEEP_LOCK: Final = 0x6365_7274_0002
_STEP: Final = 500
LOSSES_TO_SPLIT: Final = 2
"""A chunk that outlived so many workers is taken apart, so that a poison item fails alone."""
LOSSES_TO_FAIL: Final = 3
"""A single item that outlived so many workers fails."""
IDEMPOTENCY_KEPT: Final = timedelta(days=8)


def keep_up(parts: Parts) -> None:
    """Return expired leases, isolate poison, complete what finished unseen, send what is due, and fold what
    changed into the counts."""
    finished: list[UUID] = []
    with parts.sessions.begin() as session:
        if session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _UPKEEP_LOCK}):
            _return_expired_leases(session)
            _split_poisoned_chunks(session)
            _fail_poison_items(session)
            _forget_idempotency_keys(session, before=parts.clock() - IDEMPOTENCY_KEPT)
            finished = _untold_jobs(session)
            reach("upkeep.tidied")
    complete_jobs(parts, finished)
    relay(parts)
    fold_changes(parts.sessions, zone=parts.settings.timezone)


def tick(parts: Parts) -> None:
    """Every second: send what is due, and complete what may be told by now although the cache could not be told."""
    relay(parts)
    with parts.sessions.begin() as session:
        due = _tellable_jobs(session)
    complete_jobs(parts, due)


def lose_chunk(parts: Parts, chunk_id: UUID, *, attempt: int, how: str) -> None:
    """A worker ended over this attempt, and somebody saw it: nobody has to wait for its lease to expire.

    `how`: the name of a signal, or what else is known.
    """
    with parts.sessions.begin() as session:
        lost = lose_lease(session, chunk_id, attempt, how=how)
    if lost:
        with structlog.contextvars.bound_contextvars(chunk_id=str(chunk_id)):
            _log.warning("worker lost", attempt=attempt, how=how)
        keep_up(parts)


def _return_expired_leases(session: Session) -> None:
    rows = session.execute(
        text("""
            UPDATE chunks SET leased_until = NULL, sent_at = NULL, losses = losses + 1
            WHERE id IN (
                SELECT id FROM chunks WHERE done_at IS NULL AND sent_at IS NOT NULL AND leased_until < clock_timestamp()
                LIMIT :step FOR UPDATE SKIP LOCKED)
            RETURNING id, job_id, attempt, losses, (SELECT request_id FROM jobs WHERE jobs.id = job_id) AS request_id"""),
        {"step": _STEP},
    )
    for row in rows:
        count_after_commit(session, instruments.returned_chunks, "lease expired")
        _log.warning(
            "lease expired",
            chunk_id=str(row.id),
            job_id=str(row.job_id),
            request_id=row.request_id,
            attempt=row.attempt,
            losses=row.losses,
        )


def _split_poisoned_chunks(session: Session) -> None:
    """Replace each chunk that lost too many workers by one chunk an item, on the lane it had.

    A job that somebody is cancelling or retrying just now is left for the next time.
    """
    poisoned = session.execute(
        text("""
            WITH held AS MATERIALIZED (
                SELECT job_id FROM (
                    SELECT DISTINCT job_id FROM chunks
                    WHERE done_at IS NULL AND leased_until IS NULL AND losses >= :losses AND cardinality(positions) > 1
                    LIMIT :step) AS jobs
                WHERE pg_try_advisory_xact_lock(hashtextextended(job_id::text, 0)))
            UPDATE chunks SET done_at = clock_timestamp()
            WHERE id IN (
                SELECT id FROM chunks WHERE job_id IN (SELECT job_id FROM held)
                AND done_at IS NULL AND leased_until IS NULL AND losses >= :losses AND cardinality(positions) > 1
                ORDER BY id FOR UPDATE SKIP LOCKED)
            RETURNING id, job_id, owner_id, lane, priority, positions"""),
        {"losses": LOSSES_TO_SPLIT, "step": _STEP},
    ).all()
    singles = [
        {
            "id": uuid7(),
            "job_id": chunk.job_id,
            "owner_id": chunk.owner_id,
            "lane": chunk.lane,
            "priority": chunk.priority,
            "positions": [position],
        }
        for chunk in poisoned
        for position in chunk.positions
    ]
    if singles:
        _log.warning(
            "chunks split into single items", chunks=[str(chunk.id) for chunk in poisoned], items=len(singles)
        )
        session.execute(
            text("""
                INSERT INTO chunks (id, job_id, owner_id, lane, priority, positions)
                VALUES (:id, :job_id, :owner_id, :lane, :priority, :positions)"""),
            singles,
        )


def _fail_poison_items(session: Session) -> None:
    crashed = session.execute(
        text("""
            UPDATE chunks SET done_at = clock_timestamp()
            WHERE id IN (
                SELECT id FROM chunks
                WHERE done_at IS NULL AND leased_until IS NULL AND losses >= :losses AND cardinality(positions) = 1
                LIMIT :step FOR UPDATE SKIP LOCKED)
            RETURNING id, job_id, positions, losses, lost_to"""),
        {"losses": LOSSES_TO_FAIL, "step": _STEP},
    ).all()
    for chunk in crashed:
        cause = f"; of one it is known how: {chunk.lost_to}" if chunk.lost_to else ""
        detail = f"Rendering this item ended {chunk.losses} workers{cause}."
        _log.error(
            "item given up",
            job_id=str(chunk.job_id),
            position=chunk.positions[0],
            losses=chunk.losses,
            lost_to=chunk.lost_to,
        )
        problem = {"code": "render_crashed", "field": "", "detail": detail}
        failed = fail_items(session, chunk.job_id, [Failed(chunk.positions[0], problem)])
        count_at_rest(session, chunk.job_id, failed=failed)


def _forget_idempotency_keys(session: Session, *, before: object) -> None:
    session.execute(
        text("""
            DELETE FROM idempotency_keys WHERE (owner_id, key) IN (
                SELECT owner_id, key FROM idempotency_keys WHERE created_at < :before LIMIT :step)"""),
        {"before": before, "step": _STEP},
    )


def _tellable_jobs(session: Session) -> list[UUID]:
    return list(
        session.scalars(
            text("""
                SELECT id FROM jobs
                WHERE finished_at IS NOT NULL AND completed_at IS NULL AND tell_at <= clock_timestamp() LIMIT :step"""),
            {"step": _STEP},
        )
    )


def _untold_jobs(session: Session) -> list[UUID]:
    """Jobs that finished although nobody came to say so: their worker died in between, or the cache was down."""
    return list(
        session.scalars(
            text("""
                SELECT id FROM jobs WHERE finished_at IS NOT NULL AND completed_at IS NULL
                ORDER BY finished_at LIMIT :step"""),
            {"step": _STEP},
        )
    )
