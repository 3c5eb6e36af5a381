"""Who hears of what happens, and what is on its way to them. docs/lifecycle.md draws the states."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Json
from core.models.people import User

_NEWEST = (text("created_at DESC"), text("event_id DESC"))


class Endpoint(Base):
    """`former_secret` signs beside `secret` until `former_until`. `failures` in a row since `failing_since`; nothing is tried
    before `rest_until`. `turn` is the fencing token of its lease, `sent_at` when its last message went to the broker."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("state IN ('enabled', 'disabled', 'removed')", name="state"),
        Index("ix_webhook_endpoints_owner", "owner_id", text("created_at DESC"), text("id DESC")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    url: Mapped[str]
    description: Mapped[str | None]
    events: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="enabled")
    disabled_because: Mapped[str | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    turn: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Delivery(Base):
    """An event on its way to one endpoint. `attempt` counts tries and fences them; those after `tries_from` count towards
    the last one."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "due_at",
            "event_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_webhook_deliveries_newest", "endpoint_id", *_NEWEST),
        Index(
            "ix_webhook_deliveries_failed", "endpoint_id", *_NEWEST, postgresql_where=text("state = 'failed'")
        ),
    )

    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey(Endpoint.id), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    data: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempt: Mapped[int] = mapped_column(server_default="0")
    tries_from: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Attempt(Base):
    """What one try came to: the `status` that was answered and the beginning of its body, or a `problem`, and its words."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["endpoint_id", "event_id"],
            ["webhook_deliveries.endpoint_id", "webhook_deliveries.event_id"],
            ondelete="CASCADE",
        ),
    )

    endpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None]
    answer: Mapped[str]
