"""The scopes of listings: each has a generation of its own."""

from __future__ import annotations

from typing import Final
from uuid import UUID

PUBLIC: Final = "public"
EVERYBODY: Final = "everybody"


def owner_scope(owner_id: UUID) -> str:
    """The scope of one user's certificates."""
    return f"owner:{owner_id.hex}"
