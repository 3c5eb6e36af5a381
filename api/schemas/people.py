"""Users, keys, and who one is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.base import Answer, Line, PageQuery, Request
from core.callers import SCOPES, Role, Scope

Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$")]


class UserPath(Request):
    user_id: UUID


class KeyPath(Request):
    key_id: str = Field(pattern=r"^[0-9a-f]+$", description="The key's public part, as the listing shows it.")


class NewUser(Request):
    name: Line
    email: Email | None = None
    role: Role = "user"


class ChangedUser(Request):
    """The whole of what can be changed about a user."""

    name: Line
    email: Email | None = None
    role: Role
    active: bool


class NewApiKey(Request):
    user_id: UUID
    name: Line = Field(
        description="What it is for, so that somebody knows it again when it should be revoked."
    )
    scopes: frozenset[Scope] = Field(
        default=frozenset(SCOPES),
        min_length=1,
        description="What it may be used for, within its user's role.",
    )
    expires_at: AwareDatetime | None = None


class KeysQuery(PageQuery):
    user_id: UUID | None = Field(default=None, description="Only this user's.")


class User(Answer):
    id: UUID
    name: str
    email: str | None
    role: Role
    active: bool
    created_at: datetime


class UserPage(Answer):
    items: list[User]
    next: str | None


class ApiKey(Answer):
    id: str
    user_id: UUID
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class CreatedApiKey(ApiKey):
    key: str = Field(description="The key itself. It is shown this once; only a digest of it is kept.")


class ApiKeyPage(Answer):
    items: list[ApiKey]
    next: str | None


class Me(Answer):
    """Who this key makes you."""

    user_id: UUID
    name: str
    role: Role
    key_id: str | None
    scopes: list[str]


class SignIn(Request):
    key: Annotated[str, StringConstraints(max_length=200)] = Field(description="An API key.")


class Session(Answer):
    """A console session: the cookie came with this answer, the token goes into `X-CSRF-Token` of unsafe requests."""

    me: Me
    csrf_token: str
    expires_at: datetime
