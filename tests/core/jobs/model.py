"""The rules of chunks, items and jobs in plain Python, beside the SQL that makes them true.

Each step of `World` is done twice: by the product on PostgreSQL, and here on a few dictionaries. `agree` compares all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.callers import Caller
from core.errors import Conflict
from core.jobs.completion import complete_job
from core.jobs.control import cancel_job, retry_job
from core.jobs.leases import Lease, hand_over_lease, renew_lease, take_lease
from core.jobs.recording import Drawn, Failed, Outcome, record_chunk
from core.jobs.upkeep import LOSSES_TO_FAIL, LOSSES_TO_SPLIT, keep_up, lose_chunk
from core.models import Certificate, Chunk, Item, Job
from core.parts import Parts

_PROBLEM = {"code": "missing_glyph", "field": "name", "detail": "No font has it."}


@dataclass(slots=True)
class ModelChunk:
    positions: tuple[int, ...]
    attempt: int = 0
    losses: int = 0
    leased: bool = False
    expired: bool = False
    done: bool = False

    @property
    def free(self) -> bool:
        return not self.done and (not self.leased or self.expired)

    def held_by(self, lease: Lease) -> bool:
        return not self.done and self.leased and self.attempt == lease.attempt

    def let_go(self, *, lost: bool = False) -> None:
        self.leased = self.expired = False
        self.losses += lost


@dataclass(slots=True)
class ModelItem:
    state: str = "waiting"
    has_failed: bool = False


@dataclass(slots=True)
class World:
    """One job, and workers by number, each with the lease it believes to have."""

    parts: Parts
    caller: Caller
    job_id: UUID
    chunks: dict[UUID, ModelChunk] = field(default_factory=dict)
    items: dict[int, ModelItem] = field(default_factory=dict)
    leases: dict[int, Lease] = field(default_factory=dict)
    completed: bool = False
    cancelled: bool = False

    def __post_init__(self) -> None:
        self._learn_chunks()
        self.items = {position: ModelItem() for chunk in self.chunks.values() for position in chunk.positions}

    @property
    def finished(self) -> bool:
        return all(item.state != "waiting" for item in self.items.values())

    @property
    def retryable(self) -> bool:
        failed = any(item.state == "failed" for item in self.items.values())
        return self.completed and failed and not self.cancelled

    # Steps

    def claim(self, worker: int, chunk_id: UUID) -> None:
        chunk = self.chunks[chunk_id]
        with self.parts.sessions.begin() as session:
            lease = take_lease(session, chunk_id, seconds=3600)
        assert (lease is not None) == chunk.free
        if lease is not None:
            chunk.losses += chunk.leased
            chunk.attempt += 1
            chunk.leased, chunk.expired = True, False
            self.leases[worker] = lease

    def renew(self, worker: int) -> None:
        if (lease := self.leases.get(worker)) is None:
            return
        chunk = self.chunks[lease.chunk_id]
        with self.parts.sessions.begin() as session:
            assert renew_lease(session, lease, seconds=3600) == chunk.held_by(lease)
        if chunk.held_by(lease):
            chunk.expired = False

    def record(self, worker: int, failing: frozenset[int] = frozenset()) -> None:
        if (lease := self.leases.pop(worker, None)) is None:
            return
        chunk = self.chunks[lease.chunk_id]
        drawn = [Drawn(position, {}) for position in lease.positions if position not in failing]
        failed = [Failed(position, _PROBLEM) for position in lease.positions if position in failing]
        with self.parts.sessions.begin() as session:
            outcome = record_chunk(session, lease, drawn=drawn, failed=failed)
        if not chunk.held_by(lease):
            assert outcome is Outcome.LOST
            return
        chunk.let_go()
        chunk.done = True
        for position in lease.positions:
            self.items[position] = ModelItem("failed", True) if position in failing else ModelItem("issued")
        assert outcome is (Outcome.FINISHED if self.finished else Outcome.RECORDED)

    def hand_over(self, worker: int) -> None:
        if (lease := self.leases.pop(worker, None)) is None:
            return
        with self.parts.sessions.begin() as session:
            hand_over_lease(session, lease)
        chunk = self.chunks[lease.chunk_id]
        if chunk.held_by(lease):
            chunk.let_go()

    def die(self, worker: int) -> None:
        """Its parent sees it, or saw it long ago and is heard only now."""
        if (lease := self.leases.pop(worker, None)) is None:
            return
        lose_chunk(self.parts, lease.chunk_id, attempt=lease.attempt, how="SIGKILL")
        chunk = self.chunks[lease.chunk_id]
        if chunk.held_by(lease):
            chunk.let_go(lost=True)
            self._keep_up()

    def expire(self, chunk_id: UUID) -> None:
        with self.parts.sessions.begin() as session:
            session.execute(
                text("""
                    UPDATE chunks SET leased_until = clock_timestamp() - interval '1 second'
                    WHERE id = :id AND leased_until IS NOT NULL"""),
                {"id": chunk_id},
            )
        self.chunks[chunk_id].expired = self.chunks[chunk_id].leased

    def cancel(self) -> None:
        if self.finished:
            with pytest.raises(Conflict):
                cancel_job(self.parts, self.caller, self.job_id)
            return
        cancel_job(self.parts, self.caller, self.job_id)
        for chunk in self.chunks.values():
            if not chunk.done:
                chunk.let_go()
                chunk.done = True
        for item in self.items.values():
            if item.state == "waiting":
                item.state = "failed" if item.has_failed else "cancelled"
        self.cancelled = any(item.state == "cancelled" for item in self.items.values())
        self.completed = True

    def retry(self) -> None:
        if not self.retryable:
            with pytest.raises(Conflict):
                retry_job(self.parts, self.caller, self.job_id)
            return
        retry_job(self.parts, self.caller, self.job_id)
        for item in self.items.values():
            if item.state == "failed":
                item.state = "waiting"
        self.completed = False
        self._learn_chunks()

    def complete(self) -> None:
        assert complete_job(self.parts, self.job_id) == (self.finished and not self.completed)
        self.completed = self.finished

    def keep_up(self) -> None:
        keep_up(self.parts)
        self._keep_up()

    def _keep_up(self) -> None:
        for chunk in self.chunks.values():
            if chunk.leased and chunk.expired and not chunk.done:
                chunk.let_go(lost=True)
        for chunk in self.chunks.values():
            if chunk.done or chunk.leased:
                continue
            if len(chunk.positions) > 1 and chunk.losses >= LOSSES_TO_SPLIT:
                chunk.done = True
            elif len(chunk.positions) == 1 and chunk.losses >= LOSSES_TO_FAIL:
                chunk.done = True
                self.items[chunk.positions[0]] = ModelItem("failed", True)
        self.completed = self.finished
        self._learn_chunks()

    def _learn_chunks(self) -> None:
        """Chunks that were cut since: what they hold is checked by `agree`."""
        for row in self._rows(Chunk):
            self.chunks.setdefault(row.id, ModelChunk(tuple(row.positions)))

    # What must hold

    def agree(self) -> None:
        with self.parts.sessions.begin() as session:
            job = session.get_one(Job, self.job_id)
        items, chunks, certificates = (self._rows(table) for table in (Item, Chunk, Certificate))
        assert {item.position: item.state for item in items} == {
            position: item.state for position, item in self.items.items()
        }
        states = [item.state for item in self.items.values()]
        assert (job.issued, job.failed, job.cancelled) == tuple(
            states.count(state) for state in ("issued", "failed", "cancelled")
        )
        assert (job.finished_at is not None, job.completed_at is not None) == (self.finished, self.completed)
        assert (job.state == "cancelled") == self.cancelled
        assert (job.state == "completed") == (self.completed and not self.cancelled)
        issued = {item.certificate_id for item in items if item.state == "issued"}
        assert sorted(certificate.id for certificate in certificates) == sorted(issued)
        assert {
            row.id: (row.attempt, row.losses, row.leased_until is not None, row.done_at is not None)
            for row in chunks
        } == {
            chunk_id: (chunk.attempt, chunk.losses, chunk.leased, chunk.done)
            for chunk_id, chunk in self.chunks.items()
        }
        in_chunks = [
            position for chunk in self.chunks.values() if not chunk.done for position in chunk.positions
        ]
        waiting = [position for position, item in self.items.items() if item.state == "waiting"]
        assert sorted(in_chunks) == sorted(waiting)

    def _rows(self, table: type[Chunk] | type[Item] | type[Certificate]) -> list[Any]:
        with self.parts.sessions.begin() as session:
            return list(session.scalars(select(table).where(table.job_id == self.job_id)))
