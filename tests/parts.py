"""Parts to pass where the product passes others: a clock that stands still, a queue that one can look into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from core.messages import RENDER_CHUNK, BrokerUnavailable, Message
from core.parts import Parts

NOON = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
"""Monday 5 January 2026, noon in Kolkata."""


class StillClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **time: float) -> None:
        """By `days=1`, `seconds=30`, as `timedelta` says it."""
        self.now += timedelta(**time)


class Queue:
    """Takes messages and keeps them, or refuses them while it is `down`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.down = False

    def __call__(self, message: Message) -> None:
        if self.down:
            raise BrokerUnavailable("down")
        self.messages.append(message)

    def work(self, parts: Parts) -> int:
        """Render every chunk that was sent and those that this brings on, as workers would; how many there were."""
        from core.jobs import chunks  # with all that draws: only for the tests that do

        rendered = 0
        while self.messages:
            message = self.messages.pop(0)
            if message.task == RENDER_CHUNK:
                chunks.render(parts, UUID(message.id))
                rendered += 1
        return rendered
