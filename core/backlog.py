"""How much work may wait: so much of one owner, so much of all. Whoever brings more is asked to come again later.

What is open is read from jobs that have work left, over an index of those alone; nobody keeps a counter that could go wrong.
Requests that come at the same moment do not see each other, so the limits may be passed by what they bring together.
"""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import TooManyRequests, Unavailable

OWNER_JOBS: Final = 10_000
"""An owner has at most so many open jobs, which bounds what counting them costs."""
_RETRY_AFTER: Final = 15
_KNOWN_FOR: Final = 1.0


class Backlog:
    """`owner_items` and `items` are limits of items that wait, of one owner and of all."""

    def __init__(self, *, owner_items: int, items: int) -> None:
        self._owner_limit = owner_items
        self._limit = items
        self._open = 0
        self._known_until = 0.0

    def admit(self, session: Session, owner_id: UUID, *, items: int) -> None:
        """Raises `TooManyRequests` where the owner has too much waiting, `Unavailable` where everybody together has.

        A job of any size is taken where nothing waits: a limit says when to wait, not what may be asked for.
        """
        jobs, waiting = _of_owner(session, owner_id)
        if jobs >= OWNER_JOBS or (waiting and waiting + items > self._owner_limit):
            detail = (
                f"{waiting:,} of your items are waiting, in {jobs:,} jobs. Wait until more of them are done."
            )
            raise TooManyRequests(detail, retry_after=_RETRY_AFTER, code="owner_backlog_full")
        everybody = self._of_all(session)
        if everybody and everybody + items > self._limit:
            detail = "More work is waiting than is taken in. Nothing was stored; send it again later."
            raise Unavailable(detail, retry_after=_RETRY_AFTER, code="backlog_full")

    def _of_all(self, session: Session) -> int:
        # Asked once a second by each process, however many requests come.
        if time.monotonic() > self._known_until:
            self._open = session.scalar(text(EVERYBODYS)) or 0
            self._known_until = time.monotonic() + _KNOWN_FOR
        return self._open


def _of_owner(session: Session, owner_id: UUID) -> tuple[int, int]:
    row = session.execute(
        text("""
            SELECT count(*) AS jobs, coalesce(sum(total - issued - failed - cancelled), 0)::bigint AS items FROM (
                SELECT * FROM jobs WHERE owner_id = :owner AND finished_at IS NULL LIMIT :most) AS open"""),
        {"owner": owner_id, "most": OWNER_JOBS},
    ).one()
    return row.jobs, row.items


EVERYBODYS: Final = (
    "SELECT coalesce(sum(total - issued - failed - cancelled), 0)::bigint FROM jobs WHERE finished_at IS NULL"
)
