"""A worker's claim on a chunk: until a moment of the database's clock, fenced by the chunk's attempt number."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from core.figures import count_after_commit, instruments

_log = structlog.get_logger(__name__)

FIRST_DELAY: Final = 1.0
MOST_DELAY: Final = 30.0
"""Seconds between two attempts at a chunk while storage fails: what going on takes at most, once it is mended."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`attempt` is the fencing token: whoever holds an older one changes nothing any more."""

    chunk_id: UUID
    attempt: int
    job_id: UUID
    positions: tuple[int, ...]
    is_taken_over: bool = False
    """The worker that held it before let its lease expire, and nobody else had noticed yet."""


def take_lease(session: Session, chunk_id: UUID, *, seconds: float) -> Lease | None:
    """Claim a chunk in one statement; None where it is done, cancelled or somebody else's.

    Taking over an expired lease counts as a loss.
    """
    row = session.execute(
        text("""
            UPDATE chunks SET attempt = attempt + 1,
                losses = losses + CASE WHEN leased_until IS NULL THEN 0 ELSE 1 END,
                sent_at = coalesce(sent_at, clock_timestamp()), not_before = NULL,
                leased_until = clock_timestamp() + make_interval(secs => :seconds)
            WHERE id = :id AND done_at IS NULL AND (leased_until IS NULL OR leased_until < clock_timestamp())
            RETURNING id, attempt, job_id, positions,
                (SELECT before.leased_until IS NOT NULL FROM chunks before WHERE before.id = chunks.id) AS is_taken_over"""),
        {"id": chunk_id, "seconds": seconds},
    ).one_or_none()
    if row is None:
        return None
    if row.is_taken_over:
        count_after_commit(session, instruments.returned_chunks, "lease expired")
    return Lease(row.id, row.attempt, row.job_id, tuple(row.positions), row.is_taken_over)


def renew_lease(session: Session, lease: Lease, *, seconds: float) -> bool:
    """Whether the lease is still ours; if so, it now ends `seconds` from now."""
    renewed = session.execute(
        text("""
            UPDATE chunks SET leased_until = clock_timestamp() + make_interval(secs => :seconds)
            WHERE id = :id AND attempt = :attempt AND done_at IS NULL AND leased_until IS NOT NULL RETURNING id"""),
        {"id": lease.chunk_id, "attempt": lease.attempt, "seconds": seconds},
    ).one_or_none()
    return renewed is not None


def end_lease(session: Session, lease: Lease) -> bool:
    """Close the chunk for good, in the transaction that records its work. False where the lease was lost: then record nothing."""
    closed = session.execute(
        text("""
            UPDATE chunks SET done_at = clock_timestamp(), leased_until = NULL
            WHERE id = :id AND attempt = :attempt AND done_at IS NULL AND leased_until IS NOT NULL RETURNING id"""),
        {"id": lease.chunk_id, "attempt": lease.attempt},
    ).one_or_none()
    return closed is not None


def return_lease(session: Session, lease: Lease) -> float | None:
    """Give the chunk back unfinished, since storage failed; in how many seconds it is sent again, None where the lease was lost.

    Each time twice as many, up to `MOST_DELAY`. Meanwhile it counts as sent: when few wait, the relay sends no others to the same
    fate, so that an outage costs neither attempts by the thousand nor a crowd at its end.
    """
    delay: float | None = session.scalar(
        text("""
            UPDATE chunks SET leased_until = NULL, sent_at = now,
                not_before = now + make_interval(secs => least(:most, :first * 2 ^ least(attempt - losses - 1, 20)))
            FROM (SELECT clock_timestamp() AS now) AS moment
            WHERE id = :id AND attempt = :attempt AND done_at IS NULL AND leased_until IS NOT NULL
            RETURNING extract(epoch FROM not_before - sent_at)::float"""),
        {"id": lease.chunk_id, "attempt": lease.attempt, "first": FIRST_DELAY, "most": MOST_DELAY},
    )
    if delay is not None:
        count_after_commit(session, instruments.returned_chunks, "storage unavailable")
    return delay


def hand_over_lease(session: Session, lease: Lease) -> None:
    """Give the chunk back unfinished, for another worker to take at once."""
    returned = session.execute(
        text("""
            UPDATE chunks SET leased_until = NULL, sent_at = NULL
            WHERE id = :id AND attempt = :attempt AND done_at IS NULL AND leased_until IS NOT NULL RETURNING id"""),
        {"id": lease.chunk_id, "attempt": lease.attempt},
    ).one_or_none()
    if returned is not None:
        count_after_commit(session, instruments.returned_chunks, "worker stops")


def lose_lease(session: Session, chunk_id: UUID, attempt: int, *, how: str) -> bool:
    """Whether this attempt still held its chunk. Its worker ended as `how` says; the chunk is due again, with one loss more."""
    lost = session.execute(
        text("""
            UPDATE chunks SET leased_until = NULL, sent_at = NULL, losses = losses + 1, lost_to = :how
            WHERE id = :id AND attempt = :attempt AND done_at IS NULL AND leased_until IS NOT NULL RETURNING id"""),
        {"id": chunk_id, "attempt": attempt, "how": how},
    ).one_or_none()
    if lost is not None:
        count_after_commit(session, instruments.returned_chunks, "worker lost")
        count_after_commit(session, instruments.lost_workers, how)
    return lost is not None


class Renewal:
    """Keeps a lease alive beside the work: `with Renewal(…) as renewal: … if renewal.lost: stop`."""

    def __init__(self, sessions: sessionmaker[Session], lease: Lease, *, seconds: float) -> None:
        self._sessions = sessions
        self._lease = lease
        self._seconds = seconds
        self._done = Event()
        self._lost = Event()
        # In the context of the work: its log lines carry the same ids.
        context = copy_context()
        self._thread = Thread(
            target=context.run, args=(self._run,), name=f"renewal-{lease.chunk_id}", daemon=True
        )

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._seconds / 4):
            try:
                with self._sessions.begin() as session:
                    if not renew_lease(session, self._lease, seconds=self._seconds):
                        self._lost.set()
                        return
            except SQLAlchemyError as error:
                # The database decides at the end whether the lease held; a renewal that did not arrive is tried again.
                _log.warning("lease not renewed", error=type(error).__name__)
