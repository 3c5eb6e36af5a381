"""Tasks that draw."""

from __future__ import annotations

from uuid import UUID

from core.jobs import chunks
from core.messages import RENDER_CHUNK
from workers.app import app, parts
from workers.ending import must_stop
from workers.housekeeping import give_memory_back_when_due, keep_up_when_due


@app.task(name=RENDER_CHUNK)
def render_chunk(chunk_id: str, **_newer: object) -> None:
    """Draw, store and issue one chunk. What stands beside its id is for the operator who reads it in Flower."""
    chunks.render(parts(), UUID(chunk_id), must_stop=must_stop)
    keep_up_when_due(parts())
    give_memory_back_when_due()
