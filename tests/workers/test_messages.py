"""Old and new code run side by side while a deployment lasts: a worker takes messages of both."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from core.messages import LOSE_CHUNK, RENDER_CHUNK, Message
from core.models import Job
from core.parts import Parts
from core.settings import Settings
from sending import sender
from tests.workers.conftest import eventually
from workers.app import app

for _module in ("workers.rendering", "workers.upkeep"):
    import_module(_module)
OURS = sorted(name for name in app.tasks if name.startswith("certmill."))


@pytest.mark.parametrize("name", OURS)
def test_a_task_takes_what_a_newer_version_says_besides(name: str) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(app.tasks[name].run).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD in kinds


def test_names_of_tasks_are_only_added() -> None:
    # Messages with these names may lie in a broker when a new version starts.
    assert set(OURS) >= {
        "certmill.render_chunk",
        "certmill.relay",
        "certmill.upkeep",
        "certmill.collect_orphans",
        "certmill.lose_chunk",
    }


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param({}, id="older than all notes"),
        pytest.param({"job": "x", "items": 1}, id="older"),
        pytest.param({"job": "x", "items": 1, "attempt": 1, "color": "blue"}, id="newer"),
    ],
)
def test_a_worker_renders_on_messages_of_older_and_newer_versions(
    heard: Parts, settings: Settings, submit: Any, start_worker: Any, notes: dict[str, Any]
) -> None:
    job_id = submit(1)
    (message,) = _taken(settings)
    sender(settings.broker_url)(Message(RENDER_CHUNK, message, "interactive", notes))
    sender(settings.broker_url)(
        Message(LOSE_CHUNK, str(uuid4()), "upkeep", {"attempt": 1, "how": "SIGKILL", "color": "blue"})
    )
    start_worker()

    def issued() -> bool:
        with heard.sessions() as session:
            return session.get_one(Job, job_id).state == "completed"

    assert eventually(issued)


def _taken(settings: Settings) -> list[str]:
    """The ids in the interactive queue, which is empty then."""
    with Redis.from_url(settings.broker_url) as broker:
        messages = [json.loads(each) for each in broker.lrange("interactive", 0, -1)]
        broker.flushdb()
    return [message["headers"]["argsrepr"].strip("[']") for message in messages]
