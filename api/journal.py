"""One log line for every request, all under the request's id. Lines carry routes, never addresses: a verification
code, a person's name or a key must not be found in a log."""

from __future__ import annotations

import re
import time
from secrets import token_hex
from typing import Final

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
    method: str, route: str, status: int, *, began: float, request_id: str = "", code: str | None = None
) -> None:
    """The line of a request that is answered. Without `request_id` it is bound already."""
    write = log.info if status < 500 else log.warning
    bound = {"request_id": request_id} if request_id else {}
    ms = round((time.perf_counter() - began) * 1000, 1)
    write("request", method=method, route=route or None, status=status, code=code, ms=ms, **bound)


def _open() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _close(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    began = g.get("started", time.perf_counter())
    tell(request.method, route(), response.status_code, began=began, code=g.get("problem_code"))
    return response
