"""How a job is cut into chunks, and on which lane they travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core.messages import BULK, INTERACTIVE
from core.models import Chunk, Job

INTERACTIVE_ITEMS: Final = 5
"""Jobs up to this size wait for somebody who is looking: they travel on a lane of their own."""


def lane_of(total: int) -> str:
    return INTERACTIVE if total <= INTERACTIVE_ITEMS else BULK


def insert_chunks(session: Session, job: Job, positions: Sequence[int], *, chunk_items: int) -> None:
    """Cut `positions` into chunks that wait to be sent. Ids grow, so a job's chunks are taken in the order of its items."""
    session.execute(
        insert(Chunk),
        [
            {
                "id": uuid7(),
                "job_id": job.id,
                "owner_id": job.owner_id,
                "lane": job.lane,
                "priority": job.priority,
                "positions": list(positions[first : first + chunk_items]),
            }
            for first in range(0, len(positions), chunk_items)
        ],
    )
