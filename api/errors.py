"""One table from what can be wrong to an HTTP status; every error is `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Flask, Response, g
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from api import journal
from api.encoding import encode
from core import errors
from core.storage import StorageUnavailable

PROBLEM_TYPE: Final = "application/problem+json"

log = structlog.get_logger(__name__)


class MalformedBody(errors.Problem):
    """The body is not the JSON that its Content-Type says."""

    code = "malformed_body"


class UnsupportedBody(errors.Problem):
    """A body of a media type, or in an encoding, that this address does not read."""

    code = "unsupported_body"


class NotAcceptable(errors.Problem):
    """Nothing we could answer is among what the client accepts."""

    code = "not_acceptable"


STATUS: Final[dict[type[errors.Problem], HTTPStatus]] = {
    MalformedBody: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.InFlight: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedBody: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

EXPLANATIONS: Final = {
    "malformed_body": "The body is not what its Content-Type says. The detail tells where.",
    "unauthenticated": "There is no key, or it is not known, has expired or was revoked.",
    "forbidden": "You are known, but your role, your key's scope or your session's token does not allow this.",
    "not_found": "There is nothing here, or nothing of yours.",
    "method_not_allowed": "This address exists, but not for that method. Allow names those it knows.",
    "not_acceptable": "None of the media types in Accept can be answered here.",
    "conflict": "Right in itself, but not in the present state of things. The code says which.",
    "request_in_flight": "The same request is being answered just now. Retry-After says when to ask again.",
    "gone": "It was here and has been erased.",
    "too_large": "The body is larger than what is taken here.",
    "unsupported_body": "The body has a media type or an encoding that is not read here.",
    "requested_range_not_satisfiable": "The file has no such range of bytes. Content-Range tells its length.",
    "invalid_request": "The request can be read, but something in it is wrong. Its errors name every place.",
    "too_many_requests": "Too many requests. Retry-After says when to go on.",
    "internal_error": "Our fault. It stands in our log under the request_id.",
    "unavailable": "Something this needs cannot be reached just now. Retry-After says when to try again.",
}
"""What stands at /problems, by the fragment of a problem's `type`."""


def register(app: Flask) -> None:
    """Answer every failure with a problem: ours, Flask's own (404, 405, 413…), and what nobody foresaw."""
    app.register_error_handler(errors.Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http_exception)
    for unreachable in (OperationalError, InterfaceError, PoolTimeoutError, StorageUnavailable):
        app.register_error_handler(unreachable, _answer_unavailable)
    app.register_error_handler(Exception, _answer_unforeseen)


def answer_problem(problem: errors.Problem) -> Response:
    status = next(STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS)
    response = _problem(
        status,
        kind=_documented_code(type(problem)),
        code=problem.code,
        detail=problem.detail,
        faults=problem.faults,
    )
    if isinstance(problem, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Certmill"'
    if isinstance(problem, errors.TooManyRequests | errors.Unavailable | errors.InFlight):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _documented_code(kind: type[errors.Problem]) -> str:
    return next(each.code for each in kind.__mro__ if each in STATUS)


def _answer_http_exception(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    # A redirect to the address with the right slash is an answer, not an error.
    if status < HTTPStatus.BAD_REQUEST:
        return Response(status=status, headers=error.get_headers())
    code = status.name.lower() if status is not HTTPStatus.REQUEST_ENTITY_TOO_LARGE else errors.TooLarge.code
    response = _problem(
        status,
        kind=code if code in EXPLANATIONS else "",
        code=code,
        detail=EXPLANATIONS.get(code, error.description or status.phrase),
    )
    for name in ("Allow", "Content-Range"):
        if value := dict(error.get_headers()).get(name):
            response.headers[name] = value
    return response


def _answer_unavailable(error: Exception) -> Response:
    log.warning("unavailable", exc_info=error)
    return answer_problem(errors.Unavailable("Something this needs cannot be reached just now."))


def _answer_unforeseen(error: Exception) -> Response:
    log.error("unforeseen", exc_info=error)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        kind="internal_error",
        code="internal_error",
        detail=EXPLANATIONS["internal_error"],
    )


def _problem(
    status: HTTPStatus, *, kind: str, code: str, detail: str, faults: tuple[errors.Fault, ...] = ()
) -> Response:
    body: dict[str, Any] = {
        "type": f"/problems#{kind}" if kind else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": journal.request_id(),
    }
    if faults:
        body["errors"] = [_fault(fault) for fault in faults]
    g.problem_code = code
    response = Response(encode(body), status, content_type=PROBLEM_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _fault(fault: errors.Fault) -> dict[str, Any]:
    row = {} if fault.row is None else {"row": fault.row}
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail, **row}
