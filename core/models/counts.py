"""How many certificates there are, kept by PostgreSQL itself (docs/decisions/0013-count-by-a-ledger.md)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class CountChange(Base):
    """What one statement did to `certificates`: `change` more of them, or fewer. Triggers write it, upkeep folds it into counts.

    `issued_in` is the beginning of a quarter of an hour: in every time zone a day begins with one.
    """

    __tablename__ = "count_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    owner_id: Mapped[UUID]
    issued_in: Mapped[datetime]
    kind: Mapped[str]
    template_id: Mapped[str]
    template_version: Mapped[int]
    spa_id: Mapped[UUID | None]
    state: Mapped[str]
    is_public: Mapped[bool]
    change: Mapped[int]


class CertificateCount(Base):
    """Certificates of one combination that were issued on a day, or in a month, of the issuer's calendar.

    Without `owner_id` those of all owners together.
    """

    __tablename__ = "certificate_counts"
    __table_args__ = (
        CheckConstraint("span IN ('day', 'month')", name="span"),
        Index(
            "ix_certificate_counts_key",
            "owner_id",
            "span",
            "first_day",
            "kind",
            "template_id",
            "template_version",
            "spa_id",
            "state",
            "is_public",
            unique=True,
            postgresql_include=["count"],  # so that a sum reads the index alone
            postgresql_nulls_not_distinct=True,
        ),
    )

    owner_id: Mapped[UUID | None] = mapped_column()
    span: Mapped[str] = mapped_column()
    first_day: Mapped[date] = mapped_column()
    kind: Mapped[str] = mapped_column()
    template_id: Mapped[str] = mapped_column()
    template_version: Mapped[int] = mapped_column()
    spa_id: Mapped[UUID | None] = mapped_column()
    state: Mapped[str] = mapped_column()
    is_public: Mapped[bool] = mapped_column()
    count: Mapped[int] = mapped_column()

    # The unique index above is the key; PostgreSQL's own kind of primary key allows no null.
    __mapper_args__ = {  # noqa: RUF012, as SQLAlchemy has it
        "primary_key": [
            owner_id, span, first_day, kind, template_id, template_version, spa_id, state, is_public,
        ]
    }  # fmt: skip
