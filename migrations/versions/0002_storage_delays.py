"""Chunks that wait for storage, and what storage was asked by all processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "storage_use",
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("operation", "outcome", name=op.f("pk_storage_use")),
    )


def downgrade() -> None:
    op.drop_table("storage_use")
    op.drop_column("chunks", "not_before")
