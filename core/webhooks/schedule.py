"""When a delivery is tried again, when an endpoint rests, and when it is given up. All in seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import uniform
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE

PAUSES: Final = (5.0, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))
"""After the first try, the second, … (Standard Webhooks, "retry schedule"): ten tries over 75 hours."""
TRIES: Final = len(PAUSES) + 1
_JITTER: Final = 0.1
LONGEST_WISH: Final = 24 * HOUR
"""Of `Retry-After`, as far as it is heeded."""

FAILURES_TO_REST: Final = 5
"""So many in a row, and an endpoint is tried with one delivery at a time and rests after each that fails."""
_FIRST_REST: Final = 5.0
_LONGEST_REST: Final = 10 * MINUTE

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""An endpoint that nothing got through to for so long, in `TRIES` tries at least, is disabled."""


def pause_after(tries: int, wish: float | None) -> float | None:
    """How long to wait after so many failed tries, not less than the other side wishes; None: that was the last one."""
    if tries >= TRIES:
        return None
    # Drawn once and stored with the delivery: what failed together does not come again together.
    return max(PAUSES[tries - 1] * uniform(1 - _JITTER, 1 + _JITTER), wish or 0)


def rest_after(failures: int, wish: float | None) -> float:
    """How long an endpoint is left alone after so many failures in a row."""
    beyond = failures - FAILURES_TO_REST
    # A fraction of a second after which everybody would come back would be no rest; 2 ** 7 * 5 s is past the longest.
    own = 0.0 if beyond < 0 else min(_FIRST_REST * 2 ** min(beyond, 7), _LONGEST_REST)
    return max(own, wish or 0)


def is_given_up(failures: int, failing_for: timedelta) -> bool:
    return failures >= TRIES and failing_for >= GIVEN_UP_AFTER


def wish_of(retry_after: str | None, *, now: datetime) -> float | None:
    """What a `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date), a day at most; None for what it does not say."""
    written = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", written):
        seconds = float(written)
    else:
        try:
            moment = parsedate_to_datetime(written)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_WISH)
