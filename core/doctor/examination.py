"""Look at everything; mend what can be mended."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.doctor.counts import COUNT_DIFFERS, examine_counts
from core.doctor.files import draw_again, examine_files
from core.doctor.findings import Finding
from core.doctor.rows import examine_rows
from core.jobs.chunking import insert_chunks
from core.jobs.completion import complete_jobs
from core.jobs.control import hold_job
from core.jobs.uniques import free_values
from core.jobs.upkeep import keep_up
from core.models import Job
from core.parts import Parts
from core.statistics import recount


def examine(parts: Parts, *, at_rest: bool = False, redraw: bool = False) -> Iterator[Finding]:
    """All that does not hold. `at_rest`: nobody works any more, so nothing may be open, leased or left over; `redraw`: every
    certificate is drawn again and compared."""
    with parts.sessions.begin() as session:
        findings = list(examine_rows(session, at_rest=at_rest))
        findings += examine_counts(session, zone=parts.settings.timezone)
    yield from findings
    yield from examine_files(parts, at_rest=at_rest, redraw=redraw)


def mend(parts: Parts, findings: Collection[Finding]) -> None:
    """Mend what can be mended; examine again to see what is left, for some need a person.

    Rows are brought into line with their job's items, files that are missing or spoilt are drawn again, and where a count
    differs all are made anew. An orphan is removed, so ask for those only at rest; files that were never finished are left to
    upkeep, which waits for an hour.
    """
    of_jobs: dict[UUID, set[str]] = {}
    for finding in findings:
        if finding.check in _OF_JOBS and finding.job_id is not None:
            of_jobs.setdefault(finding.job_id, set()).add(finding.check)
    for job_id in of_jobs:
        with parts.sessions.begin() as session:
            _mend_job(session, job_id, chunk_items=parts.settings.chunk_items)
    for finding in findings:
        if finding.check in ("file_missing", "file_differs"):
            _mend_file(parts, finding)
        elif finding.check == "orphan" and finding.key is not None:
            parts.storage.delete(finding.key)
    if any(finding.check == COUNT_DIFFERS for finding in findings):
        recount(parts.sessions, zone=parts.settings.timezone)
    complete_jobs(parts, list(of_jobs))
    keep_up(parts)


_OF_JOBS: Final = frozenset(
    {
        "issued_without_certificate",
        "counters_differ",
        "state_differs",
        "waiting_without_chunk",
        "chunk_without_work",
        "lease_left",
        "untold",
        "value_left",
    }
)


def _mend_job(session: Session, job_id: UUID, *, chunk_items: int) -> None:
    """Bring a job's rows into line with its items, alone and with its row locked, as cancel and retry do."""
    hold_job(session, job_id)
    # The order of locks everywhere: chunks, then their job.
    session.execute(
        text("SELECT id FROM chunks WHERE job_id = :job AND done_at IS NULL ORDER BY id FOR UPDATE"),
        {"job": job_id},
    )
    job = session.get_one(Job, job_id, with_for_update=True, populate_existing=True)
    for statement in _REVIVE, _STOP, _CLOSE_IDLE, _END_LEASES, _RECOUNT:
        session.execute(text(statement), {"job": job_id})
    stray = session.scalars(text(_UNCHUNKED), {"job": job_id}).all()
    if stray:
        insert_chunks(session, job, sorted(stray), chunk_items=chunk_items)
    free_values(session, job_id, session.scalars(text(_VALUES_LEFT), {"job": job_id}).all())


# The same inputs give the same number, code and bytes, so an item without its certificate simply waits again.
_REVIVE: Final = """
    UPDATE items SET state = 'waiting' WHERE job_id = :job AND state = 'issued' AND NOT EXISTS (
        SELECT FROM certificates c WHERE c.job_id = items.job_id AND c.position = items.position)"""
_STOP: Final = """
    UPDATE items SET state = 'cancelled' FROM jobs
    WHERE job_id = :job AND items.state = 'waiting' AND jobs.id = :job AND jobs.state = 'cancelled'"""
_CLOSE_IDLE: Final = """
    UPDATE chunks SET done_at = clock_timestamp(), leased_until = NULL
    WHERE job_id = :job AND done_at IS NULL AND NOT EXISTS (
        SELECT FROM items i WHERE i.job_id = :job AND i.position = ANY(chunks.positions) AND i.state = 'waiting')"""
_END_LEASES: Final = """
    UPDATE chunks SET leased_until = NULL WHERE job_id = :job AND done_at IS NOT NULL AND leased_until IS NOT NULL"""
_RECOUNT: Final = """
    UPDATE jobs SET issued = rows.issued, failed = rows.failed, cancelled = rows.cancelled,
        finished_at = CASE WHEN rows.waiting = 0 THEN coalesce(finished_at, clock_timestamp()) END,
        completed_at = CASE WHEN rows.waiting = 0 THEN completed_at END,
        tell_at = CASE WHEN rows.waiting = 0 THEN tell_at END,
        state = CASE WHEN state = 'cancelled' THEN state WHEN rows.waiting = 0 AND completed_at IS NOT NULL THEN 'completed'
                     WHEN started_at IS NULL THEN 'waiting' ELSE 'rendering' END
    FROM (SELECT count(*) FILTER (WHERE state = 'issued') AS issued, count(*) FILTER (WHERE state = 'failed') AS failed,
                 count(*) FILTER (WHERE state = 'cancelled') AS cancelled, count(*) FILTER (WHERE state = 'waiting') AS waiting
          FROM items WHERE job_id = :job) AS rows
    WHERE id = :job"""
_UNCHUNKED: Final = """
    SELECT position FROM items WHERE job_id = :job AND state = 'waiting'
    EXCEPT SELECT unnest(positions) FROM chunks WHERE job_id = :job AND done_at IS NULL"""
_VALUES_LEFT: Final = "SELECT position FROM items WHERE job_id = :job AND state IN ('failed', 'cancelled')"


def _mend_file(parts: Parts, finding: Finding) -> None:
    """Draw it again: where that gives the bytes that the certificate was issued with, they are put where they belong."""
    if finding.job_id is None or finding.position is None or finding.key is None:
        return
    drawn = draw_again(parts, finding.job_id, finding.position)
    if finding.key in drawn:
        parts.storage.delete(finding.key)
        parts.storage.put({finding.key: drawn[finding.key]})
