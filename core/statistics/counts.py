"""Counting without looking at what is counted: what upkeep has folded, and what came since.

Both are read by one statement, so by one snapshot: a count is exact at that moment, whether anybody folds or not.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, Subquery, and_, case, cast, func, select, true, union_all
from sqlalchemy.orm import Session

from core.models import CertificateCount, CountChange

BOUND: Final = 10_000
"""So many are counted one by one where no count is kept."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which certificates: of one owner or of all, only the public listing's, and whatever else they are narrowed to.

    Days are the issuer's, both included.
    """

    owner_id: UUID | None = None
    is_public: bool = False
    kind: str | None = None
    spa_id: UUID | None = None
    template_id: str | None = None
    template_version: int | None = None
    state: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """`value` certificates; where it is not exact, at least so many."""

    value: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Counts of one span, `day` or `month`, from one that begins on `first` to one that begins on `last`."""

    span: str
    first: date | None
    last: date | None


def count(session: Session, selection: Selection, *, zone: ZoneInfo) -> Count:
    """How many there are, exactly, from a few kept sums for each month."""
    rows = counted(selection, zone=zone)
    return Count(int(session.scalar(select(func.coalesce(func.sum(rows.c.count), 0))) or 0))


def count_up_to(session: Session, rows: Select[Any], *, bound: int = BOUND) -> Count:
    """How many rows a query has that no count is kept of: one by one, and no further than `bound`."""
    looked_at = rows.order_by(None).limit(bound + 1).subquery()
    found = session.scalar(select(func.count()).select_from(looked_at)) or 0
    return Count(min(found, bound), is_exact=found <= bound)


def counted(selection: Selection, *, zone: ZoneInfo, by_day: bool = False) -> Subquery:
    """Rows of (day, kind, spa_id, state, count) whose sum is the number of certificates.

    Whole months are one row for each combination, with the month's first day, unless every day is asked for. What is not selected
    counts 0: by whom and when is what the index is read by, and PostgreSQL thinks too ill of skipping in it by more.
    """
    kept, change = CertificateCount, CountChange
    stretches = (
        [Stretch("day", selection.issued_from, selection.issued_to)]
        if by_day
        else list(_stretches(selection))
    )
    parts = []
    for stretch in stretches:
        of_whom = (
            kept.owner_id.is_(None) if selection.owner_id is None else kept.owner_id == selection.owner_id
        )
        number = case((and_(true(), *_alike(kept, selection)), kept.count), else_=0).label("count")
        part = select(kept.first_day.label("day"), kept.kind, kept.spa_id, kept.state, number)
        part = part.where(of_whom, kept.span == stretch.span)
        parts.append(part.where(*_between(kept.first_day, stretch.first, stretch.last)))
    day = cast(func.timezone(zone.key, change.issued_in), Date)
    since = select(day.label("day"), change.kind, change.spa_id, change.state, change.change.label("count"))
    since = since.where(
        *_alike(change, selection), *_between(day, selection.issued_from, selection.issued_to)
    )
    if selection.owner_id is not None:
        since = since.where(change.owner_id == selection.owner_id)
    return union_all(*parts, since).subquery()


def _alike(row: type[CertificateCount | CountChange], selection: Selection) -> Iterator[ColumnElement[bool]]:
    for name in ("kind", "spa_id", "template_id", "template_version", "state"):
        wanted = getattr(selection, name)
        if wanted is not None:
            yield getattr(row, name) == wanted
    if selection.is_public:
        yield row.is_public.is_(True)
        yield row.state == "valid"


def _between(
    day: ColumnElement[date] | Any, first: date | None, last: date | None
) -> Iterator[ColumnElement[bool]]:
    if first is not None:
        yield day >= first
    if last is not None:
        yield day <= last


def _stretches(selection: Selection) -> Iterator[Stretch]:
    """Whole months, and the days before and behind them."""
    first, last = selection.issued_from, selection.issued_to
    first_month = first if first is None or first.day == 1 else _end_of_month(first) + timedelta(days=1)
    last_month = (
        last if last is None or last == _end_of_month(last) else last.replace(day=1) - timedelta(days=1)
    )
    if first_month is not None and last_month is not None and first_month > last_month:
        yield Stretch("day", first, last)
        return
    if first != first_month and first is not None:
        yield Stretch("day", first, _end_of_month(first))
    yield Stretch("month", first_month, last_month)
    if last != last_month and last is not None:
        yield Stretch("day", last.replace(day=1), last)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
