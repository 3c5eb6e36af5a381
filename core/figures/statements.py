"""How long PostgreSQL takes over each statement, which were slow, and how its connections are used.

A statement's name is the function that asks: `jobs.leases.take_lease`. So all have one, none is made of SQL or of values, and
there are as many as functions that ask.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from types import CodeType, FrameType
from typing import Any, Final

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from core import traces
from core.figures import instruments
from core.figures.machine import program
from core.settings import ROOT

_log = structlog.get_logger(__name__)

_OURS: Final = f"{ROOT}/"
_NOT_ASKING: Final = tuple(f"{ROOT}/{part}" for part in ("core/figures/", ".venv", "tests/"))
_LONGEST: Final = 2000  # characters of SQL in a log line
_STARTED: Final = "certmill.started"


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
            self._note()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._note()  # the event of that name comes before it is there

    def _note(self) -> None:
        _place(program(), "used").set(self.checkedout())
        _place(program(), "free").set(self.checkedin())


def watch(engine: Engine, *, slow_seconds: float) -> None:
    """Time every statement of this engine, and log those that take longer than `slow_seconds`."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", partial(_end, slow_seconds))
    event.listen(engine, "handle_error", _fail)
    pool = engine.pool
    assert isinstance(pool, WatchedPool)
    _place(program(), "most").set(pool.size() + pool._max_overflow)
    instruments.connection_timeouts.labels(program())


def _begin(connection: Any, _cursor: Any, _sql: str, _values: Any, _context: Any, _many: bool) -> None:
    connection.info[_STARTED] = time.perf_counter()


def _end(
    slow_seconds: float, connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool
) -> None:
    seconds = time.perf_counter() - connection.info[_STARTED]
    name = _who_asks()
    _timing(name).observe(seconds)
    traces.note(f"query {name}", seconds, {"db.system": "postgresql", "db.statement": sql})
    if seconds > slow_seconds:
        _log.warning(
            "slow query",
            statement=name,
            seconds=round(seconds, 3),
            sql=" ".join(sql.split())[:_LONGEST],
            parameters=_masked(values[0] if many and values else values),
            rows=len(values) if many else None,
        )


def _fail(context: ExceptionContext) -> None:
    if context.execution_context is not None:
        error = type(context.original_exception).__name__
        instruments.query_errors.labels(_who_asks(), error).inc()


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
