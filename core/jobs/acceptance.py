"""A request for a job, once: checked, stored together with the answer that it earned, and set going."""

from __future__ import annotations

from collections.abc import Callable

from core import idempotency
from core.callers import Caller
from core.errors import InvalidRequest
from core.idempotency import IdempotencyRequest, StoredAnswer
from core.jobs.checking import Prepared, Wanted, check_request
from core.jobs.relay import nudge
from core.jobs.submission import Submission, submit_job
from core.parts import Parts


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

    Raises `InvalidRequest` with every fault, `NotFound` for template or spa, and `Conflict` while the first request with
    this key is in flight.
    """
    if stored := _recall(parts, asked):
        return stored
    try:
        prepared = check_request(parts, owner=owner, wanted=wanted)
    except InvalidRequest:
        # The bill number that is taken may have been taken by this request's own twin, a moment ago.
        if stored := _recall(parts, asked):
            return stored
        raise
    stored = _store(parts, owner, wanted, prepared, request_id, asked, answer)
    nudge(parts)
    return stored


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
        return earned
