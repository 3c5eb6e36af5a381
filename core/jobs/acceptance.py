"""A request for a job, once: checked, stored together with the answer that it earned, and set going."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from core import idempotency
from core.callers import Caller
from core.errors import InvalidRequest
from core.failpoints import reach
from core.idempotency import IdempotencyRequest, StoredAnswer
from core.jobs.checking import Prepared, Wanted, check_request
from core.jobs.relay import nudge
from core.jobs.submission import Submission, TakenMeanwhile, submit_job
from core.parts import Parts

_CHECKS: Final = 5
"""So often a request that skips faulty items is checked anew because others keep taking its values."""


def accept(
    parts: Parts,
    *,
    owner: Caller,
    wanted: Wanted,
    request_id: str,
    asked: IdempotencyRequest | None,
    answer: Callable[[Submission], StoredAnswer],
) -> StoredAnswer:
    """What `answer` makes of the new job; or, where this very request came before, what was answered then.

    Raises `InvalidRequest` with every fault, `NotFound` for template or spa, `Conflict` while the first request with this key
    is in flight, and `TooManyRequests` or `Unavailable` where too much waits already.
    """
    if stored := _recall(parts, asked):
        return stored
    with parts.reads() as session:
        parts.backlog.admit(session, owner.user_id, items=len(wanted.items))
    for checks in range(1, _CHECKS + 1):
        try:
            prepared = check_request(parts, owner=owner, wanted=wanted)
            reach("acceptance.checked")
            stored = _store(parts, owner, wanted, prepared, request_id, asked, answer)
        except TakenMeanwhile:
            # An item that is one too many now will be skipped by the next check, as it would have been by a later first one.
            if checks == _CHECKS or not wanted.skip_faulty:
                raise
        except InvalidRequest:
            # The bill number that is taken may have been taken by this request's own twin, a moment ago.
            if stored := _recall(parts, asked):
                return stored
            raise
        else:
            reach("acceptance.committed")
            nudge(parts)
            return stored
    raise AssertionError("a loop that returns or raises")


def _recall(parts: Parts, asked: IdempotencyRequest | None) -> StoredAnswer | None:
    if asked is None:
        return None
    with parts.sessions.begin() as session:
        return idempotency.recall(session, asked)


def _store(
    parts: Parts,
    owner: Caller,
    wanted: Wanted,
    prepared: Prepared,
    request_id: str,
    asked: IdempotencyRequest | None,
    answer: Callable[[Submission], StoredAnswer],
) -> StoredAnswer:
    with parts.sessions.begin() as session:
        if asked is not None and (stored := idempotency.claim(session, asked)):
            return stored
        submission = submit_job(
            session, parts, owner=owner, wanted=wanted, prepared=prepared, request_id=request_id
        )
        earned = answer(submission)
        if asked is not None:
            idempotency.remember(session, asked, earned, now=parts.clock())
        session.flush()
        # What the request says from here on, its log line among that, is of this job.
        structlog.contextvars.bind_contextvars(job_id=str(submission.job.id))
        reach("acceptance.stored")
        return earned
