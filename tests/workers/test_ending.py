from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from core.failpoints import VARIABLE, Failpoints
from core.models import Chunk, Item, Job
from core.parts import Parts
from embedded.processes import Child
from tests.workers.conftest import eventually
from workers.ending import _how


def test_a_worker_that_is_asked_to_stop_gives_back_the_long_chunk_that_it_holds(
    heard: Parts, submit: Callable[..., UUID], start_worker: Callable[..., Child]
) -> None:
    job_id = submit(2000)

    def chunks() -> list[Chunk]:
        with heard.sessions() as session:
            return list(session.scalars(select(Chunk).where(Chunk.job_id == job_id)))

    worker = start_worker(FINISH_SECONDS="0.1")
    assert eventually(lambda: any(chunk.leased_until for chunk in chunks()))
    worker.ask_to_stop()
    assert worker.wait(40)
    assert worker.ended() == 0
    (held,) = (chunk for chunk in chunks() if chunk.attempt)
    assert (held.leased_until, held.done_at, held.losses) == (None, None, 0)


def test_an_item_that_kills_three_children_fails_in_seconds_and_names_the_signal(
    heard: Parts, submit: Callable[..., UUID], start_worker: Callable[..., Child], tmp_path: Path
) -> None:
    points = Failpoints(tmp_path / "failpoints")
    points.arm("chunk.drawing", "crash", times=3)
    job_id = submit(1)
    start_worker(**{VARIABLE: str(points.folder)})

    def at_rest() -> bool:
        with heard.sessions() as session:
            return session.get_one(Job, job_id).completed_at is not None

    assert eventually(at_rest, within=50)  # three leases would take a minute
    with heard.sessions() as session:
        item = session.get_one(Item, (job_id, 0))
    assert item.problem is not None
    assert item.problem["code"] == "render_crashed"
    assert "SIGKILL" in item.problem["detail"]


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("Worker exited prematurely: signal 11 (SIGSEGV) Job: 7.", "SIGSEGV"),
        ("Worker exited prematurely: exitcode 3 Job: 7.", "exitcode 3"),
        ("Worker exited prematurely: signal 63 Job: 7.", "signal 63"),
        ("gone", "unknown"),
    ],
)
def test_of_what_a_child_died_is_read_from_what_celery_says(said: str, how: str) -> None:
    assert _how(said) == how
