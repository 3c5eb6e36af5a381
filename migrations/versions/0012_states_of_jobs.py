"""An index of the jobs that are not completed: few, so that a listing of them would look for them among all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_jobs_state",
        "jobs",
        ["state", sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("state <> 'completed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_state", table_name="jobs", postgresql_where=sa.text("state <> 'completed'"))
