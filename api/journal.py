"""One log line, one count and one time for every request, all under the request's id. They carry routes, never addresses: a
verification code, a person's name or a key must not be found in a log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final
from uuid import uuid4

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
    if traces.are_taken():
        app.wsgi_app = _traced(app.wsgi_app)  # type: ignore[method-assign]


def request_id() -> str:
    """The id of this request: the client's own if it is a sane one, otherwise ours."""
    if not has_request_context():
        return ""
    if "request_id" not in g:
        theirs = request.headers.get(HEADER, "")
        g.request_id = theirs if _SANE.fullmatch(theirs) else uuid4().hex
    known: str = g.request_id
    return known


def _open() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())
    if request.view_args and (job_id := request.view_args.get("job_id")):
        structlog.contextvars.bind_contextvars(job_id=str(job_id))


def _close(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    now = time.perf_counter()
    seconds = now - g.get("started", now)
    method, status = request.method, response.status_code
    route = request.url_rule.rule if request.url_rule else None
    count, timing = _figures(method if method in _METHODS else "other", route or "none", status)
    count.inc()
    timing.observe(seconds - g.get("waited", 0.0))
    if cache_outcome := response.headers.get("X-Cache"):
        _cache_figure(route or "none", cache_outcome).inc()
    if traces.are_taken():
        traces.describe(
            f"{method} {route}", {"http.response.status_code": status, "request_id": request_id()}
        )
    write = log.info if status < 500 else log.warning
    write(
        "request",
        method=method,
        route=route,
        status=status,
        code=g.get("problem_code"),
        ms=round(seconds * 1000, 1),
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


def _traced(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A span around each request, in the client's trace if it has one."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with traces.span(environ["REQUEST_METHOD"], parent=environ.get("HTTP_TRACEPARENT")):
            return application(environ, start_response)

    return answer
