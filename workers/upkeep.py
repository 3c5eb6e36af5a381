"""Tasks that beat asks for, and a worker that saw a child of its own die. Each may come late, twice or not at all."""

from __future__ import annotations

from uuid import UUID

from core.jobs import orphans, upkeep
from core.messages import COLLECT_ORPHANS, LOSE_CHUNK, RELAY, RELAY_DELIVERIES, UPKEEP
from core.webhooks.relay import relay_deliveries
from workers.app import app, parts


@app.task(name=RELAY)
def send_due_chunks(*_older: object, **_newer: object) -> None:
    upkeep.tick(parts())


@app.task(name=RELAY_DELIVERIES)
def send_due_endpoints(*_older: object, **_newer: object) -> None:
    relay_deliveries(parts())


@app.task(name=UPKEEP)
def keep_up(*_older: object, **_newer: object) -> None:
    upkeep.keep_up(parts())


@app.task(name=LOSE_CHUNK)
def lose_chunk(chunk_id: str, *, attempt: int, how: str, **_newer: object) -> None:
    upkeep.lose_chunk(parts(), UUID(chunk_id), attempt=attempt, how=how)


@app.task(name=COLLECT_ORPHANS)
def collect_orphans(*_older: object, **_newer: object) -> None:
    orphans.collect(parts())
