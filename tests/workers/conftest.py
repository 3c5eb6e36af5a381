"""Real workers, as the Procfile starts them, on the servers of the tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from uuid import UUID

import pytest

from core.callers import Caller
from core.parts import Parts
from core.settings import ROOT, Settings
from embedded.processes import Child
from sending import sender
from tests.jobs import THERAPIST, accept_job


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Chunks that take a while."""
    return replace(settings, chunk_items=1000)


@pytest.fixture
def heard(runtime: Parts, settings: Settings) -> Parts:
    """The same parts, whose messages go to the broker."""
    return replace(runtime, send=sender(settings.broker_url))


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """What a process of ours is started with, to work on the same servers."""
    words = {True: "yes", False: "no"}
    given = {name: value for name, value in asdict(settings).items() if value is not None}
    ours = {
        name.upper(): words[value] if isinstance(value, bool) else str(value) for name, value in given.items()
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **ours, "PATH": path}


@pytest.fixture
def start_worker(environment: Mapping[str, str], tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """`start_worker(FINISH_SECONDS="1")`: a worker of one child, for all queues, with more settings."""
    with ExitStack() as stack:

        def start(**more: str) -> Child:
            queues = ["-Q", "bulk,interactive,upkeep", "-c", "1"]
            tasks = ["--without-gossip", "--without-mingle", "-I", "workers.rendering,workers.upkeep"]
            log = stack.enter_context((tmp_path / "worker.log").open("ab"))
            command = ["celery", "--quiet", "-A", "workers.app", "worker", *queues, *tasks]
            child = Child(command, output=log, environment={**environment, **more}, folder=ROOT)
            stack.callback(child.kill)
            return child

        yield start


@pytest.fixture
def submit(heard: Parts, caller: Caller, built_in_templates: None) -> Callable[..., UUID]:
    """`submit(40)`: a job of so many therapists that waits, and its id."""
    return lambda total: accept_job(heard, caller, [THERAPIST] * total)


def eventually(holds: Callable[[], bool], *, within: float = 60.0) -> bool:
    deadline = time.monotonic() + within
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held
