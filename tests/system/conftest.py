"""The whole system, as `make run` starts it, once for all tests of this folder. Clients speak HTTP to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from embedded.client import Client
from embedded.samples import Request, Samples
from embedded.system import ROOT, RunningSystem, system

# One system for one pytest-xdist worker: these tests share two cores and one set of processes.
pytestmark = pytest.mark.xdist_group("system")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("system"))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with system(tmp_path_factory.mktemp("system") / "var") as running:
        yield running


@pytest.fixture
def client(running: RunningSystem) -> Iterator[Client]:
    with Client(running.base_url, running.admin_key) as client:
        yield client


@pytest.fixture
def samples(client: Client) -> Samples:
    """Sample rows of every built-in template, with bill numbers of their own."""
    return Samples(ROOT / "templates", client)


@pytest.fixture
def query(running: RunningSystem) -> Iterator[Callable[..., list[Any]]]:
    """What PostgreSQL says: `query("SELECT …", name=value)`."""
    from sqlalchemy import text

    engine = create_engine(running.environment["DATABASE_URL"])

    def rows(statement: str, **values: object) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    yield rows
    engine.dispose()


Listen = Callable[[str, list[str]], dict[str, Any]]


@pytest.fixture
def listen(running: RunningSystem) -> Iterator[Listen]:
    """`listen(receiver.url, ["job.completed"])`: an endpoint, until the test is over."""
    made: list[str] = []

    def add(url: str, events: list[str]) -> dict[str, Any]:
        with Client(running.base_url, running.admin_key) as client:
            endpoint: dict[str, Any] = client.post("/webhooks", {"url": url, "events": events}).json
        made.append(endpoint["id"])
        return endpoint

    yield add
    with Client(running.base_url, running.admin_key) as client:
        for endpoint_id in made:
            client.send("DELETE", f"/webhooks/{endpoint_id}", None, {})


def wait_until(is_so: Callable[[], object], *, within: float) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def submit(client: Client, request: Request | dict[str, Any]) -> str:
    """The id of the job that took the request."""
    body = request.body if isinstance(request, Request) else request
    job: str = client.post("/certificates/generate", body).json["id"]
    return job


def wait_for(client: Client, job: str, *, within: float = 240.0) -> dict[str, Any]:
    """Poll until the job is at rest; what it says then. Its progress never goes backwards."""
    deadline = time.monotonic() + within
    done = 0
    while True:
        answer: dict[str, Any] = client.get(f"/jobs/{job}").json
        at_rest = answer["issued"] + answer["failed"] + answer["cancelled"]
        assert at_rest >= done
        done = at_rest
        if answer["state"] in ("completed", "cancelled"):
            return answer
        assert time.monotonic() < deadline, f"job {job} is {answer['state']} at {done} of {answer['total']}"
        time.sleep(0.1)


def listed(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """Every entry of a listing, page after page."""
    join = "&" if "?" in path else "?"
    following: str | None = ""
    while following is not None:
        page = client.get(f"{path}{join}limit=200" + (f"&cursor={following}" if following else "")).json
        yield from page["items"]
        following = page["next"]
