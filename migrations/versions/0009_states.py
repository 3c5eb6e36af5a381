"""Indexes of the certificates that no longer stand: few, so that a listing of them would look for them among all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


_NOT_VALID = sa.text("state <> 'valid'")
_NEWEST = (sa.text("issued_at DESC"), sa.text("id DESC"))


def upgrade() -> None:
    for name, columns in (
        ("ix_certificates_state", ("state",)),
        ("ix_certificates_owner_state", ("owner_id", "state")),
    ):
        op.create_index(name, "certificates", [*columns, *_NEWEST], postgresql_where=_NOT_VALID)


def downgrade() -> None:
    for name in ("ix_certificates_owner_state", "ix_certificates_state"):
        op.drop_index(name, table_name="certificates", postgresql_where=_NOT_VALID)
