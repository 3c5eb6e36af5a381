"""What we ask of the queue: a task's name, one id, and words for the operator who watches. Celery itself stays outside core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

RENDER_CHUNK: Final = "certmill.render_chunk"
LOSE_CHUNK: Final = "certmill.lose_chunk"
RELAY: Final = "certmill.relay"
UPKEEP: Final = "certmill.upkeep"
COLLECT_ORPHANS: Final = "certmill.collect_orphans"
DELIVER: Final = "certmill.deliver"
RELAY_DELIVERIES: Final = "certmill.relay_deliveries"
SWEEP_DELIVERIES: Final = "certmill.sweep_deliveries"

INTERACTIVE: Final = "interactive"
BULK: Final = "bulk"
DELIVERIES: Final = "deliveries"
QUEUES: Final = (INTERACTIVE, BULK, "upkeep", DELIVERIES)
"""All that celeryconfig.py names."""


@dataclass(frozen=True, slots=True)
class Message:
    """`notes` are for Flower, and for whoever tells of a worker that died over this: the database says what to do."""

    task: str
    id: str
    queue: str
    notes: Mapping[str, str | int] = field(default_factory=dict)


class BrokerUnavailable(Exception):
    """The message was not taken. Nothing is lost: the relay sends it again."""


Send = Callable[[Message], None]
"""Hand a message to the broker, quickly or not at all; raises `BrokerUnavailable`."""
