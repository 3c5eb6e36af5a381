"""What was issued in a period, as a whole and in its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, null, select, union_all
from sqlalchemy.orm import Session

from core.errors import Fault, InvalidRequest
from core.models import Spa
from core.statistics.counts import Selection, counted

Step = Literal["day", "month"]
MOST_POINTS: Final = 400
"""A year of days, thirty-three years of months."""


@dataclass(frozen=True, slots=True)
class Point:
    """Certificates of one step of the period; `date` is its first day, in the period or, of the first month, before it."""

    date: date
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """`series` leaves no step out; `states`, `kinds` and `spas` leave out those without any. Of the last two, most come first.

    A spa of None stands for what no spa issued.
    """

    first: date
    last: date
    total: int
    states: Mapping[str, int]
    series: tuple[Point, ...]
    kinds: tuple[tuple[str, int], ...]
    spas: tuple[tuple[tuple[UUID, str] | None, int], ...]


def summarise(
    session: Session, selection: Selection, *, first: date, last: date, step: Step, zone: ZoneInfo
) -> Summary:
    """All of it of one moment. Raises `InvalidRequest` for a period that ends before it begins, or is too long."""
    if last < first:
        raise _faulty("before_from", "It comes before `from`.")
    dates = tuple(islice(_dates(first, last, step), MOST_POINTS + 1))
    if len(dates) > MOST_POINTS:
        raise _faulty("too_long", f"A period has at most {MOST_POINTS} {step}s.")
    selection = replace(selection, issued_from=first, issued_to=last)
    sums = _sums(session, selection, step=step, zone=zone)
    states = {value: count for (part, value), count in sums.items() if part == "state" and value is not None}
    return Summary(
        first=first,
        last=last,
        total=sum(states.values()),
        states=states,
        series=tuple(Point(day, sums.get(("date", day.isoformat()), 0)) for day in dates),
        kinds=tuple((kind, count) for kind, count in _ranked(sums, "kind") if kind is not None),
        spas=_named(session, _ranked(sums, "spa")),
    )


_Sums = Mapping[tuple[str, str | None], int]


def _sums(session: Session, selection: Selection, *, step: Step, zone: ZoneInfo) -> _Sums:
    """Sums by ("state", …), ("kind", …), ("spa", id or None) and ("date", ISO date of a step's first day)."""
    rows = counted(selection, zone=zone)
    total = func.sum(rows.c.count)
    which = func.grouping(rows.c.state, rows.c.kind, rows.c.spa_id)
    parts = (
        select(
            which.label("which"),
            rows.c.state,
            rows.c.kind,
            rows.c.spa_id,
            null().label("day"),
            total.label("sum"),
        )
        .group_by(func.grouping_sets(rows.c.state, rows.c.kind, rows.c.spa_id))
        .having(total != 0)
    )
    days = counted(selection, zone=zone, by_day=step == "day")
    total = func.sum(days.c.count)
    series = (
        select(literal(0), null(), null(), null(), days.c.day, total).group_by(days.c.day).having(total != 0)
    )
    sums: Counter[tuple[str, str | None]] = Counter()
    for row in session.execute(union_all(parts, series)):
        match row.which:  # a bit for each of the three that this row sums over
            case 0b011:
                part = ("state", row.state)
            case 0b101:
                part = ("kind", row.kind)
            case 0b110:
                part = ("spa", None if row.spa_id is None else str(row.spa_id))
            case _:
                day = row.day if step == "day" else row.day.replace(day=1)
                part = ("date", day.isoformat())
        sums[part] += int(row.sum)
    return sums


def _ranked(sums: _Sums, part: str) -> list[tuple[str | None, int]]:
    found = [(value, count) for (name, value), count in sums.items() if name == part]
    return sorted(found, key=lambda pair: (-pair[1], pair[0] or ""))


def _named(
    session: Session, ranked: list[tuple[str | None, int]]
) -> tuple[tuple[tuple[UUID, str] | None, int], ...]:
    ids = [UUID(spa_id) for spa_id, _ in ranked if spa_id is not None]
    names = {row.id: row.name for row in session.execute(select(Spa.id, Spa.name).where(Spa.id.in_(ids)))}
    return tuple(
        (None if spa_id is None else (UUID(spa_id), names[UUID(spa_id)]), count) for spa_id, count in ranked
    )


def _dates(first: date, last: date, step: Step) -> Iterator[date]:
    day = first if step == "day" else first.replace(day=1)
    while day <= last:
        yield day
        day += timedelta(days=1)
        if step == "month":
            day = (day + timedelta(days=30)).replace(day=1)


def _faulty(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(f"The period is faulty: {detail}", faults=[Fault("?to", code, detail)])
