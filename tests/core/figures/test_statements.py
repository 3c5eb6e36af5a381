from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from uuid import UUID

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core import users
from core.callers import Caller
from core.figures import count_after_commit, instruments
from core.figures.instruments import registry
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from tests.parts import Queue, StillClock


def told(name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def impatient(
    runtime: Parts, settings: Settings, clock: StillClock, queue: Queue
) -> Iterator[tuple[Parts, list[EventDict]]]:
    """Parts to which each statement is slow, and what they say."""
    parts = build_runtime(replace(settings, slow_query_seconds=1e-9), send=queue, clock=clock)
    parts.engine.connect().close()  # what a first connection asks of itself
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as said:
        yield parts, said
    parts.engine.dispose()
    parts.cache.close()


def test_a_statement_has_the_name_of_the_function_that_asks(runtime: Parts, caller: Caller) -> None:
    before = told("certmill_query_seconds_count", statement="users.show_user")
    with runtime.sessions() as session:
        users.show_user(session, caller.user_id)
    assert told("certmill_query_seconds_count", statement="users.show_user") == before + 1


def test_a_slow_statement_is_logged_without_its_values(
    impatient: tuple[Parts, list[EventDict]], user_key: str
) -> None:
    parts, said = impatient
    with (
        structlog.contextvars.bound_contextvars(request_id="the-request"),
        parts.sessions.begin() as session,
    ):
        users.create_user(session, name="Meera Nair", email="meera@example", role="user", now=parts.clock())
        session.execute(
            text("SELECT cast(:name AS text), cast(:id AS uuid)"),
            {"name": "Ananya", "id": UUID(int=7)},
        )
    created, asked = said
    assert created["statement"] == "users.create_user"
    assert created["request_id"] == "the-request"
    assert created["sql"].startswith("INSERT INTO users")
    assert created["parameters"]["name"] == "str of 10"
    assert asked["parameters"] == {"name": "str of 6", "id": "UUID"}
    assert not any(name in str(said) for name in ("Meera", "Ananya", "meera@"))


def test_a_quick_statement_is_not_logged(runtime: Parts) -> None:
    with capture_logs() as said, runtime.sessions() as session:
        session.execute(text("SELECT 2"))
    assert said == []


def test_many_rows_of_one_statement_are_told_as_one_and_their_number(
    impatient: tuple[Parts, list[EventDict]],
) -> None:
    parts, said = impatient
    with parts.sessions.begin() as session:
        session.execute(text("SELECT set_config('certmill.x', :x, true)"), [{"x": "secret"}, {"x": "other"}])
    (asked,) = said
    assert asked["rows"] == 2
    assert "secret" not in str(said)


def test_a_statement_that_fails_is_counted(runtime: Parts) -> None:
    labels = {"statement": "other", "error": "UndefinedTable"}
    before = told("certmill_query_errors_total", **labels)
    with runtime.sessions() as session, pytest.raises(ProgrammingError):
        session.execute(text("SELECT * FROM nowhere"))
    assert told("certmill_query_errors_total", **labels) == before + 1


def test_connections_are_told_while_they_are_used(runtime: Parts) -> None:
    place = {"program": "none", "place": "used"}
    waited = told("certmill_connection_wait_seconds_count", program="none")
    with runtime.engine.connect():
        assert told("certmill_connections", **place) == 1
        with runtime.engine.connect():
            assert told("certmill_connections", **place) == 2
    assert told("certmill_connections", **place) == 0
    assert told("certmill_connections", program="none", place="most") == 20
    assert told("certmill_connection_wait_seconds_count", program="none") == waited + 2


def test_what_is_rolled_back_was_not_counted(runtime: Parts) -> None:
    def count() -> float:
        return told("certmill_issued_items_total", kind="custom")

    before = count()
    with runtime.sessions() as session:
        count_after_commit(session, instruments.issued_items, "custom", by=3)
        session.execute(text("SELECT 1"))
        session.rollback()
        session.commit()
    assert count() == before
    with runtime.sessions.begin() as session:
        count_after_commit(session, instruments.issued_items, "custom", by=3)
        assert count() == before
    assert count() == before + 3


def test_threads_do_not_take_each_others_time(runtime: Parts) -> None:
    """A connection has its own clock."""
    before = told("certmill_query_seconds_sum", statement="other")

    def ask(seconds: float) -> None:
        with runtime.engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

    threads = [Thread(target=ask, args=(seconds,)) for seconds in (0.3, 0.1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.4 <= told("certmill_query_seconds_sum", statement="other") - before < 0.9
