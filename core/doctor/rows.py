"""What must hold among the rows. Each check is one statement, so it sees one moment and may run beside everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.doctor.findings import Finding

_COUNTED: Final = """
    SELECT j.*, coalesce(i.rows, 0) AS rows, i.first, i.last, coalesce(i.issued_rows, 0) AS issued_rows,
           coalesce(i.failed_rows, 0) AS failed_rows, coalesce(i.cancelled_rows, 0) AS cancelled_rows
    FROM jobs j LEFT JOIN (
        SELECT job_id, count(*) AS rows, min(position) AS first, max(position) AS last,
               count(*) FILTER (WHERE state = 'issued') AS issued_rows,
               count(*) FILTER (WHERE state = 'failed') AS failed_rows,
               count(*) FILTER (WHERE state = 'cancelled') AS cancelled_rows
        FROM items GROUP BY job_id) AS i ON i.job_id = j.id"""

# Each gives job_id, position (or null) and detail.
CHECKS: Final[Mapping[str, str]] = {
    "items_missing": f"""
        SELECT id AS job_id, NULL::int AS position,
               format('%s accepted, %s rows from %s to %s', total, rows, first, last) AS detail
        FROM ({_COUNTED}) AS counted WHERE rows <> total OR first <> 0 OR last <> total - 1""",  # noqa: S608, ours alone
    "issued_without_certificate": """
        SELECT i.job_id, i.position, 'it is issued, and there is no certificate' AS detail
        FROM items i LEFT JOIN certificates c ON c.job_id = i.job_id AND c.position = i.position
        WHERE i.state = 'issued' AND c.id IS NULL""",
    "certificate_differs": """
        SELECT c.job_id, c.position, format('its item is %s, number %s', i.state, i.number) AS detail
        FROM certificates c JOIN items i ON i.job_id = c.job_id AND i.position = c.position
        WHERE i.state <> 'issued' OR (c.id, c.number, c.code) IS DISTINCT FROM (i.certificate_id, i.number, i.code)""",
    "number_twice": """
        SELECT NULL::uuid AS job_id, NULL::int AS position, format('%s items have number %s', count(*), number) AS detail
        FROM items GROUP BY number HAVING count(*) > 1""",
    "code_twice": """
        SELECT (array_agg(job_id))[1] AS job_id, min(position) AS position, format('%s items have one code', count(*)) AS detail
        FROM items GROUP BY code HAVING count(*) > 1""",
    "counters_differ": f"""
        SELECT id AS job_id, NULL::int AS position,
               format('issued %s of %s rows, failed %s of %s, cancelled %s of %s, %s', issued, issued_rows, failed, failed_rows,
                      cancelled, cancelled_rows, CASE WHEN finished_at IS NULL THEN 'not finished' ELSE 'finished' END) AS detail
        FROM ({_COUNTED}) AS counted
        WHERE (issued, failed, cancelled) <> (issued_rows, failed_rows, cancelled_rows)
           OR (finished_at IS NOT NULL) <> (issued_rows + failed_rows + cancelled_rows = total)""",  # noqa: S608, ours alone
    "state_differs": """
        SELECT id AS job_id, NULL::int AS position, format('%s, completed at %s', state, completed_at) AS detail FROM jobs
        WHERE (completed_at IS NOT NULL AND (finished_at IS NULL OR state NOT IN ('completed', 'cancelled')))
           OR (completed_at IS NULL AND state = 'completed')""",
    "waiting_without_chunk": """
        SELECT job_id, position, 'it waits, and no open chunk has it' AS detail FROM (
            SELECT job_id, position FROM items WHERE state = 'waiting'
            EXCEPT SELECT job_id, unnest(positions) FROM chunks WHERE done_at IS NULL) AS left_out""",
    "item_in_two_chunks": """
        SELECT job_id, position, format('%s open chunks have it', count(*)) AS detail
        FROM chunks, unnest(positions) AS position WHERE done_at IS NULL GROUP BY job_id, position HAVING count(*) > 1""",
    "chunk_without_work": """
        SELECT job_id, positions[1] AS position, 'its chunk is open, and none of its items waits' AS detail
        FROM chunks c WHERE done_at IS NULL AND NOT EXISTS (
            SELECT FROM items i WHERE i.job_id = c.job_id AND i.position = ANY(c.positions) AND i.state = 'waiting')""",
    "lease_left": """
        SELECT job_id, positions[1] AS position, 'its chunk is leased, and nobody works on it' AS detail FROM chunks
        WHERE leased_until IS NOT NULL AND (done_at IS NOT NULL OR leased_until < clock_timestamp() - interval '1 minute')""",
    "untold": """
        SELECT id AS job_id, NULL::int AS position, format('finished at %s, and not completed', finished_at) AS detail FROM jobs
        WHERE completed_at IS NULL AND finished_at < clock_timestamp() - interval '1 minute'""",
    "value_left": """
        SELECT u.job_id, u.position, format('it is %s, and holds %s', i.state, u.scope) AS detail
        FROM unique_values u JOIN items i ON i.job_id = u.job_id AND i.position = u.position
        WHERE i.state IN ('failed', 'cancelled')""",
    "answer_without_job": """
        SELECT NULL::uuid AS job_id, NULL::int AS position, format('a request was answered with %s', body ->> 'id') AS detail
        FROM idempotency_keys k WHERE headers ->> 'Location' LIKE '/jobs/%' AND NOT EXISTS (
            SELECT FROM jobs WHERE jobs.id::text = k.body ->> 'id')""",
}

AT_REST: Final[Mapping[str, str]] = {
    "not_at_rest": """
        SELECT id AS job_id, NULL::int AS position, format('%s, %s of %s', state, issued + failed + cancelled, total) AS detail
        FROM jobs WHERE completed_at IS NULL""",
    "chunk_open": """
        SELECT job_id, positions[1] AS position, format('attempt %s, %s losses', attempt, losses) AS detail
        FROM chunks WHERE done_at IS NULL OR leased_until IS NOT NULL""",
}
"""Beside those above, once no job is under way."""


def examine_rows(session: Session, *, at_rest: bool) -> Iterator[Finding]:
    for check, statement in {**CHECKS, **(AT_REST if at_rest else {})}.items():
        for row in session.execute(text(statement)):
            yield Finding(check, row.detail, row.job_id, row.position)
