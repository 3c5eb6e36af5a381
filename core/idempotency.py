"""A creating request that is sent again gets the answer that it earned the first time.

The answer is stored in the transaction that earned it, so there is never one without the other. Two requests with the
same key at the same time are told apart by an advisory lock that lives as long as the first one's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.errors import Fault, InFlight, InvalidRequest
from core.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class IdempotencyRequest:
    """`fingerprint` says what was asked: another one under the same key is a mistake of the client's."""

    owner_id: UUID
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered; `body` is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def recall(session: Session, request: IdempotencyRequest) -> StoredAnswer | None:
    """The answer that this request got before, if it did. Raises `InvalidRequest` where the key stands for another one."""
    stored = session.execute(
        select(IdempotencyKey).where(
            IdempotencyKey.owner_id == request.owner_id, IdempotencyKey.key == request.key
        )
    ).scalar_one_or_none()
    if stored is None:
        return None
    if stored.fingerprint != request.fingerprint:
        detail = "This key was used before, for another request."
        raise InvalidRequest(
            detail,
            code="idempotency_key_reused",
            faults=[Fault("Idempotency-Key:", "idempotency_key_reused", detail)],
        )
    return StoredAnswer(stored.status, stored.headers, stored.body)


def claim(session: Session, request: IdempotencyRequest) -> StoredAnswer | None:
    """Keep the key for this transaction; or the answer that another one stored meanwhile.

    Raises `InFlight` while another transaction holds the key.
    """
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _lock(request)}):
        raise InFlight("The first request with this key is still in flight.")
    return recall(session, request)


def remember(session: Session, request: IdempotencyRequest, answer: StoredAnswer, *, now: datetime) -> None:
    """Store the answer in the transaction that earned it, after `claim`."""
    session.add(
        IdempotencyKey(
            owner_id=request.owner_id,
            key=request.key,
            fingerprint=request.fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            body=dict(answer.body),
            created_at=now,
        )
    )


def _lock(request: IdempotencyRequest) -> int:
    # 64 bits of a digest: two keys that meet in one lock would cost a needless 409, once in some ages.
    digest = sha256(request.owner_id.bytes + request.key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
