"""One log line, one count and one time for every request, all under the request's id. They carry routes, never addresses: a
verification code, a person's name or a key must not be found in a log."""

from __future__ import annotations

import re
import time
from functools import cache
from secrets import token_hex
from typing import Final

import structlog
from flask import Flask, Response, g, has_request_context, request
from prometheus_client import Counter, Histogram

from core import traces
from core.figures import instruments

HEADER: Final = "X-Request-Id"
_SANE: Final = re.compile(r"[A-Za-z0-9._:-]{8,80}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.before_request(_open)
    app.after_request(_close)


def request_id() -> str:
    """The id of this request: the client's own if it is a sane one, otherwise ours."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        g.request_id = sane_id(request.environ.get("HTTP_X_REQUEST_ID"))
    known: str = g.request_id
    return known


def sane_id(theirs: str | None) -> str:
    """What the client calls its request, if that may stand in a log; else a new id."""
    return theirs if theirs is not None and _SANE.fullmatch(theirs) else token_hex(16)


def route() -> str:
    """The rule of this request's address, and none of what stands in it."""
    rule = request.url_rule
    return rule.rule if rule else ""


def tell(
    method: str,
    route: str,
    status: int,
    *,
    began: float,
    waited: float = 0.0,
    cache: str | None = None,
    code: str | None = None,
    **bound: str,
) -> None:
    """Of a request that is answered. It began at `began` and has waited, as its client wished, for `waited` seconds; `bound` is
    what the log does not know of it."""
    seconds = time.perf_counter() - began
    count, timing = _figures(method if method in _METHODS else "other", route or "none", status)
    count.inc()
    timing.observe(seconds - waited)
    if cache is not None:
        _cache_figure(route or "none", cache).inc()
    if traces.are_taken():
        traces.describe(f"{method} {route}", {"http.response.status_code": status, **bound})
    write = log.info if status < 500 else log.warning
    ms = round(seconds * 1000, 1)
    write("request", method=method, route=route or None, status=status, code=code, ms=ms, **bound)


def _open() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _close(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    tell(
        request.method,
        route(),
        response.status_code,
        began=g.get("started", time.perf_counter()),
        waited=g.get("waited", 0.0),
        cache=response.headers.get("X-Cache"),
        code=g.get("problem_code"),
        request_id=request_id(),
    )
    return response


@cache
def _figures(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: what remains for a request are three sums."""
    return (
        instruments.requests.labels(method, route, str(status)),
        instruments.request_seconds.labels(method, route),
    )


@cache
def _cache_figure(route: str, outcome: str) -> Counter:
    return instruments.cache_lookups.labels(route, outcome)
