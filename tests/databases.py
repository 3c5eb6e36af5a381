"""Databases that a test run has for itself on a server that it may share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg2
from sqlalchemy import URL


@contextlib.contextmanager
def own_database(server: URL, name: str) -> Iterator[str]:
    """The URL of an empty database of that name, which is dropped when the block ends."""
    connection = psycopg2.connect(server.set(drivername="postgresql").render_as_string(hide_password=False))
    with contextlib.closing(connection), connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        yield server.set(database=name).render_as_string(hide_password=False)
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
