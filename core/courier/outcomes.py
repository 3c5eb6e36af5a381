"""What can come of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: of the body its beginning. `retry_after` is that header as it came."""

    status: int
    body: bytes
    retry_after: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing was answered. `code` is stable, `detail` is a sentence for people."""

    code: str
    detail: str
    seconds: float
