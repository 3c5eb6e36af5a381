"""Names are found by the beginnings of their words and by how these sound, in any script (core/names.py)."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from core.names import keys_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BATCH = 5000


def upgrade() -> None:
    op.add_column(
        "certificates", sa.Column("search_keys", ARRAY(sa.TEXT), server_default="{}", nullable=False)
    )
    _fill()
    op.create_index("ix_certificates_search", "certificates", ["search_keys"], postgresql_using="gin")
    op.drop_index("ix_certificates_name", table_name="certificates")


def downgrade() -> None:
    op.execute("CREATE INDEX ix_certificates_name ON certificates (lower(recipient_name) text_pattern_ops)")
    op.drop_index("ix_certificates_search", table_name="certificates")
    op.drop_column("certificates", "search_keys")


def _fill() -> None:
    connection = op.get_bind()
    last = "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(
        sa.text("SELECT id, recipient_name FROM certificates WHERE id > :last ORDER BY id LIMIT :batch"),
        {"last": last, "batch": _BATCH},
    ).all():
        keys = [{"id": row.id, "keys": keys_of(row.recipient_name)} for row in rows]
        connection.execute(
            sa.text("""
                UPDATE certificates SET search_keys = k.keys
                FROM jsonb_to_recordset(cast(:keys AS jsonb)) AS k(id uuid, keys text[]) WHERE certificates.id = k.id"""),
            {"keys": orjson.dumps(keys).decode()},
        )
        last = rows[-1].id
