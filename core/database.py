"""The schema of the database: brought up to date by Alembic's migrations, one process at a time."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from core.settings import ROOT

_MIGRATION_LOCK = 0x6365_7274_0003


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`. Several may call this at once: one migrates, the others wait and find it done."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.commit()
        try:
            connection.execute(text("SET lock_timeout = '2s'"))
            connection.commit()  # each migration has a transaction of its own
            command.upgrade(alembic_config(connection), revision)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("RESET lock_timeout"))
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()


def alembic_config(connection: object) -> Config:
    """Alembic's configuration for a connection; the project needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config
