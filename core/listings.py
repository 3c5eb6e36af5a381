"""Listings of issued documents: whose, narrowed to what, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, Row, Select, Text, and_, desc, false, func, or_, select, tuple_
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import names, scopes
from core.cache.answer import Answer
from core.cache.answers import Found
from core.certificates import CertificateState, file_views
from core.failpoints import reach
from core.models import Certificate, Spa, User
from core.pages import Place, decode_place, encode_place
from core.parts import Parts
from core.statistics import Selection, count, count_up_to
from core.templates.catalogue import Reference

Match = Literal["prefix", "similar"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing is narrowed to; days are the issuer's.

    `q` is the beginning of a number, or of words of a recipient's name, in any order; with `match` "similar", words of the name
    may sound like its words, in whichever script.
    """

    kind: str | None = None
    spa_id: UUID | None = None
    template: Reference | None = None
    q: str | None = None
    match: Match = "prefix"
    issued_from: date | None = None
    issued_to: date | None = None
    state: CertificateState | None = None


@dataclass(frozen=True, slots=True)
class PublicScope:
    """What anybody may see: valid certificates whose job and template both say so."""

    name: str = scopes.PUBLIC


@dataclass(frozen=True, slots=True)
class OwnerScope:
    """One user's certificates."""

    user_id: UUID

    @property
    def name(self) -> str:
        return scopes.owner_scope(self.user_id)


@dataclass(frozen=True, slots=True)
class EverybodyScope:
    """All certificates, each with its user."""

    name: str = scopes.EVERYBODY


Scope = PublicScope | OwnerScope | EverybodyScope


def listing(
    parts: Parts,
    scope: Scope,
    filters: Filters,
    *,
    cursor: str | None,
    limit: int,
    counted: bool = False,
    known: Collection[str] = (),
) -> Found:
    """A page of certificates, newest first; kept while its generation holds. `known` are the ETags that the client has.

    With `counted`, it says how many there are on all pages. Its notes are the cursors of the `next` page and of the `previous`.
    Raises `InvalidRequest` for a bad cursor.
    """
    place = None if cursor is None else decode_place(cursor, both_ways=True)

    def load() -> Answer:
        with parts.sessions.begin() as session:
            page = _load(session, parts, scope, filters, place, limit, counted=counted)
        reach("listing.loaded")
        return page

    query = orjson.dumps([filters, cursor, limit, counted]).decode()
    return parts.answers.find(_scope_of(scope, filters), query, load, known=known)


def _scope_of(scope: Scope, filters: Filters) -> str:
    if isinstance(scope, OwnerScope):
        return scope.name
    template = None if filters.template is None else filters.template.id
    return scopes.narrowed(scope.name, template=template, spa_id=filters.spa_id, kind=filters.kind)


_FEW: Final = 2000
"""Fewer than so many whom a search finds are sorted; where there are more they are met by walking down the listing."""


def _as_text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """What goes out as it comes in: the driver would make objects of it, which takes most of a page's time."""
    return sql_cast(column, Text).label(column.key)


_PUBLIC: Final = (
    _as_text(Certificate.id),
    Certificate.number,
    Certificate.kind,
    Certificate.recipient_name,
    Certificate.issued_at,
    _as_text(Certificate.files),
    _as_text(Certificate.spa_id),
    Spa.name.label("spa_name"),
)
_OWNED: Final = (
    *_PUBLIC,
    Certificate.state,
    Certificate.is_public,
    Certificate.template_id,
    Certificate.template_version,
    _as_text(Certificate.job_id),
)
_EVERYBODYS: Final = (*_OWNED, _as_text(Certificate.owner_id), User.name.label("user_name"))


def _load(
    session: Session,
    parts: Parts,
    scope: Scope,
    filters: Filters,
    place: Place | None,
    limit: int,
    *,
    counted: bool,
) -> Answer:
    """One keyset query: an index gives the order, whatever the page and whichever way one goes."""
    conditions = [*_whose(scope), *_narrowed_to(filters, parts.settings.timezone)]
    total = _count(session, parts, scope, filters, conditions) if counted else {}
    few = None if filters.q is None else _few(session, conditions, place, limit)
    wanted = select(*_columns(scope)).outerjoin(Spa, Spa.id == Certificate.spa_id)
    if isinstance(scope, EverybodyScope):
        wanted = wanted.join(User, User.id == Certificate.owner_id)
    if few is not None:
        conditions.append(Certificate.id.in_(few))
    rows = session.execute(_paged(wanted.where(*conditions), Certificate, place, limit)).all()
    newer = place is not None and place.newer
    shown, more = rows[:limit], len(rows) > limit
    if newer:
        shown = shown[::-1]
    # Where one came from there is something, unless it has gone meanwhile.
    following = shown and (more or newer) and encode_place(_place(shown[-1]))
    preceding = (
        shown and place is not None and (more or not newer) and encode_place(_place(shown[0], newer=True))
    )
    cursors = {"next": following or None, "previous": preceding or None}
    entries = [_entry(row, scope) for row in shown]
    body = orjson.dumps({"items": entries, **cursors, **total}, option=orjson.OPT_UTC_Z)
    return Answer(body, {name: cursor for name, cursor in cursors.items() if cursor})


