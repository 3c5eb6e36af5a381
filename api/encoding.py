"""JSON as bytes, one way for every answer."""

from __future__ import annotations

from decimal import Decimal

import orjson
from pydantic import BaseModel


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON of models, dataclasses, UUIDs, dates and moments; a decimal becomes text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
