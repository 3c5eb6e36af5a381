from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError
from sqlalchemy.pool import NullPool

from core.database import alembic_config, migrate
from core.models import Base
from core.parts import Parts
from core.runtime import connect
from core.settings import Settings


def test_the_migrations_make_the_tables_that_the_models_describe(runtime: Parts) -> None:
    with runtime.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_of_several_that_migrate_at_once_one_does_and_all_find_it_done(runtime: Parts) -> None:
    url = runtime.engine.url
    name = f"{url.database}_migrated"
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as server:
        server.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        server.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        try:
            engines = [create_engine(url.set(database=name), poolclass=NullPool) for _ in range(4)]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(migrate, engines))
            with engines[0].connect() as connection:
                newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
                assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest
        finally:
            server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_errors_of_the_database_list_no_parameters(runtime: Parts) -> None:
    # PostgreSQL quotes a line about what it cannot read; SQLAlchemy's list of all that was sent is what must not stand there.
    engine = connect(runtime.settings)
    with engine.connect() as connection, pytest.raises(DataError) as error:
        connection.execute(
            text("SELECT cast(:number AS int), :name"), {"number": "x", "name": "Ananya Sharma"}
        )
    engine.dispose()
    assert "parameters hidden" in str(error.value)


def test_locks_of_a_client_that_falls_silent_are_freed_within_a_lease(runtime: Parts) -> None:
    with connect(runtime.settings).connect() as connection:
        seconds = connection.scalar(
            text(
                "SELECT setting::int / 1000 FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
            )
        )
    assert seconds is not None
    (lease,) = (field.default for field in fields(Settings) if field.name == "lease_seconds")
    assert 0 < seconds < lease
