"""Tasks that beat asks for. Each may come late, twice or not at all."""

from __future__ import annotations

from core.jobs import orphans, upkeep
from core.jobs.relay import relay
from core.messages import COLLECT_ORPHANS, RELAY, RELAY_DELIVERIES, UPKEEP
from core.webhooks.relay import relay_deliveries
from workers.app import app, parts


@app.task(name=RELAY)
def send_due_chunks(*_older: object, **_newer: object) -> None:
    relay(parts())


@app.task(name=RELAY_DELIVERIES)
def send_due_endpoints(*_older: object, **_newer: object) -> None:
    relay_deliveries(parts())


@app.task(name=UPKEEP)
def keep_up(*_older: object, **_newer: object) -> None:
    upkeep.keep_up(parts())


@app.task(name=COLLECT_ORPHANS)
def collect_orphans(*_older: object, **_newer: object) -> None:
    orphans.collect(parts())
