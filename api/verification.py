"""Is this document genuine? For programs as JSON, for whoever scans its QR code as a page."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Response, render_template, request

from api import answers
from api.auth import everybody
from api.contract import Blueprint, problem
from api.errors import answer_problem
from api.runtime import runtime
from api.schemas.verification import CodePath, Verification
from core import verification as core
from core.errors import NotFound
from core.kinds import BUILT_IN

verification = Blueprint("verification", "/verify", tag="Verification")
verification.described.add((Verification, "serialization"))


_PAGE: Final = {"text/html": {"schema": {"type": "string"}}}


@verification.get(
    "/<code>",
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Verification"}},
                **_PAGE,
            }
        },
        404: {"description": "No document has this code.", "content": {**problem("")["content"], **_PAGE}},
    },
)
@everybody
def verify(path: CodePath) -> Response:
    """Is the document with this code genuine?

    HTML or JSON, as `Accept` says. Revoked, superseded and erased documents say so; an unknown code is 404.
    """
    with runtime().reads() as session:
        found = core.verify(session, path.code)
    if not _wants_page():
        return _varying(answers.json(Verification.model_validate(found)))
    return _varying(
        _page(
            200,
            found=found,
            kind=BUILT_IN[found.kind].label
            if found.kind in BUILT_IN
            else found.kind.replace("_", " ").capitalize(),
            issued_at=_day(found.issued_at),
            revoked_at=_day(found.revoked_at),
        )
    )


def _day(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(runtime().settings.timezone)


@verification.errorhandler(NotFound)
def not_issued(unknown: NotFound) -> Response:
    return _varying(_page(404, found=None) if _wants_page() else answer_problem(unknown))


def _wants_page() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _page(status: int, **facts: object) -> Response:
    return Response(render_template("verification.html", **facts), status)


def _varying(response: Response) -> Response:
    response.vary.add("Accept")
    return response
