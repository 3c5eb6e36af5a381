"""How long it takes until what was in a dead worker's hands, or in a wiped broker, is in somebody's hands again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.parts import Parts


@dataclass(slots=True)
class Recovery:
    """`note` what is held just before a fault; `look`, often, at what has moved since. `seconds`: how long each took."""

    parts: Parts
    held: bool
    """Chunks in a worker's hands; else those that are sent and wait in the broker."""
    returned: list[float] = field(default_factory=list)
    """Until a held chunk was free for others, or done."""
    seconds: list[float] = field(default_factory=list)
    """Until it was in other hands, which takes a turn in the queue besides, or done."""
    _held: dict[tuple[UUID, int], float] = field(default_factory=dict)
    _waiting: dict[tuple[UUID, int], float] = field(default_factory=dict)

    def note(self) -> None:
        try:
            with self.parts.sessions.begin() as session:
                rows = session.execute(
                    text("""
                        SELECT id, attempt FROM chunks
                        WHERE done_at IS NULL AND sent_at IS NOT NULL AND (leased_until IS NOT NULL) = :held"""),
                    {"held": self.held},
                ).all()
        except SQLAlchemyError:
            return  # an earlier fault lasts: nothing can be known now
        for row in rows:
            now = time.monotonic()
            if self._waiting.setdefault((row.id, row.attempt), now) == now:
                self._held[row.id, row.attempt] = now

    def look(self) -> None:
        if not self._waiting:
            return
        try:
            with self.parts.sessions.begin() as session:
                rows = session.execute(
                    text(
                        "SELECT id, attempt, leased_until FROM chunks WHERE id = ANY(:ids) AND done_at IS NULL"
                    ),
                    {"ids": list({chunk for chunk, _ in self._waiting})},
                ).all()
        except SQLAlchemyError:
            return  # an earlier fault lasts: nothing can be known now
        still = {(row.id, row.attempt) for row in rows}
        leased = {(row.id, row.attempt) for row in rows if row.leased_until is not None}
        now = time.monotonic()
        for key in set(self._held) - leased:
            self.returned.append(now - self._held.pop(key))
        for key in list(self._waiting):
            if key not in still:
                self.seconds.append(now - self._waiting.pop(key))


def percentile(seconds: list[float], percent: int) -> float:
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1) if ordered else 0.0
