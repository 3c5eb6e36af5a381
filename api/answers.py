"""Answers: JSON from models, pages with their links, and what every answer has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from pydantic import BaseModel
from werkzeug.datastructures import ETags

from api.encoding import encode
from api.prepared import Prepared
from core.idempotency import StoredAnswer
from core.pages import Page

T = TypeVar("T")

_RELATIONS: Final = {"next": "next", "previous": "prev"}  # as IANA has them


def register(app: Flask) -> None:
    app.after_request(_make_conditional)


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any value that `encode` knows, as JSON."""
    return raw_json(encode(value), status, headers)


def raw_json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that is ready to send."""
    return Response(body, status, dict(headers or {}), content_type="application/json")


def created(
    model: BaseModel, location: str, status: int = 201, headers: Mapping[str, str] | None = None
) -> StoredAnswer:
    """The answer that a creating request earns."""
    return StoredAnswer(status, {"Location": location, **(headers or {})}, model.model_dump(mode="json"))


def stored(answer: StoredAnswer) -> Response:
    return json(answer.body, answer.status, answer.headers)


def nothing() -> Response:
    return Response(status=204)


def page(found: Page[T], show: Callable[[T], BaseModel]) -> Response:
    """`{"items": [...], "next": cursor | null}` with a link to the next page."""
    return json(
        {"items": [show(each) for each in found.items], "next": found.next}, headers=next_link(found.next)
    )


def next_link(cursor: str | None) -> dict[str, str]:
    """The `Link` header that leads to the next page of this very listing, if there is one."""
    return {} if cursor is None else page_links({"next": cursor})


def page_links(cursors: Mapping[str, str]) -> dict[str, str]:
    """The `Link` header that leads to other pages of this very listing, by their relation to this one."""
    if not cursors:
        return {}
    here = request.args.to_dict()
    links = (
        f'<{request.path}?{urlencode({**here, "cursor": cursor})}>; rel="{_RELATIONS[name]}"'
        for name, cursor in cursors.items()
    )
    return {"Link": ", ".join(links)}


def is_known(etag: str) -> bool:
    """Whether the client's `If-None-Match` names this tag: then nothing need be worked out."""
    known: ETags = request.if_none_match
    return known.contains_weak(etag)


def _make_conditional(response: Response) -> Response:
    """Give every GET its `ETag`, and an unchanged one its 304; close the file of an answer whose bytes nobody gets."""
    if response.is_streamed and (request.method == "HEAD" or response.status_code == 304):
        response.close()
        response.response = []
    if request.method not in ("GET", "HEAD") or response.status_code not in (200, 304):
        return response
    if "Cache-Control" not in response.headers:
        # May be kept, must be asked about; and by nobody but the caller's own cache where it is theirs alone.
        response.headers["Cache-Control"] = "private, no-cache" if g.get("caller") else "no-cache"
    if not response.is_streamed and not isinstance(response, Prepared):
        response.add_etag()
        response.make_conditional(request)
    return response
