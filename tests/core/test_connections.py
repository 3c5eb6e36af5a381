from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.pool import NullPool

from core.connections import connect
from core.parts import Parts
from core.settings import Settings

_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(runtime: Parts) -> Iterator[Engine]:
    """A pool of a process's own."""
    engine = connect(runtime.settings)
    yield engine
    engine.dispose()


@pytest.fixture
def operator(runtime: Parts) -> Iterator[Connection]:
    """A connection that the pool knows nothing of."""
    engine = create_engine(runtime.engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def test_errors_of_the_database_list_no_parameters(engine: Engine) -> None:
    # PostgreSQL quotes a line about what it cannot read; SQLAlchemy's list of all that was sent is what must not stand there.
    with engine.connect() as connection, pytest.raises(DataError) as error:
        connection.execute(
            text("SELECT cast(:number AS int), :name"), {"number": "x", "name": "Ananya Sharma"}
        )
    assert "parameters hidden" in str(error.value)


def test_locks_of_a_client_that_falls_silent_are_freed_within_a_lease(engine: Engine) -> None:
    with engine.connect() as connection:
        seconds = connection.scalar(
            text(
                "SELECT setting::int / 1000 FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"
            )
        )
    assert seconds is not None
    (lease,) = (field.default for field in fields(Settings) if field.name == "lease_seconds")
    assert 0 < seconds < lease


def test_connections_that_the_server_closed_meanwhile_are_replaced_and_nobody_notices(
    engine: Engine, operator: Connection
) -> None:
    with ExitStack() as together:
        connections = [together.enter_context(engine.connect()) for _ in range(3)]
        pids = {connection.scalar(_PID) for connection in connections}
    ended = operator.execute(
        text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(:pids) AS pid"), {"pids": list(pids)}
    )
    assert ended.scalars().all() == [True] * 3
    with ExitStack() as together:
        connections = [together.enter_context(engine.connect()) for _ in range(3)]
        assert pids.isdisjoint(connection.scalar(_PID) for connection in connections)


def test_connections_that_end_as_soon_as_they_are_made_are_an_error_of_the_database(
    engine: Engine, operator: Connection
) -> None:
    def end(made: Any, _: object) -> None:
        operator.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": made.get_backend_pid()})

    with engine.connect():
        event.listen(engine, "connect", end)
        with pytest.raises(OperationalError), engine.connect() as connection:
            connection.execute(_PID)


def test_a_connection_that_only_has_a_notice_to_read_is_kept(engine: Engine, operator: Connection) -> None:
    with engine.connect() as connection:
        connection.execute(text("LISTEN something"))
        pid = connection.scalar(_PID)
        connection.commit()
    operator.execute(text("NOTIFY something"))
    operator.execute(text("SELECT pg_sleep(0.1)"))
    with engine.connect() as connection:
        assert connection.scalar(_PID) == pid


def test_a_question_asked_by_itself_opens_no_transaction(runtime: Parts, operator: Connection) -> None:
    with runtime.reads() as session:
        pid = session.scalar(_PID)
        state = operator.execute(
            text("SELECT state, xact_start FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid}
        ).one()
    assert state == ("idle", None)


def test_a_connection_that_answered_single_questions_does_transactions_again(runtime: Parts) -> None:
    with runtime.reads() as session:
        pid = session.scalar(_PID)
    with runtime.sessions() as session:
        session.execute(text("CREATE TABLE left_behind ()"))
        assert session.scalar(_PID) == pid
        session.rollback()
    with runtime.reads() as session:
        assert session.scalar(text("SELECT to_regclass('left_behind')")) is None
