from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import text

from core.models import Job
from core.parts import Parts
from embedded.processes import Child
from tests.workers.conftest import eventually


def test_without_beat_whoever_works_returns_what_a_dead_worker_held(
    heard: Parts, submit: Callable[..., UUID], start_worker: Callable[..., Child]
) -> None:
    held = submit(1)
    with heard.sessions.begin() as session:
        session.execute(
            text("""
                UPDATE chunks SET attempt = 1, sent_at = clock_timestamp(),
                    leased_until = clock_timestamp() + interval '1 second'""")
        )
    start_worker()

    def at_rest() -> bool:
        submit(1)  # somebody else's work, now and then
        with heard.sessions() as session:
            return session.get_one(Job, held).completed_at is not None

    assert eventually(at_rest)
