"""Connections to PostgreSQL: a pool of them in each process."""

from __future__ import annotations

import select
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

from core.figures.statements import WatchedPool, watch_pool, watched_cursor
from core.settings import Settings


def connect(settings: Settings) -> Engine:
    """A pool of connections. Those that a restarted PostgreSQL closed are replaced before use: a reconnect each, and no error."""
    engine = create_engine(
        settings.database_url,
        poolclass=WatchedPool,
        pool_size=settings.database_pool,
        max_overflow=settings.database_pool,
        pool_timeout=5,
        pool_use_lifo=True,  # what was used last is warmest, on both sides
        # Parameters are people's names; errors, and so logs, do without them.
        hide_parameters=True,
        connect_args={
            "cursor_factory": watched_cursor(slow_seconds=settings.slow_query_seconds),
            "connect_timeout": 5,
            "application_name": "certmill",
            # A host whose network is gone holds what it locked until PostgreSQL ends its session; and a client whose answer was
            # lost with such a session would wait for it for hours.
            "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=15s -c lock_timeout=10s",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )
    watch_pool(engine)
    _replace_closed(engine)
    return engine


def single_questions(engine: Engine) -> sessionmaker[Session]:
    """Sessions in which each statement stands for itself, without BEGIN and COMMIT around it.

    SQLAlchemy's isolation level "AUTOCOMMIT" would do the same, but has psycopg2 tell the server when it ends.
    """
    sessions = sessionmaker(engine, expire_on_commit=False)

    def begin(session: Session, transaction: object, connection: Connection) -> None:
        _driver(connection).autocommit = True

    def end(connection: Any, record: object) -> None:
        if connection is not None and connection.autocommit:
            connection.autocommit = False

    event.listen(sessions, "after_begin", begin)
    event.listen(engine, "checkin", end)
    return sessions


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _replace_closed(engine: Engine) -> None:
    """Have the pool replace a connection that the server closed while nobody used it.

    SQLAlchemy's `pool_pre_ping` asks the server each time, one question in four of a short transaction. The socket knows as
    well: a connection that nobody uses has nothing to say but its end, or a notice; only then the server is asked. One that
    has just been made is taken as it is: who then finds it closed has an error of the database, which means "later".
    """
    dialect = engine.dialect

    def note_new(_: Any, record: Any) -> None:
        record.info["is_new"] = True

    def check(connection: Any, record: Any, _: object) -> None:
        if record.info.pop("is_new", False):
            return
        if connection.closed or _has_something_to_say(connection.fileno()):
            try:
                dialect.do_ping(connection)
            except dialect.loaded_dbapi.Error as error:
                raise DisconnectionError("closed by the server") from error

    event.listen(engine, "connect", note_new)
    event.listen(engine, "checkout", check)


def _has_something_to_say(socket: int) -> bool:
    poll = select.poll()  # unlike select(), for descriptors of any number
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
