"""One log line for every request, all under the request's id. Lines carry routes, never addresses: a verification
code, a person's name or a key must not be found in a log."""

from __future__ import annotations

import re
import time
from typing import Final
from uuid import uuid4

import structlog
from flask import Flask, Response, g, has_request_context, request

HEADER: Final = "X-Request-Id"
_SANE: Final = re.compile(r"[A-Za-z0-9._:-]{8,80}")

log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    app.before_request(_open)
    app.after_request(_close)


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


def _close(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    write = log.info if response.status_code < 500 else log.warning
    write(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        code=g.get("problem_code"),
        ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
    )
    return response
