"""The counts themselves, and what was issued before anybody counted.

One statement sees one moment: all certificates that were there, and all changes that had been noted by then. What is missing is
appended as one more change, while others go on issuing. It must come before there are counts that changes could be folded into.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO count_changes (owner_id, issued_in, kind, template_id, template_version, spa_id, state, is_public, change)
        SELECT owner_id, issued_in, kind, template_id, template_version, spa_id, state, is_public, sum(change) FROM (
            SELECT owner_id, date_bin('15 minutes', issued_at, '2000-01-01 00:00:00+00') AS issued_in, kind, template_id,
                   template_version, spa_id, state, is_public, count(*) AS change
            FROM certificates GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
            UNION ALL
            SELECT owner_id, issued_in, kind, template_id, template_version, spa_id, state, is_public, -change
            FROM count_changes) AS uncounted
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(change) <> 0""")
    op.create_table(
        "certificate_counts",
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("spa_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("span IN ('day', 'month')", name=op.f("ck_certificate_counts_span")),
    )
    op.create_index(
        "ix_certificate_counts_key",
        "certificate_counts",
        [
            "owner_id",
            "span",
            "first_day",
            "kind",
            "template_id",
            "template_version",
            "spa_id",
            "state",
            "is_public",
        ],
        unique=True,
        postgresql_include=["count"],
        postgresql_nulls_not_distinct=True,
    )
    # Months of all owners are one row in a hundred, which no statistics of single columns could tell.
    op.execute("CREATE STATISTICS certificate_counts_levels (mcv) ON owner_id, span FROM certificate_counts")


def downgrade() -> None:
    op.drop_table("certificate_counts")
    op.execute("TRUNCATE count_changes")
