"""What every statement does to `certificates`, noted by triggers as a change of counts. They wait for no one and hold up no one:
each appends a row for each combination that it touched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = "owner_id, issued_in, kind, template_id, template_version, spa_id, state, is_public, change"
_QUARTER = "date_bin('15 minutes', issued_at, '2000-01-01 00:00:00+00')"


def _rows(table: str, sign: str) -> str:
    return f"""
        SELECT owner_id, {_QUARTER}, kind, template_id, template_version, spa_id, state, is_public, {sign}count(*)::int
        FROM {table} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""  # noqa: S608, ours alone


def upgrade() -> None:
    op.create_table(
        "count_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("issued_in", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("spa_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_changes")),
    )
    op.execute(f"""
        CREATE FUNCTION note_count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO count_changes ({_COLUMNS}) {_rows("came", "")};
            ELSIF TG_OP = 'DELETE' THEN
                INSERT INTO count_changes ({_COLUMNS}) {_rows("went", "-")};
            ELSIF TG_OP = 'UPDATE' THEN
                INSERT INTO count_changes ({_COLUMNS})
                SELECT owner_id, issued_in, kind, template_id, template_version, spa_id, state, is_public, sum(change)
                FROM ({_rows("came", "")} UNION ALL {_rows("went", "-")}) AS touched ({_COLUMNS})
                GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(change) <> 0;
            ELSE
                TRUNCATE count_changes, certificate_counts;
            END IF;
            RETURN NULL;
        END $$""")  # noqa: S608, ours alone
    for event, tables in {
        "insert": "REFERENCING NEW TABLE AS came",
        "update": "REFERENCING NEW TABLE AS came OLD TABLE AS went",
        "delete": "REFERENCING OLD TABLE AS went",
        "truncate": "",
    }.items():
        op.execute(f"""
            CREATE TRIGGER note_count_changes_of_{event} AFTER {event.upper()} ON certificates {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION note_count_changes()""")


def downgrade() -> None:
    for event in ("insert", "update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER note_count_changes_of_{event} ON certificates")
    op.execute("DROP FUNCTION note_count_changes()")
    op.drop_table("count_changes")
