"""PostgreSQL knows that most owners issue for one spa.

Without that it takes the two for strangers: where its sample has too many of an owner's certificates, as one owner of a hundred
has, it reads all of the spa's entries to sift out what is all there anyway.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE STATISTICS st_certificates_owner_spa (dependencies) ON owner_id, spa_id FROM certificates"
    )
    op.execute("ANALYZE certificates (owner_id, spa_id)")


def downgrade() -> None:
    op.execute("DROP STATISTICS st_certificates_owner_spa")
