"""`Idempotency-Key` on requests that create: sent again, they get the answer that they earned the first time."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from flask import Response, g, request
from sqlalchemy.orm import Session

from api import answers
from api.auth import caller
from api.runtime import runtime
from api.schemas.base import CreationHeaders
from core import idempotency
from core.idempotency import IdempotencyRequest, StoredAnswer


def asked(header: CreationHeaders) -> IdempotencyRequest | None:
    """What this request's key stands for: this caller, this address, this body."""
    if header.idempotency_key is None:
        return None
    fingerprint = sha256(f"{request.method} {request.path} ".encode() + g.get("body_digest", b"")).hexdigest()
    return IdempotencyRequest(caller().user_id, header.idempotency_key, fingerprint)


def once(session: Session, header: CreationHeaders, create: Callable[[], StoredAnswer]) -> Response:
    """What `create` earns, stored in the same transaction; or, where this very request came before, what it earned then."""
    wanted = asked(header)
    if wanted is None:
        return answers.stored(create())
    if earlier := idempotency.claim(session, wanted):
        return answers.stored(earlier)
    earned = create()
    idempotency.remember(session, wanted, earned, now=runtime().clock())
    return answers.stored(earned)
