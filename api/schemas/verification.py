"""What anybody who holds a document's code may know."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.schemas.base import Answer, Request


class CodePath(Request):
    code: str


class Verification(Answer):
    """An erased document keeps its number and the fact, and no name."""

    outcome: Literal["genuine", "revoked", "superseded", "erased"]
    number: str
    kind: str
    recipient_name: str | None
    spa_name: str | None
    issued_at: datetime
    revoked_at: datetime | None
