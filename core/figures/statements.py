"""How long PostgreSQL takes over each statement, which were slow, and how its connections are used.

A statement's name is the function that asks: `jobs.leases.take_lease`. So all have one, none is made of SQL or of values, and
there are as many as functions that ask.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from types import CodeType, FrameType
from typing import Any, Final

import structlog
from psycopg2.extensions import cursor
from sqlalchemy import Engine, event
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from core import traces
from core.figures import instruments
from core.figures.machine import program
from core.settings import ROOT

_log = structlog.get_logger(__name__)

_OURS: Final = f"{ROOT}/"
_NOT_ASKING: Final = tuple(f"{ROOT}/{part}" for part in ("core/figures/", ".venv", "tests/"))
_PING: Final = "SELECT 1"
"""How SQLAlchemy finds out whether a connection lives."""
_LONGEST: Final = 2000  # characters of SQL in a log line


# As SQLAlchemy's own pools are: they tell of every connection that comes and goes.
logging.getLogger(f"{__name__}.WatchedPool").setLevel(logging.WARNING)


class WatchedPool(QueuePool):
    """Notes its connections, and how long one is waited for: making and checking it counts."""

    def connect(self) -> PoolProxiedConnection:
        begun = time.perf_counter()
        try:
            return super().connect()
        except NoConnectionFree:
            instruments.connection_timeouts.labels(program()).inc()
            raise
        finally:
            _waiting(program()).observe(time.perf_counter() - begun)
            self._note_used()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._note_used()  # the event of that name comes before it is there

    def _note_used(self) -> None:
        _place(program(), "used").set(self.checkedout())


def watched_cursor(*, slow_seconds: float) -> type[cursor]:
    """A cursor that times every statement, and logs those that take longer than `slow_seconds`.

    SQLAlchemy's events would do the same for 20 µs a statement, of which this takes six.
    """

    class WatchedCursor(cursor):
        def execute(self, query: Any, vars: Any = None) -> None:
            if query == _PING:
                super().execute(query, vars)
                return
            name, begun = _who_asks(), time.perf_counter()
            try:
                super().execute(query, vars)
            except Exception as error:
                _count_error(name, error)
                raise
            _note(name, time.perf_counter() - begun, query, vars, slow_seconds)

        def executemany(self, query: Any, vars_list: Any) -> None:
            name, begun = _who_asks(), time.perf_counter()
            try:
                super().executemany(query, vars_list)
            except Exception as error:
                _count_error(name, error)
                raise
            first, *others = vars_list or [None]
            seconds = time.perf_counter() - begun
            _note(name, seconds, query, first, slow_seconds, rows=1 + len(others))

    return WatchedCursor


def watch_pool(engine: Engine) -> None:
    """Tell of an engine whose pool is a `WatchedPool` how many connections it has open, and may."""
    pool = engine.pool
    assert isinstance(pool, WatchedPool)
    _place(program(), "most").set(pool.size() + pool._max_overflow)
    instruments.connection_timeouts.labels(program())
    for moment, change in (("connect", 1), ("close", -1)):
        event.listen(pool, moment, lambda *_, change=change: _place(program(), "open").inc(change))


def _note(
    name: str, seconds: float, query: Any, values: Any, slow_seconds: float, *, rows: int | None = None
) -> None:
    _timing(name).observe(seconds)
    if traces.are_taken():
        traces.note(f"query {name}", seconds, {"db.system": "postgresql", "db.statement": _sql(query)})
    if seconds > slow_seconds:
        _log.warning(
            "slow query",
            statement=name,
            seconds=round(seconds, 3),
            sql=" ".join(_sql(query).split())[:_LONGEST],
            parameters=_masked(values),
            rows=rows,
        )


def _sql(query: Any) -> str:
    """Bytes are what psycopg2's extras put together, values among it."""
    return query if isinstance(query, str) else "not to be told"


def _count_error(name: str, error: Exception) -> None:
    instruments.query_errors.labels(name, type(error).__name__).inc()


@cache
def _timing(name: str) -> Any:
    return instruments.query_seconds.labels(name)


@cache
def _waiting(name: str) -> Any:
    return instruments.connection_wait_seconds.labels(name)


@cache
def _place(name: str, place: str) -> Any:
    return instruments.connections.labels(name, place)


def _who_asks() -> str:
    """The innermost function of ours on the way here."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if (name := _name_of(frame.f_code)) is not None:
            return name
        frame = frame.f_back
    return "other"


@cache
def _name_of(code: CodeType) -> str | None:
    file = code.co_filename
    if not file.startswith(_OURS) or file.startswith(_NOT_ASKING):
        return None
    module = file.removeprefix(_OURS).removeprefix("core/").removesuffix(".py").replace("/", ".")
    function = code.co_qualname.partition(".<locals>")[0]
    return ".".join(part.strip("_") for part in f"{module}.{function}".split("."))


def _masked(values: object) -> object:
    """What kind of values they were; values are people's names."""
    match values:
        case Mapping():
            return {str(name): _mask(value) for name, value in values.items()}
        case Sequence() if not isinstance(values, str | bytes):
            return [_mask(value) for value in values]
        case _:
            return _mask(values)


def _mask(value: object) -> str:
    kind = type(value).__name__
    return f"{kind} of {len(value)}" if isinstance(value, str | bytes | list | tuple | dict) else kind
