"""Jobs as the API accepts them, for tests that need no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.callers import Caller
from core.idempotency import StoredAnswer
from core.jobs.acceptance import accept
from core.jobs.checking import Wanted
from core.parts import Parts

THERAPIST: dict[str, Any] = {
    "candidate_name": "अनन्या शर्मा",
    "course_name": "Balinese massage",
    "start_date": "2025-11-03",
    "end_date": "2025-12-12",
}


def accept_job(
    runtime: Parts,
    owner: Caller,
    items: Sequence[Mapping[str, Any]],
    *,
    template: str = "therapist-classic",
    renditions: tuple[str, ...] = ("pdf",),
    **wanted: Any,
) -> UUID:
    """A job that PostgreSQL has and the queue was told of, and its id. `wanted`: more of what its owner asks for."""
    answer = accept(
        runtime,
        owner=owner,
        wanted=Wanted(template=template, items=list(items), renditions=renditions, **wanted),
        request_id="tests",
        asked=None,
        answer=lambda submission: StoredAnswer(202, {}, {"id": str(submission.job.id)}),
    )
    return UUID(answer.body["id"])
