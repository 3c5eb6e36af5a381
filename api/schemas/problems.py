"""Problems (RFC 9457)."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import Answer


class Fault(Answer):
    """One thing wrong with what was sent."""

    pointer: str = Field(
        description="Where: a JSON pointer into the body, `?name` of the query, or `Name:` of a header."
    )
    code: str = Field(description="Stable, for programs.")
    detail: str = Field(description="For people.")
    row: int | None = Field(default=None, description="The line of an uploaded file, from 1.")


class Problem(Answer):
    """Why a request was not answered as it was meant."""

    type: str = Field(description="The kind of problem: an address that explains it.")
    title: str
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="Stable, for programs; finer than `type`.")
    request_id: str = Field(description="Under this id it stands in our log.")
    errors: list[Fault] | None = Field(default=None, description="Every fault of the request, if it has any.")
