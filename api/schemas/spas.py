"""The spas that issue documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import Answer, PageQuery, Request


class SpaPath(Request):
    spa_id: UUID


class SpasQuery(PageQuery):
    code: str | None = Field(default=None, max_length=40, description="Only the spa of this code.")


class Signatory(Answer):
    name: str | None
    designation: str | None
    signature: str | None
    seal: str | None


class Spa(Answer):
    """A spa; `active` is false once it is retired. `logo`, `signature` and `seal` are ids of assets."""

    id: UUID
    code: str
    name: str
    address: str | None
    area: str | None
    city: str | None
    country: str
    state: str | None
    pincode: str | None
    phone_number: str | None
    alternate_number: str | None
    email: str | None
    website: str | None
    gstin: str | None
    logo: str | None
    signatory: Signatory | None
    active: bool
    created_at: datetime
    updated_at: datetime


class SpaPage(Answer):
    items: list[Spa]
    next: str | None
