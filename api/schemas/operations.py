"""What operators' programs read."""

from __future__ import annotations

from typing import Literal

from api.schemas.base import Answer


class Alive(Answer):
    status: Literal["alive"]


class Readiness(Answer):
    status: Literal["ready", "degraded", "not ready"]
    checks: dict[str, str]
