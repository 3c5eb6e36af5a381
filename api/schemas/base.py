"""What all models of requests and of answers share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Request(BaseModel):
    """Something a client sends: an unknown name is a fault, not a shrug."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Something we send."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""One line of text."""


class CreationHeaders(Request):
    """What a client may say beside what it creates."""

    idempotency_key: str | None = Field(
        default=None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Of the client's choosing. The same key with the same body gets the same answer, for 7 days.",
    )


class PageQuery(Request):
    """How to walk through a listing."""

    limit: int = Field(default=50, ge=1, le=200, description="How many on one page.")
    cursor: str | None = Field(default=None, max_length=400, description="`next` of the page before.")
