"""The places that issue documents, and the pictures that documents show."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Json
from core.models.people import User


class Spa(Base):
    """`details` holds what a document may print beyond the name: address … gstin, logo, signatory (core/spas)."""

    __tablename__ = "spas"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    details: Mapped[Json]
    active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Asset(Base):
    """One person's right to a stored picture. The bytes lie in media storage once, under their SHA-256."""

    __tablename__ = "assets"
    __table_args__ = (
        CheckConstraint("length(digest) = 64", name="digest"),
        Index(None, "digest"),
    )

    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[datetime]
