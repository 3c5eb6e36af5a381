"""Before the application: what it has answered at an address is given again while the stamps under which it was made hold.

A hit costs one small read of Redis and no routing, parsing or view. The law is core/cache/answers.py's: the stamps of the answer,
and of the caller's rights, are read before it is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags

from api import journal
from api.codings import coded
from core.cache.answer import Answer
from core.cache.answers import Answers
from core.clock import Clock
from core.kept import Kept

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OFFER: Final = "certmill.offer"
"""Where in the environment the application leaves what may be given again."""
_BUDGET: Final = 16 << 20
_OF_THIS_REQUEST: Final = frozenset({"x-request-id", "x-cache", "content-encoding", "content-length"})

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer that may be given again to who asks the same with the same key, while each scope has this stamp."""

    answer: Answer
    stamps: Mapping[str, bytes]
    route: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    offer: Offer
    headers: Headers


class Front:
    """A WSGI application that answers in place of the one behind it where it can."""

    def __init__(self, application: WSGIApplication, answers: Answers, clock: Clock) -> None:
        self._application = application
        self._answers = answers
        self._clock = clock
        self._kept: Kept[tuple[str, str, bytes], _Ready] = Kept(
            _BUDGET, lambda ready: ready.offer.answer.weight, asked_twice=True
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ or "HTTP_PREFER" in environ:
            return self._application(environ, start_response)
        began = time.perf_counter()
        key = sha256(environ.get("HTTP_AUTHORIZATION", "").encode()).digest()  # no key is kept
        asked = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""), key)
        ready = self._kept.seek(asked)
        if ready is not None and self._holds(ready.offer):
            return _give(ready, environ, start_response, began)
        return self._application(environ, self._noting(asked, environ, start_response))

    def _holds(self, offer: Offer) -> bool:
        in_time = offer.until is None or self._clock() < offer.until
        return in_time and self._answers.hold(offer.stamps)

    def _noting(
        self, asked: tuple[str, str, bytes], environ: WSGIEnvironment, start_response: StartResponse
    ) -> StartResponse:
        def start(status: str, headers: Headers, *rest: Any) -> Callable[[bytes], object]:
            offer = environ.get(OFFER)
            if offer is not None and status.startswith("200"):
                lasting = [each for each in headers if each[0].lower() not in _OF_THIS_REQUEST]
                ready = _Ready(offer, lasting)
                if self._kept.seek(asked) is None:
                    self._kept.get(asked, lambda _: ready)
                else:
                    self._kept.put(asked, ready)
            return start_response(status, headers, *rest)

        return start


def _give(
    ready: _Ready, environ: WSGIEnvironment, start_response: StartResponse, began: float
) -> Iterable[bytes]:
    offer = ready.offer
    request_id = journal.sane_id(environ.get("HTTP_X_REQUEST_ID"))
    headers = [*ready.headers, (journal.HEADER, request_id), ("X-Cache", "hit")]
    status, body = "200 OK", b""
    if "HTTP_IF_NONE_MATCH" in environ and offer.answer.is_among(
        known(parse_etags(environ["HTTP_IF_NONE_MATCH"]))
    ):
        status = "304 Not Modified"
        headers = [each for each in headers if each[0].lower() != "content-type"]
    else:
        coding, body = coded(offer.answer, environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers.append(("Content-Length", str(len(body))))
        if coding != "identity":
            headers.append(("Content-Encoding", coding))
    start_response(status, headers)
    journal.tell("GET", offer.route, int(status[:3]), began=began, cache="hit", request_id=request_id)
    return [body]


def known(tags: ETags) -> tuple[str, ...]:
    """The ETags that a client names, unquoted. `*` names none of ours."""
    return tuple(tags.as_set(include_weak=True))
