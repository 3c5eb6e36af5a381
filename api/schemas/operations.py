"""What operators' programs read."""

from __future__ import annotations

from typing import Literal

from api.schemas.base import Answer


class Alive(Answer):
    status: Literal["alive"]
