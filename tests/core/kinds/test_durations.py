from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import duration_between

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2024-01-01", "2024-12-31", "1 year"),
        ("2024-01-01", "2024-01-01", "1 day"),
        ("2024-01-01", "2024-01-31", "1 month"),
        ("2024-01-01", "2024-01-30", "30 days"),
        ("2021-06-14", "2026-03-31", "4 years, 9 months and 18 days"),
        ("2024-02-29", "2025-02-27", "1 year"),
        ("2024-02-29", "2025-02-28", "1 year and 1 day"),
        ("2025-01-31", "2025-02-27", "1 month"),
        ("2025-01-31", "2025-02-28", "1 month and 1 day"),
        ("2023-12-15", "2026-01-14", "2 years and 1 month"),
        ("2025-12-31", "2026-12-30", "1 year"),
    ],
)
def test_a_duration_counts_its_first_day_and_its_last(first: str, last: str, said: str) -> None:
    written = str(duration_between(date.fromisoformat(first), date.fromisoformat(last)))
    assert written.replace("\u00a0", " ") == said


def test_no_line_ends_between_a_number_and_what_it_counts() -> None:
    assert str(duration_between(date(2021, 6, 14), date(2026, 3, 31))) == (
        "4\u00a0years, 9\u00a0months and 18\u00a0days"
    )


@given(days, days)
def test_a_day_more_is_always_a_longer_duration(first: date, last: date) -> None:
    first, last = min(first, last), max(first, last)
    now, later = duration_between(first, last), duration_between(first, last + timedelta(days=1))
    assert (now.years, now.months, now.days) < (later.years, later.months, later.days)


@given(days, days)
def test_its_parts_are_those_of_a_calendar(first: date, last: date) -> None:
    first, last = min(first, last), max(first, last)
    duration = duration_between(first, last)
    assert 0 <= duration.months < 12
    assert 0 <= duration.days < 31
    assert abs((last - first).days + 1 - duration.years * 365.25 - duration.months * 30.4 - duration.days) < 5


def test_nothing_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="is before"):
        duration_between(date(2026, 1, 2), date(2026, 1, 1))
