"""`Prefer: wait=N` (RFC 7240): hold the answer until a job is at rest, for those who would rather not poll."""

from __future__ import annotations

import re
import time
from typing import Final
from uuid import UUID

from flask import g

from api.runtime import runtime
from api.schemas.jobs import MAX_WAIT
from core.callers import Caller
from core.jobs import progress
from core.jobs.progress import JobView

_WAIT: Final = re.compile(r'(?:^|,)\s*wait\s*=\s*"?([0-9]{1,6})"?\s*(?:[;,]|$)', re.IGNORECASE)
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.25


def preferred(prefer: str | None) -> int:
    """The seconds that a `Prefer` header asks to wait. What a client prefers and we do not know is no error."""
    match = _WAIT.search(prefer or "")
    return min(int(match[1]), MAX_WAIT) if match else 0


def at_rest(caller: Caller, job_id: UUID, *, seconds: float) -> JobView:
    """The job as soon as it is at rest, or as it is after so many seconds. Raises `NotFound`."""
    until = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        # A session each time: nobody holds a connection while they wait.
        with runtime().reads() as session:
            job = progress.show_job(session, caller, job_id, now=runtime().clock())
        left = until - time.monotonic()
        if job.at_rest or left <= 0:
            return job
        time.sleep(min(pause, left))
        g.waited = g.get("waited", 0.0) + min(pause, left)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
