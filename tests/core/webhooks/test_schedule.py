from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.webhooks import schedule
from core.webhooks.schedule import is_given_up, pause_after, rest_after, wish_of

NOW = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)


def test_there_are_ten_tries_over_seventy_five_hours() -> None:
    assert schedule.TRIES == 10
    assert 75 * 3600 < sum(schedule.PAUSES) < 76 * 3600


def test_a_pause_is_about_that_of_the_schedule_and_never_twice_the_same() -> None:
    for tries, expected in enumerate(schedule.PAUSES, start=1):
        drawn = [pause_after(tries, None) or 0 for _ in range(100)]
        assert all(0.9 * expected <= pause <= 1.1 * expected for pause in drawn)
        assert len(set(drawn)) > 50
    assert pause_after(10, None) is None


def test_who_asks_for_more_time_gets_it() -> None:
    assert pause_after(1, 3600.0) == 3600.0
    assert (pause_after(5, 1.0) or 0) > 3600
    assert rest_after(1, 90.0) == 90.0


def test_an_endpoint_rests_from_its_fifth_failure_in_a_row_on_longer_each_time() -> None:
    rests = [rest_after(failures, None) for failures in range(1, 16)]
    assert rests == [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]


def test_an_endpoint_is_given_up_after_three_days_and_ten_tries_not_after_one_of_them() -> None:
    assert is_given_up(10, timedelta(days=3))
    assert not is_given_up(9, timedelta(days=30))
    assert not is_given_up(1000, timedelta(hours=71))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 05 Jan 2026 06:32:00 GMT", 120.0),
        ("Mon, 05 Jan 2026 06:00:00 GMT", 0.0),
        ("Mon, 05 Jan 2026 06:32:00", 120.0),
        ("999999999", 86400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 40, None),
        ("Mon, 05 Jan 99999 06:32:00 GMT", None),
        ("٣", None),
    ],
)
def test_what_retry_after_says(written: str | None, seconds: float | None) -> None:
    assert wish_of(written, now=NOW) == seconds
