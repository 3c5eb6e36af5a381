"""Five hundred clients who ask for one page in the moment in which it went out of date: how often the database is asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, text

from benchmarks.reads.asking import Connection, get
from embedded.postgresql import PostgreSQL

CLIENTS: Final = 500


@dataclass(frozen=True, slots=True)
class Stampede:
    """One of them: `queries` of the listing, as PostgreSQL counts them, what `X-Cache` said, ms until the last answer."""

    queries: int
    said: Counter[str]
    ms: float


def count_statements(server: PostgreSQL, engine: Engine) -> None:
    """Have PostgreSQL count every statement from now on; that takes a restart."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'"))
    engine.dispose()
    server.stop()
    server.start()
    server.wait_until_ready()
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"))


def stampedes(
    engine: Engine, port: int, path: str, *, expire: Callable[[], object], times: int
) -> list[Stampede]:
    """Let them all ask for `path` right after `expire`, so many times."""
    request = get(path)
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(port)) for _ in range(CLIENTS)]
        for client in clients:
            assert client.ask(request).status == 200
        found = []
        for _ in range(times):
            _forget(engine)
            expire()
            started = time.perf_counter()
            for client in clients:
                client.send(request)
            replies = [client.receive() for client in clients]
            waited = (time.perf_counter() - started) * 1000
            assert {reply.status for reply in replies} == {200}
            assert len({reply.body for reply in replies}) == 1
            found.append(
                Stampede(_queries(engine), Counter(reply.header("X-Cache") for reply in replies), waited)
            )
    return found


def _forget(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_stat_statements_reset()"))


def _queries(engine: Engine) -> int:
    """Statements since then that read certificates. `pg_stat_statements` itself is not among them."""
    with engine.begin() as connection:
        count = connection.scalar(
            text("""
                SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
                WHERE query ~* '(from|join) certificates' AND query !~* 'pg_stat_statements'""")
        )
    return int(count or 0)
