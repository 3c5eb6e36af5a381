"""The issued documents. A row here is the moment a certificate exists."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import TEXT, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Json
from core.models.people import User
from core.models.spas import Spa

_NEWEST = (text("issued_at DESC"), text("id DESC"))
_NOT_VALID = text("state <> 'valid'")  # few: a listing of them would look for them among all


class Certificate(Base):
    """`files` maps each rendition to its artifact: {"pdf": {"digest", "size", …}}. `search_keys` are those of its name
    (core/names.py). What it says stands in its item."""

    __tablename__ = "certificates"
    __table_args__ = (
        ForeignKeyConstraint(["job_id", "position"], ["items.job_id", "items.position"]),
        CheckConstraint("state IN ('valid', 'revoked', 'superseded', 'erased')", name="state"),
        Index("ix_certificates_newest", *_NEWEST),
        Index("ix_certificates_public", *_NEWEST, postgresql_where=text("is_public AND state = 'valid'")),
        Index("ix_certificates_owner", "owner_id", *_NEWEST),
        Index("ix_certificates_state", "state", *_NEWEST, postgresql_where=_NOT_VALID),
        Index("ix_certificates_owner_state", "owner_id", "state", *_NEWEST, postgresql_where=_NOT_VALID),
        Index("ix_certificates_kind", "kind", *_NEWEST),
        Index("ix_certificates_spa", "spa_id", *_NEWEST),
        Index("ix_certificates_template", "template_id", *_NEWEST),
        Index("ix_certificates_job", "job_id", "position", unique=True),
        Index("ix_certificates_search", "search_keys", postgresql_using="gin"),
        Index("ix_certificates_number", "number", unique=True, postgresql_ops={"number": "text_pattern_ops"}),
        Index("ix_certificates_code", "code", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID]
    position: Mapped[int]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    template_id: Mapped[str]
    template_version: Mapped[int]
    kind: Mapped[str]
    spa_id: Mapped[UUID | None] = mapped_column(ForeignKey(Spa.id))
    number: Mapped[str]
    code: Mapped[str]
    recipient_name: Mapped[str]
    search_keys: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    is_public: Mapped[bool]
    state: Mapped[str] = mapped_column(server_default="valid")
    files: Mapped[Json]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]
