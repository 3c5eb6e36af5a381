"""How long something lasted, as a letter says it: both its first and its last day counted."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from core.kinds.formatting import NO_BREAK
from core.plurals import counted


@dataclass(frozen=True, slots=True)
class Duration:
    years: int
    months: int
    days: int

    def __str__(self) -> str:
        counts = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        # A number and what it counts stay on one line.
        parts = [counted(count, unit).replace(" ", NO_BREAK) for count, unit in counts if count]
        return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:]))) or f"0{NO_BREAK}days"


def duration_between(first: date, last: date) -> Duration:
    """Whole years, whole months after them, and days, from `first` to the end of `last`.

    A month has passed when the same day of the month begins, or, where a month is too short for it, its last
    day: from 31 January through 27 February is one month. Raises ValueError when `last` is before `first`.
    """
    if last < first:
        raise ValueError(f"{last} is before {first}")
    end = last + timedelta(days=1)
    months = (end.year - first.year) * 12 + end.month - first.month
    if _months_later(first, months) > end:
        months -= 1
    return Duration(months // 12, months % 12, (end - _months_later(first, months)).days)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
