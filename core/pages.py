"""Keyset pages: newest first by (moment, id), an opaque cursor that says where the last page ended."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import Fault, InvalidRequest

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next: str | None

    def map(self, view: Callable[[T], U]) -> Page[U]:
        return Page(tuple(map(view, self.items)), self.next)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the next one holds what is older than (moment, id), or `newer`."""

    moment: datetime
    id: UUID
    newer: bool = False


def newest_first(
    session: Session,
    query: Select[T],
    moment: InstrumentedAttribute[datetime],
    identity: InstrumentedAttribute[UUID],
    *,
    cursor: str | None,
    limit: int,
) -> Page[T]:
    """A page of the entities that `query` selects, by those two of their attributes: an index over both gives the order,
    whatever the page. Raises `InvalidRequest` for a cursor that we did not make.
    """
    if cursor is not None:
        place = decode_place(cursor)
        query = query.where(tuple_(moment, identity) < (place.moment, place.id))
    found = session.scalars(query.order_by(moment.desc(), identity.desc()).limit(limit + 1)).all()
    shown = tuple(found[:limit])
    following = None
    if len(found) > limit:
        following = encode_place(Place(getattr(shown[-1], moment.key), getattr(shown[-1], identity.key)))
    return Page(shown, following)


def encode_place(place: Place) -> str:
    return _encode([place.moment.isoformat(), place.id.hex, *(["newer"] if place.newer else [])])


def decode_place(cursor: str, *, both_ways: bool = False) -> Place:
    """Raises `InvalidRequest` for a cursor that we did not make, or not for a listing that goes one way only."""
    try:
        moment, identity, *rest = _decode(cursor)
        written = datetime.fromisoformat(moment)
        place = Place(written.astimezone(UTC), UUID(identity), newer=bool(rest))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise bad_cursor() from None
    if written.tzinfo is None or rest not in ([], ["newer"] if both_ways else []):
        raise bad_cursor()
    return place


def encode_position(position: int) -> str:
    return _encode([position])


def decode_position(cursor: str) -> int:
    """Raises `InvalidRequest` for a cursor that we did not make."""
    try:
        (position,) = _decode(cursor)
    except (ValueError, TypeError):
        raise bad_cursor() from None
    if type(position) is not int or not 0 <= position < 2**31:
        raise bad_cursor()
    return position


def encode_name(name: str) -> str:
    return _encode([name])


def decode_name(cursor: str) -> str:
    """Raises `InvalidRequest` for a cursor that we did not make."""
    try:
        (name,) = _decode(cursor)
    except (ValueError, TypeError):
        raise bad_cursor() from None
    if not isinstance(name, str) or "\0" in name:
        raise bad_cursor()
    return name


def bad_cursor() -> InvalidRequest:
    detail = "The cursor is not one that this listing gave."
    return InvalidRequest(detail, faults=[Fault("?cursor", "bad_cursor", detail)])


def _encode(parts: list[str | int]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        decoded = orjson.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except binascii.Error:
        raise ValueError(cursor) from None
    if not isinstance(decoded, list):
        raise TypeError(cursor)
    return decoded
