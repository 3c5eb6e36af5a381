"""Who is asking. What a caller may see follows from here, not from the way they proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from core.errors import NotFound

Role = Literal["admin", "manager", "user"]
ROLES: Final[tuple[Role, ...]] = ("admin", "manager", "user")

Scope = Literal["read", "write", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "write", "admin")
"""What a key may be used for, within its user's role: look, create and change, manage users and keys."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, as one request presents them. `key_id` is None where no key was used, as on a command line; `expires_at` is the
    key's."""

    user_id: UUID
    role: Role
    name: str
    key_id: str | None = None
    scopes: frozenset[str] = frozenset(SCOPES)
    expires_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    @property
    def sees_everything(self) -> bool:
        """Admins and managers see everybody's objects; a user sees their own."""
        return self.role in ("admin", "manager")

    def owns(self, owner_id: UUID | None) -> bool:
        """Whether an object of `owner_id` exists for this caller at all."""
        return self.sees_everything or owner_id == self.user_id

    def check_owns(self, owner_id: UUID | None, what: str) -> None:
        """Raises `NotFound` for somebody else's: "There is no such {what}."."""
        if not self.owns(owner_id):
            raise NotFound(f"There is no such {what}.")
