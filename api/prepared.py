"""Answers that are ready to send: negotiated, and not sent to who has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import Response, g, request
from pydantic import BaseModel

from api import front, journal
from api.auth import caller
from api.codings import coded
from api.encoding import encode
from api.runtime import runtime
from core.cache.answer import Answer
from core.cache.answers import Found, Outcome
from core.pages import Page
from core.scopes import CALLERS

T = TypeVar("T")


class Prepared(Response):
    """An answer that has been made conditional already."""


def kept(
    scope: str,
    load: Callable[[], Answer],
    *,
    query: str | None = None,
    headers: Callable[[Answer], Mapping[str, str]] = lambda answer: answer.notes,
    content_type: str = "application/json",
) -> Response:
    """What this address answered the last time to one who sees what this caller sees, or what `load` makes of it now.

    `query` names what is asked for, where the address does not. An answer's notes become `headers`.
    """
    asked = viewpoint(request.full_path if query is None else query)
    found = runtime().answers.find(scope, asked, load, known=known())
    return send(found, headers, content_type=content_type)


def viewpoint(query: str) -> str:
    """A query as this caller asks it: those who see everything see the same."""
    who = caller()
    return f"{'all' if who.sees_everything else who.user_id.hex} {query}"


def forget(*scopes: str) -> None:
    """Have every process answer anew in these scopes. Call it after the commit.

    A process that still reaches the cache where this one does not answers anew within the life of a stamp.
    """
    runtime().answers.start_generation(scopes)


def made_of(model: BaseModel) -> Answer:
    """A model, ready to send."""
    return Answer(encode(model))


def page_of(found: Page[T], show: Callable[[T], BaseModel]) -> Answer:
    """`{"items": [...], "next": cursor | null}`, ready to send; its notes are links."""
    body = encode({"items": [show(each) for each in found.items], "next": found.next})
    return Answer(body, {} if found.next is None else {"next": found.next})


def joined(answers: Sequence[Answer], outcome: Outcome) -> Found:
    """Several answers as the `items` of one."""
    body = b"".join((b'{"items":[', b",".join(each.body for each in answers), b'],"next":null}'))
    whole = Answer(body, version=" ".join(each.digest for each in answers))
    return Found(None if whole.is_among(known()) else whole, None, whole.digest, outcome)


def known() -> tuple[str, ...]:
    """The ETags in the client's `If-None-Match`, unquoted. `*` names none of ours."""
    if "HTTP_IF_NONE_MATCH" not in request.environ:
        return ()
    return front.known(request.if_none_match)


def send(
    found: Found,
    headers: Callable[[Answer], Mapping[str, str]] = lambda answer: answer.notes,
    *,
    content_type: str = "application/json",
) -> Response:
    """As 200 in the coding that the client likes best, or as 304. `headers` are made of the answer's notes."""
    common = {"ETag": f'W/"{found.etag}"', "X-Cache": found.outcome, "Vary": "Accept-Encoding"}
    if found.answer is None:
        return Prepared(status=304, headers=common)
    _offer(found, found.answer)
    coding, body = coded(found.answer, request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    if coding != "identity":
        common["Content-Encoding"] = coding
    return Prepared(body, headers={**common, **headers(found.answer)}, content_type=content_type)


def _offer(found: Found, answer: Answer) -> None:
    """Let the front give this again, while the page and the caller's rights are what they are."""
    if found.place is None or not answer.lasts or answer.brief:
        return
    stamps, until = {found.place.scope: found.place.stamp}, None
    if who := g.get("caller"):
        if g.caller_stamp is None:
            return
        stamps[CALLERS], until = g.caller_stamp, who.expires_at
    request.environ[front.OFFER] = front.Offer(answer, stamps, journal.route(), until)
