"""What a worker made becomes true: one transaction, and only while the lease is still its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.figures import count_after_commit, instruments
from core.jobs.completion import count_at_rest
from core.jobs.leases import Lease, end_lease
from core.jobs.uniques import free_values
from core.kinds import counted_kind
from core.webhooks.events import tell_certificates, tell_failed


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item whose files are stored. `files`: facts by rendition (core/artifacts.py); `keys` of its name (core/names.py)."""

    position: int
    files: dict[str, dict[str, Any]]
    keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """An item that cannot be drawn. `problem`: code, field, detail."""

    position: int
    problem: dict[str, str]


class Outcome(Enum):
    LOST = auto()
    """The lease was somebody else's by then; nothing was written."""
    RECORDED = auto()
    FINISHED = auto()
    """Recorded, and no item of the job is waiting any more."""


def record_chunk(
    session: Session, lease: Lease, *, drawn: Sequence[Drawn], failed: Sequence[Failed]
) -> Outcome:
    """Issue what was drawn and fail what was not. When this commits, the certificates exist."""
    if not end_lease(session, lease):
        return Outcome.LOST
    issued = _issue(session, lease.job_id, drawn) if drawn else 0
    gave_up = fail_items(session, lease.job_id, failed) if failed else 0
    finished_at = count_at_rest(session, lease.job_id, issued=issued, failed=gave_up)
    return Outcome.RECORDED if finished_at is None else Outcome.FINISHED


def fail_items(session: Session, job_id: UUID, failed: Sequence[Failed]) -> int:
    """Mark waiting items failed with their problems, and free the values that only an issued document may hold; how many."""
    rows = orjson.dumps([{"position": item.position, "problem": item.problem} for item in failed]).decode()
    marked = session.execute(
        text("""
            UPDATE items SET state = 'failed', problem = f.problem
            FROM jsonb_to_recordset(cast(:failed AS jsonb)) AS f(position int, problem jsonb), jobs
            WHERE items.job_id = :job AND items.position = f.position AND items.state = 'waiting' AND jobs.id = :job
            RETURNING items.position, jobs.kind, f.problem->>'code' AS code"""),
        {"job": job_id, "failed": rows},
    ).all()
    for row in marked:
        count_after_commit(session, instruments.failed_items, counted_kind(row.kind), row.code)
    positions = [row.position for row in marked]
    free_values(session, job_id, positions)
    tell_failed(session, job_id, positions)
    return len(positions)


def _issue(session: Session, job_id: UUID, drawn: Sequence[Drawn]) -> int:
    rows = orjson.dumps(drawn).decode()
    issued = session.execute(
        # The database's clock: workers' clocks differ, and one moment for all keeps a chunk together in listings.
        text("""
            WITH drawn AS (
                SELECT * FROM jsonb_to_recordset(cast(:drawn AS jsonb)) AS d(position int, files jsonb, keys text[])),
            issued AS (
                UPDATE items SET state = 'issued', problem = NULL FROM drawn
                WHERE items.job_id = :job AND items.position = drawn.position AND items.state = 'waiting'
                RETURNING items.*)
            INSERT INTO certificates (id, job_id, position, owner_id, template_id, template_version, kind, spa_id, number, code,
                                      recipient_name, search_keys, is_public, files, issued_at)
            SELECT i.certificate_id, i.job_id, i.position, j.owner_id, j.template_id, j.template_version, j.kind, j.spa_id,
                   i.number, i.code, i.recipient_name, drawn.keys, j.lists_publicly, drawn.files, statement_timestamp()
            FROM issued i JOIN drawn ON drawn.position = i.position JOIN jobs j ON j.id = i.job_id
            RETURNING id, kind"""),
        {"job": job_id, "drawn": rows},
    ).all()
    if issued:
        kind = counted_kind(issued[0].kind)
        count_after_commit(session, instruments.issued_items, kind, by=len(issued))
    certificate_ids = [row.id for row in issued]
    tell_certificates(session, job_id, certificate_ids, "certificate.issued")
    return len(certificate_ids)
