"""Jobs, their items, and the chunks in which workers take them. docs/lifecycle.md draws the states."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Json
from core.models.people import User
from core.models.spas import Spa


class Job(Base):
    """`issuer` is the spa as it was when the job came, `verify_base` and `issue_date` what its documents print: a second
    attempt must draw the same bytes. `request_id` and `traceparent`: of the request that it came with, where there is a trace.
    `finished_at`: the last item came to rest; `tell_at`: from when on everybody may know although the cache could not be told;
    `completed_at`: everybody may know (docs/lifecycle.md)."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'rendering', 'completed', 'cancelled')", name="state"),
        CheckConstraint("issued + failed + cancelled <= total", name="counters"),
        ForeignKeyConstraint(
            ["template_id", "template_version"], ["template_versions.template_id", "template_versions.number"]
        ),
        Index("ix_jobs_owner", "owner_id", text("created_at DESC"), text("id DESC")),
        Index("ix_jobs_newest", text("created_at DESC"), text("id DESC")),
        Index(
            "ix_jobs_state",
            "state",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("state <> 'completed'"),
        ),
        Index(
            "ix_jobs_external", "owner_id", "external_id", postgresql_where=text("external_id IS NOT NULL")
        ),
        Index("ix_jobs_open", "owner_id", postgresql_where=text("finished_at IS NULL")),
        Index(
            "ix_jobs_untold",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL AND completed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    template_id: Mapped[str]
    template_version: Mapped[int]
    kind: Mapped[str]
    spa_id: Mapped[UUID | None] = mapped_column(ForeignKey(Spa.id))
    issuer: Mapped[Json | None]
    renditions: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    dpi: Mapped[int]
    lists_publicly: Mapped[bool]
    external_id: Mapped[str | None]
    priority: Mapped[int]
    lane: Mapped[str]
    verify_base: Mapped[str]
    issue_date: Mapped[date]
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    total: Mapped[int]
    issued: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tell_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class Item(Base):
    """One row of a job. Its certificate's id, number and code are drawn when the job is accepted, never in a worker."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'issued', 'failed', 'cancelled')", name="state"),
        Index("ix_items_failed", "job_id", "position", postgresql_where=text("state = 'failed'")),
    )

    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[Json]
    recipient_name: Mapped[str]
    certificate_id: Mapped[UUID]
    number: Mapped[str]
    code: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    problem: Mapped[Json | None]


class Chunk(Base):
    """The slice of a job that one worker takes. `attempt` is the fencing token of its lease, `losses` the workers that
    died over it, `lost_to` of what the last one died of which that is known: a signal's name, mostly; `not_before` when it is
    sent again after storage failed."""

    __tablename__ = "chunks"
    __table_args__ = (
        Index("ix_chunks_job", "job_id"),
        Index(
            "ix_chunks_unsent",
            "lane",
            "owner_id",
            text("priority DESC"),
            "id",
            postgresql_where=text("done_at IS NULL AND sent_at IS NULL"),
        ),
        Index("ix_chunks_sent", "sent_at", postgresql_where=text("done_at IS NULL AND sent_at IS NOT NULL")),
        Index("ix_chunks_losing", "losses", postgresql_where=text("done_at IS NULL AND losses >= 2")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    owner_id: Mapped[UUID]
    lane: Mapped[str]
    priority: Mapped[int]
    positions: Mapped[list[int]] = mapped_column(ARRAY(INTEGER))
    attempt: Mapped[int] = mapped_column(server_default="0")
    losses: Mapped[int] = mapped_column(server_default="0")
    lost_to: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class UniqueValue(Base):
    """A value that may be used once within a scope, such as a bill number within a spa and a financial year."""

    __tablename__ = "unique_values"
    __table_args__ = (Index("ix_unique_values_job", "job_id"),)

    scope: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id))
    position: Mapped[int]


class IdempotencyKey(Base):
    """The answer that a creating request got, kept in the transaction that earned it."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[Json]
    body: Mapped[Json]
    created_at: Mapped[datetime]