def _few(
    session: Session, conditions: Sequence[ColumnElement[bool]], place: Place | None, limit: int
) -> list[UUID] | None:
    """The page's certificates where a search finds few in all, else None.

    PostgreSQL guesses how many have a name; where it guesses too many it walks down the whole listing for them.
    """
    few = select(Certificate.issued_at, Certificate.id).where(*conditions).limit(_FEW).cte("few")
    page = _paged(select(few.c.id), few.c, place, limit).scalar_subquery()
    met, ids = session.execute(select(func.count(), func.array(page)).select_from(few)).one()
    return ids if met < _FEW else None


def _paged(query: Select[Any], of: Any, place: Place | None, limit: int) -> Select[Any]:
    """One more than a page of what has `issued_at` and `id`, from the place on, whichever way one goes."""
    order = (of.issued_at, of.id)
    if place is not None:
        here, there = tuple_(*order), (place.moment, place.id)
        query = query.where(here > there if place.newer else here < there)
    towards = order if place is not None and place.newer else map(desc, order)
    return query.order_by(*towards).limit(limit + 1)


def _place(row: Row[Any], *, newer: bool = False) -> Place:
    return Place(row.issued_at, UUID(row.id), newer=newer)


def _count(
    session: Session,
    parts: Parts,
    scope: Scope,
    filters: Filters,
    conditions: Sequence[ColumnElement[bool]],
) -> dict[str, Any]:
    """From kept counts; of names, which none are kept of, by looking at some thousands."""
    if filters.q is not None:
        found = count_up_to(session, select(Certificate.id).where(*conditions))
    else:
        template = filters.template or Reference("")
        selection = Selection(
            owner_id=scope.user_id if isinstance(scope, OwnerScope) else None,
            is_public=isinstance(scope, PublicScope),
            kind=filters.kind,
            spa_id=filters.spa_id,
            template_id=template.id or None,
            template_version=template.number,
            state=filters.state,
            issued_from=filters.issued_from,
            issued_to=filters.issued_to,
        )
        found = count(session, selection, zone=parts.settings.timezone)
    return {"total": found.value, "total_is_exact": found.is_exact}


def _whose(scope: Scope) -> Iterator[ColumnElement[bool]]:
    match scope:
        case PublicScope():
            yield Certificate.is_public.expression
            yield Certificate.state == "valid"
        case OwnerScope(user_id):
            yield Certificate.owner_id == user_id


def _narrowed_to(filters: Filters, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    if filters.kind is not None:
        yield Certificate.kind == filters.kind
    if filters.spa_id is not None:
        yield Certificate.spa_id == filters.spa_id
    if filters.template is not None:
        yield Certificate.template_id == filters.template.id
        if filters.template.number is not None:
            yield Certificate.template_version == filters.template.number
    if filters.state is not None:
        yield Certificate.state == filters.state
    if filters.issued_from is not None:
        yield Certificate.issued_at >= datetime.combine(filters.issued_from, time.min, zone)
    if filters.issued_to is not None:
        day_after = filters.issued_to + timedelta(days=1)
        yield Certificate.issued_at < datetime.combine(day_after, time.min, zone)
    if filters.q is not None:
        yield or_(_is_named(filters.q, filters.match), _is_numbered(filters.q))


def _is_named(q: str, match: Match) -> ColumnElement[bool]:
    words = names.words_of(q)
    if not words:
        return false()
    keys = Certificate.search_keys
    if match == "prefix":
        return keys.contains([names.beginning_of(word) for word in words])
    return and_(
        *(
            or_(keys.contains([names.beginning_of(word)]), keys.contains([names.sound_of(word)]))
            for word in words
        )
    )


def _is_numbered(q: str) -> ColumnElement[bool]:
    escaped = q.upper().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Certificate.number.like(f"{escaped}%", escape="\\")


def _columns(scope: Scope) -> Sequence[Any]:
    match scope:
        case PublicScope():
            return _PUBLIC
        case OwnerScope():
            return _OWNED
        case EverybodyScope():
            return _EVERYBODYS


def _entry(row: Row[Any], scope: Scope) -> dict[str, Any]:
    """A public entry tells number, kind, name, spa, date and files, and nothing more personal."""
    entry = {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "recipient_name": row.recipient_name,
        "spa": None if row.spa_id is None else {"id": row.spa_id, "name": row.spa_name},
        "issued_at": row.issued_at,
        "files": file_views(row.id, orjson.loads(row.files)),
    }
    if isinstance(scope, PublicScope):
        return entry
    entry |= {
        "state": row.state,
        "is_public": row.is_public,
        "template": row.template_id,
        "template_version": row.template_version,
        "job_id": row.job_id,
    }
    if isinstance(scope, EverybodyScope):
        entry["user"] = {"id": row.owner_id, "name": row.user_name}
    return entry
