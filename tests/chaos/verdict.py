"""After the fire: was everything that was accepted done, once, and is nothing left over?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.clock import utc_now
from core.doctor import examine
from core.jobs import orphans
from core.parts import Parts
from tests.chaos.traffic import Notes

_QUEUES = ("interactive", "bulk", "upkeep")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost` and `doubled` count items; `crashed` those that were given up although they can be drawn."""

    lost: int
    doubled: int
    crashed: int
    left_in_broker: int
    findings: tuple[str, ...]


def wait_for_rest(parts: Parts, tend: Callable[[], None], *, within: float) -> bool:
    """Whether every job came to rest and the broker is empty."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        tend()
        try:
            with parts.sessions.begin() as session:
                open_jobs = session.scalar(text("SELECT count(*) FROM jobs WHERE completed_at IS NULL")) or 0
            if not open_jobs and not messages_in(parts):
                return True
        except (SQLAlchemyError, RedisError):
            pass  # who does not answer has not come to rest
        time.sleep(0.5)
    return False


def messages_in(parts: Parts) -> int:
    with Redis.from_url(parts.settings.broker_url, socket_timeout=2) as broker:
        return sum(int(broker.llen(queue)) for queue in _QUEUES)


def judge(parts: Parts, notes: Notes, *, redraw: bool) -> Verdict:
    """Look at every row and file. What killed workers left in the storage is a day old first, so that upkeep takes it."""
    later = replace(parts, clock=lambda: utc_now() + timedelta(hours=25))
    orphans.collect(later)
    with parts.sessions.begin() as session:
        rows = session.execute(text("SELECT id, total, issued, failed, cancelled, state FROM jobs")).all()
        per_item = session.execute(
            text(
                "SELECT job_id, count(*) - count(DISTINCT position) AS twice FROM certificates GROUP BY job_id"
            )
        ).all()
        crashed = session.scalar(
            text(
                "SELECT count(*) FROM items WHERE problem ->> 'code' IN ('render_crashed', 'internal_error')"
            )
        )
    jobs = {str(row.id): row for row in rows}
    findings = [str(finding) for finding in examine(parts, at_rest=True, redraw=redraw)]
    lost = 0
    for accepted in notes.accepted:
        job = jobs.get(accepted.id)
        done = 0 if job is None else job.issued + job.failed + job.cancelled
        lost += accepted.total - done
        if job is not None and job.state == "completed" and job.failed < accepted.undrawable:
            findings.append(f"undrawable_issued: job {accepted.id}")
    for job_id, issued in notes.cancelled.items():
        if job_id in jobs and jobs[job_id].issued != issued:
            findings.append(f"issued_after_cancel: job {job_id}: {issued} became {jobs[job_id].issued}")
    known = {accepted.id for accepted in notes.accepted}
    twice = sum(job.total for job_id, job in jobs.items() if job_id not in known)
    return Verdict(
        lost=lost,
        doubled=twice + sum(row.twice for row in per_item),
        crashed=crashed or 0,
        left_in_broker=messages_in(parts),
        findings=tuple(findings),
    )
