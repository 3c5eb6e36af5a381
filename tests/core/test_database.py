from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.database import alembic_config, migrate
from core.models import Base
from core.parts import Parts


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
