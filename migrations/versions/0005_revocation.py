"""When a certificate was revoked, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificates", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("certificates", sa.Column("revocation_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("certificates", "revocation_reason")
    op.drop_column("certificates", "revoked_at")
