"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE certificate_number")
    op.create_table(
        "spas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spas")),
        sa.UniqueConstraint("code", name=op.f("uq_spas_code")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('admin', 'manager', 'user')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"], unique=False)
    op.create_table(
        "assets",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_assets_digest")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_assets_owner_id")),
        sa.PrimaryKeyConstraint("owner_id", "digest", name=op.f("pk_assets")),
    )
    op.create_index(op.f("ix_assets_digest"), "assets", ["digest"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_idempotency_keys_owner_id")),
        sa.PrimaryKeyConstraint("owner_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "templates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("public_listing", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'", name=op.f("ck_templates_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_templates_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    op.create_index(op.f("ix_templates_is_public_active"), "templates", ["is_public", "active"], unique=False)
    op.create_index(op.f("ix_templates_owner_id"), "templates", ["owner_id"], unique=False)
    op.create_table(
        "template_versions",
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_template_versions_created_by")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["templates.id"], name=op.f("fk_template_versions_template_id")
        ),
        sa.PrimaryKeyConstraint("template_id", "number", name=op.f("pk_template_versions")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spa_id", sa.Uuid(), nullable=True),
        sa.Column("issuer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("renditions", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("lists_publicly", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("verify_base", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancelled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'rendering', 'completed', 'cancelled')", name=op.f("ck_jobs_state")
        ),
        sa.CheckConstraint("issued + failed + cancelled <= total", name=op.f("ck_jobs_counters")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_jobs_owner_id")),
        sa.ForeignKeyConstraint(["spa_id"], ["spas.id"], name=op.f("fk_jobs_spa_id")),
        sa.ForeignKeyConstraint(
            ["template_id", "template_version"],
            ["template_versions.template_id", "template_versions.number"],
            name=op.f("fk_jobs_template_id_template_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_external",
        "jobs",
        ["owner_id", "external_id"],
        unique=False,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "ix_jobs_newest",
        "jobs",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_jobs_owner",
        "jobs",
        ["owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_jobs_untold",
        "jobs",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NOT NULL AND completed_at IS NULL"),
    )
    op.create_table(
        "chunks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("positions", postgresql.ARRAY(sa.INTEGER()), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("losses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_chunks_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunks")),
    )
    op.create_index("ix_chunks_job", "chunks", ["job_id"], unique=False)
    op.create_index(
        "ix_chunks_losing",
        "chunks",
        ["losses"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND losses >= 2"),
    )
    op.create_index(
        "ix_chunks_sent",
        "chunks",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_chunks_unsent",
        "chunks",
        ["lane", "owner_id", sa.literal_column("priority DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND sent_at IS NULL"),
    )
    op.create_table(
        "items",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("values", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'issued', 'failed', 'cancelled')", name=op.f("ck_items_state")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_items_job_id")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_items")),
    )
    op.create_index(
        "ix_items_failed",
        "items",
        ["job_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_table(
        "unique_values",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_unique_values_job_id")),
        sa.PrimaryKeyConstraint("scope", "value", name=op.f("pk_unique_values")),
    )
    op.create_index("ix_unique_values_job", "unique_values", ["job_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("spa_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="valid", nullable=False),
        sa.Column("files", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('valid', 'revoked', 'superseded', 'erased')", name=op.f("ck_certificates_state")
        ),
        sa.ForeignKeyConstraint(
            ["job_id", "position"],
            ["items.job_id", "items.position"],
            name=op.f("fk_certificates_job_id_position"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_certificates_owner_id")),
        sa.ForeignKeyConstraint(["spa_id"], ["spas.id"], name=op.f("fk_certificates_spa_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    op.create_index("ix_certificates_code", "certificates", ["code"], unique=True)
    op.create_index("ix_certificates_job", "certificates", ["job_id", "position"], unique=True)
    op.create_index(
        "ix_certificates_kind",
        "certificates",
        ["kind", sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_certificates_name",
        "certificates",
        [sa.literal_column("lower(recipient_name)").label("name")],
        unique=False,
        postgresql_ops={"name": "text_pattern_ops"},
    )
    op.create_index(
        "ix_certificates_newest",
        "certificates",
        [sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_certificates_number",
        "certificates",
        ["number"],
        unique=True,
        postgresql_ops={"number": "text_pattern_ops"},
    )
    op.create_index(
        "ix_certificates_owner",
        "certificates",
        ["owner_id", sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_certificates_public",
        "certificates",
        [sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("is_public AND state = 'valid'"),
    )
    op.create_index(
        "ix_certificates_spa",
        "certificates",
        ["spa_id", sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_certificates_template",
        "certificates",
        ["template_id", sa.literal_column("issued_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_certificates_template", table_name="certificates")
    op.drop_index("ix_certificates_spa", table_name="certificates")
    op.drop_index(
        "ix_certificates_public",
        table_name="certificates",
        postgresql_where=sa.text("is_public AND state = 'valid'"),
    )
    op.drop_index("ix_certificates_owner", table_name="certificates")
    op.drop_index(
        "ix_certificates_number", table_name="certificates", postgresql_ops={"number": "text_pattern_ops"}
    )
    op.drop_index("ix_certificates_newest", table_name="certificates")
    op.drop_index(
        "ix_certificates_name", table_name="certificates", postgresql_ops={"name": "text_pattern_ops"}
    )
    op.drop_index("ix_certificates_kind", table_name="certificates")
    op.drop_index("ix_certificates_job", table_name="certificates")
    op.drop_index("ix_certificates_code", table_name="certificates")
    op.drop_table("certificates")
    op.drop_index("ix_unique_values_job", table_name="unique_values")
    op.drop_table("unique_values")
    op.drop_index("ix_items_failed", table_name="items", postgresql_where=sa.text("state = 'failed'"))
    op.drop_table("items")
    op.drop_index(
        "ix_chunks_unsent",
        table_name="chunks",
        postgresql_where=sa.text("done_at IS NULL AND sent_at IS NULL"),
    )
    op.drop_index(
        "ix_chunks_sent",
        table_name="chunks",
        postgresql_where=sa.text("done_at IS NULL AND sent_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_chunks_losing", table_name="chunks", postgresql_where=sa.text("done_at IS NULL AND losses >= 2")
    )
    op.drop_index("ix_chunks_job", table_name="chunks")
    op.drop_table("chunks")
    op.drop_index(
        "ix_jobs_untold",
        table_name="jobs",
        postgresql_where=sa.text("finished_at IS NOT NULL AND completed_at IS NULL"),
    )
    op.drop_index("ix_jobs_owner", table_name="jobs")
    op.drop_index("ix_jobs_newest", table_name="jobs")
    op.drop_index("ix_jobs_external", table_name="jobs", postgresql_where=sa.text("external_id IS NOT NULL"))
    op.drop_table("jobs")
    op.drop_table("template_versions")
    op.drop_index(op.f("ix_templates_owner_id"), table_name="templates")
    op.drop_index(op.f("ix_templates_is_public_active"), table_name="templates")
    op.drop_table("templates")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_assets_digest"), table_name="assets")
    op.drop_table("assets")
    op.drop_index(op.f("ix_api_keys_user_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_table("spas")
    op.execute("DROP SEQUENCE certificate_number")
