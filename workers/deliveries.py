"""Tasks that bring webhooks. They wait for other people's machines, so their worker has threads, not processes."""

from __future__ import annotations

from uuid import UUID

from core.messages import DELIVER, SWEEP_DELIVERIES
from core.webhooks import sweeping, turns
from workers.app import app, parts


@app.task(name=DELIVER)
def deliver(endpoint_id: str, **_newer: object) -> None:
    """Deliver for a while what is due to one endpoint."""
    turns.deliver(parts(), UUID(endpoint_id))


@app.task(name=SWEEP_DELIVERIES)
def sweep_deliveries(*_older: object, **_newer: object) -> None:
    sweeping.sweep_deliveries(parts())
