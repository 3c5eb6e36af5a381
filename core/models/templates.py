"""Templates, and their versions, which never change once they are published."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Json
from core.models.people import User


class Template(Base):
    """`owner_id` is empty for built-in templates. `is_public`: everybody may use it. `public_listing`: the certificates
    that it makes may be listed publicly (if their job says so too). `published`: the version that `id` alone stands for."""

    __tablename__ = "templates"
    __table_args__ = (
        Index(None, "is_public", "active"),
        Index(None, "owner_id"),
        CheckConstraint("id ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'", name="id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    name: Mapped[str]
    kind: Mapped[str]
    is_public: Mapped[bool] = mapped_column(server_default="false")
    public_listing: Mapped[bool] = mapped_column(server_default="false")
    active: Mapped[bool] = mapped_column(server_default="true")
    published: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TemplateVersion(Base):
    """`document` is a whole template document (core/templates), `digest` the SHA-256 of its canonical JSON."""

    __tablename__ = "template_versions"

    template_id: Mapped[str] = mapped_column(ForeignKey(Template.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[Json]
    digest: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
