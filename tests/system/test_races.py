"""What a user may rely on whatever happens in between: processes killed, brokers wiped, readers everywhere."""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import psutil
import pytest
from redis import Redis

from embedded.client import Client
from embedded.system import RunningSystem
from tests.system.conftest import listed, submit, wait_for

CARD: dict[str, Any] = {
    "candidate_name": "Asha Rao",
    "course_name": "Thai Massage",
    "start_date": "2026-01-05",
    "end_date": "2026-03-27",
}


def therapists(count: int, **more: Any) -> dict[str, Any]:
    items = [{**CARD, "candidate_name": f"Asha Rao {number}"} for number in range(count)]
    return {"template": "therapist-classic", "items": items, **more}


def test_a_job_outlives_a_killed_worker_and_a_wiped_broker_and_issues_each_certificate_once(
    running: RunningSystem, client: Client, query: Callable[..., list[Any]]
) -> None:
    job = submit(client, therapists(600))
    _wait_for_some(client, job)
    os.kill(running.processes.children["worker-bulk"].pid, signal.SIGKILL)
    with Redis.from_url(running.environment["BROKER_URL"]) as broker:
        broker.flushall()
    _revive(running)
    answer = wait_for(client, job, within=120)
    assert (answer["issued"], answer["failed"]) == (600, 0)
    (counted,) = query(
        "SELECT count(*) AS rows, count(DISTINCT position) AS items FROM certificates WHERE job_id = :job",
        job=job,
    )
    assert (counted.rows, counted.items) == (600, 600)
    assert (
        query(
            "SELECT id FROM chunks WHERE job_id = :job AND (done_at IS NULL OR leased_until IS NOT NULL)",
            job=job,
        )
        == []
    )


def test_a_killed_child_of_a_worker_costs_a_lease_and_no_document(
    running: RunningSystem, client: Client, query: Callable[..., list[Any]]
) -> None:
    job = submit(client, therapists(120))
    _wait_for_some(client, job)
    worker = psutil.Process(running.processes.children["worker-bulk"].pid)
    worker.children()[0].kill()
    answer = wait_for(client, job, within=120)
    assert (answer["issued"], answer["failed"]) == (120, 0)
    assert query("SELECT count(*) FROM certificates WHERE job_id = :job", job=job)[0][0] == 120


def test_flower_tells_which_job_runs_and_wants_a_password(running: RunningSystem, client: Client) -> None:
    job = client.post("/certificates/generate", therapists(2), Prefer="wait=30").json["id"]
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{running.flower_url}/api/tasks")
    login = base64.b64encode(f"{running.flower_user}:{running.flower_password}".encode()).decode()

    def tasks() -> list[dict[str, Any]]:
        asked = Request(
            f"{running.flower_url}/api/tasks?limit=500", headers={"Authorization": f"Basic {login}"}
        )
        with urlopen(asked) as answer:
            return [task for task in json.load(answer).values() if job in str(task["kwargs"])]

    deadline = time.monotonic() + 15
    while not (found := tasks()) or any(task["state"] != "SUCCESS" for task in found):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    assert [task["name"] for task in found] == ["certmill.render_chunk"]
    assert "'items': 2" in found[0]["kwargs"]


def test_one_document_does_not_wait_behind_five_thousand(client: Client) -> None:
    batch = submit(client, therapists(5000, renditions=["pdf"]))
    _wait_for_some(client, batch)
    single = client.post("/certificates/generate", therapists(1), Prefer="wait=20")
    assert single.status == 201
    assert single.json["state"] == "completed"
    assert client.get(f"/jobs/{batch}").json["state"] == "rendering"
    cancelled = client.post(f"/jobs/{batch}/cancel", {}).json
    assert cancelled["state"] == "cancelled"
    issued = cancelled["issued"]
    assert issued + cancelled["cancelled"] == 5000
    time.sleep(3)
    assert client.get(f"/jobs/{batch}").json["issued"] == issued


@pytest.mark.parametrize("times", [1000])
def test_after_a_poll_said_completed_every_listing_has_the_job(running: RunningSystem, times: int) -> None:
    """A thousand times, with readers that keep the cache full of what will be out of date in a moment."""
    with Client(running.base_url, running.admin_key) as client:
        user = client.get("/me").json["user_id"]
    paths = ("/certificates/generated/public", "/certificates", f"/certificates/user/{user}")
    stop = threading.Event()
    outcomes: dict[str, int] = {}

    def read_all_the_time() -> None:
        with Client(running.base_url, running.admin_key) as client:
            while not stop.is_set():
                for path in paths:
                    outcome = client.get(path).headers["X-Cache"]
                    outcomes[outcome] = outcomes.get(outcome, 0) + 1

    def submit_and_look(_: int) -> str | None:
        with Client(running.base_url, running.admin_key) as client:
            body = therapists(1, renditions=["thumbnail"], is_public=True)
            answer = client.post("/certificates/generate", body, Prefer="wait=30").json
            if answer["state"] != "completed":
                return f"{answer['id']} is {answer['state']}"
            (item,) = client.get(f"/jobs/{answer['id']}/items").json["items"]
            for path in paths:
                if item["certificate_id"] not in {
                    e["id"] for e in client.get(f"{path}?limit=200").json["items"]
                }:
                    return f"{answer['id']} is not in {path}"
        return None

    readers = [threading.Thread(target=read_all_the_time) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            assert [missing for missing in pool.map(submit_and_look, range(times)) if missing] == []
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert outcomes["hit"] > 0


def test_the_same_request_twice_makes_one_job(client: Client) -> None:
    key = str(uuid4())
    body = therapists(3, external_id=key)
    first = client.post("/certificates/generate", body, Idempotency_Key=key)
    second = client.post("/certificates/generate", body, Idempotency_Key=key)
    assert first.json["id"] == second.json["id"]
    assert len(list(listed(client, f"/jobs?external_id={key}"))) == 1
    wait_for(client, first.json["id"])  # later tests are told of all that happens


def _revive(running: RunningSystem) -> None:
    """What `make run` does all the time: start again what died."""
    while not (revived := running.processes.revive()[0]):
        time.sleep(0.05)
    assert len(revived) == 1
    assert "worker-bulk was killed by signal 9" in revived[0]


def _wait_for_some(client: Client, job: str) -> None:
    """Until the first certificates of a job are issued."""
    deadline = time.monotonic() + 60
    while client.get(f"/jobs/{job}").json["issued"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
