"""What a chunk's worker died of; and an index of the jobs that have work left, to count what an owner has waiting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("lost_to", sa.Text(), nullable=True))
    op.create_index("ix_jobs_open", "jobs", ["owner_id"], postgresql_where=sa.text("finished_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_jobs_open", table_name="jobs", postgresql_where=sa.text("finished_at IS NULL"))
    op.drop_column("chunks", "lost_to")
