"""What operators see of the running system is what is so: two web processes, three workers that draw, threads that deliver."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import orjson
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from embedded.client import Client, RefusedError
from embedded.system import ROOT, RunningSystem
from tests.receivers import Handler, Received, receiving
from tests.system.conftest import Listen, submit, wait_for, wait_until
from tests.system.test_races import therapists

MONITORING = ROOT / "docs" / "monitoring"
Labels = tuple[str, ...]


def read(address: str) -> str:
    with urlopen(address, timeout=20) as answer:
        told: bytes = answer.read()
    return told.decode()


class Figures:
    """What /metrics says at one moment."""

    def __init__(self, told: str) -> None:
        self.samples = [
            sample for family in text_string_to_metric_families(told) for sample in family.samples
        ]

    def of(self, name: str, *labels: str) -> Counter[Labels]:
        """A sample's values by those labels' values, summed over the others."""
        found: Counter[Labels] = Counter()
        for sample in self.samples:
            if sample.name == name:
                found[tuple(sample.labels[label] for label in labels)] += int(sample.value)
        return found


@pytest.fixture
def figures(client: Client) -> Callable[[], Figures]:
    return lambda: Figures(client.get("/metrics").body.decode())


@pytest.fixture
def log_lines(running: RunningSystem) -> Callable[[str], list[dict[str, Any]]]:
    """`log_lines("web")`: what the processes of that name said as JSON."""
    logs = Path(unquote(urlsplit(running.media).path)).parent / "log"

    def lines(name: str) -> list[dict[str, Any]]:
        said = (logs / f"{name}.log").read_text(errors="replace")
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    return lines


def counted(rows: list[Any]) -> Counter[Labels]:
    """Rows of labels and a last column, which is how many."""
    return Counter({tuple(map(str, row[:-1])): int(row[-1]) for row in rows if row[-1]})


def test_metrics_agree_with_the_rows(
    client: Client,
    samples: Any,
    figures: Callable[[], Figures],
    query: Callable[..., list[Any]],
    log_lines: Callable[[str], list[dict[str, Any]]],
    listen: Listen,
) -> None:
    """Of jobs of all kinds with items that fail, of requests from several clients, and of deliveries that fail at first."""
    stumbled: set[str] = set()

    def stumble(handler: Handler, came: Received) -> None:
        first = came.headers["webhook-id"] not in stumbled
        stumbled.add(came.headers["webhook-id"])
        handler.answer(503 if first and len(stumbled) % 3 == 0 else 204)

    with receiving(stumble) as receiver:
        endpoint = listen(receiver.url, ["job.completed"])
        before, said_before = figures(), len(log_lines("web"))
        requests = [request.body for request in samples.requests()]
        broken = therapists(40, renditions=["thumbnail", "png"])
        for number in (3, 17, 39):
            broken["items"][number]["candidate_name"] = "Asha \U00013000"  # a hieroglyph, which no font has
        jobs = [submit(client, body) for body in [*requests, broken, therapists(1), therapists(2)]]
        for job in jobs:
            wait_for(client, job)
        for _ in range(5):
            client.get("/certificates/generated/public")
        with pytest.raises(RefusedError):
            client.get(f"/jobs/{uuid4()}")
        delivered = "SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = :id AND state = 'delivered'"
        wait_until(lambda: query(delivered, id=endpoint["id"])[0][0] == len(jobs), within=120)
        time.sleep(0.5)  # what is counted after a commit
        after = figures()

    def grown(name: str, *labels: str) -> Counter[Labels]:
        return after.of(name, *labels) - before.of(name, *labels)

    mine = {"jobs": jobs}
    issued = counted(
        query(
            "SELECT kind, count(*) FROM certificates WHERE job_id = ANY(cast(:jobs AS uuid[])) GROUP BY 1",
            **mine,
        )
    )
    assert len(issued) == 8
    assert grown("certmill_issued_items_total", "kind") == issued
    assert grown("certmill_item_seconds_count", "kind") == issued
    failed = counted(
        query(
            """SELECT kind, problem->>'code', count(*) FROM items JOIN jobs ON jobs.id = job_id
               WHERE job_id = ANY(cast(:jobs AS uuid[])) AND items.state = 'failed' GROUP BY 1, 2""",
            **mine,
        )
    )
    assert failed == Counter({("spa_therapist", "missing_glyph"): 3})
    assert grown("certmill_failed_items_total", "kind", "code") == failed
    assert grown("certmill_rendition_seconds_count", "rendition") - Counter(
        {("composing",): grown("certmill_rendition_seconds_count", "rendition")[("composing",)]}
    ) == counted(
        query(
            """SELECT file, count(*) FROM certificates, jsonb_object_keys(files) AS file
               WHERE job_id = ANY(cast(:jobs AS uuid[])) GROUP BY 1""",
            **mine,
        )
    )
    chunks = counted(
        query(
            """SELECT kind, chunks.lane, count(*) FROM chunks JOIN jobs ON jobs.id = job_id
               WHERE job_id = ANY(cast(:jobs AS uuid[])) AND done_at IS NOT NULL GROUP BY 1, 2""",
            **mine,
        )
    )
    assert grown("certmill_chunk_seconds_count", "kind", "lane") == chunks
    lanes: Counter[Labels] = Counter()
    for (_, lane), count in chunks.items():
        lanes[lane,] += count
    assert grown("certmill_unsent_seconds_count", "lane") == lanes
    assert grown("certmill_recording_seconds_count", "lane") == lanes

    attempts = counted(
        query(
            """SELECT coalesce(problem, left(status::text, 1) || 'xx'), count(*) FROM webhook_attempts
               WHERE endpoint_id = :id GROUP BY 1""",
            id=endpoint["id"],
        )
    )
    assert attempts["5xx",] >= 1
    assert grown("certmill_delivery_attempts_total", "outcome") == attempts
    assert grown("certmill_delivery_seconds_count", "outcome") == attempts

    lines = Counter(
        (line["method"], line["route"], str(line["status"]))
        for line in log_lines("web")[said_before:]
        if line["event"] == "request" and line["route"] not in ("/metrics", "/readyz")
    )
    answered = grown("certmill_requests_total", "method", "route", "status")
    del answered["GET", "/metrics", "200"]
    assert answered == lines
    assert answered["POST", "/certificates/generate", "202"] == len(jobs)
    assert answered["GET", "/jobs/<job_id>", "404"] == 1
    lookups = grown("certmill_cache_lookups_total", "route")
    assert lookups["/certificates/generated/public",] == 5
    polls = answered["GET", "/jobs/<job_id>", "200"] + answered["GET", "/jobs/<job_id>", "304"]
    assert lookups["/jobs/<job_id>",] == polls > 0

    for state in ("total", "issued", "failed", "cancelled"):
        by_kind = counted(query(f"SELECT kind, sum({state}) FROM jobs GROUP BY 1"))
        told = after.of("certmill_items", "kind", "state")
        name = "accepted" if state == "total" else state
        assert Counter({(kind,): n for (kind, of), n in told.items() if of == name and n}) == by_kind
    assert +after.of("certmill_jobs", "state") == counted(
        query("SELECT state, count(*) FROM jobs GROUP BY 1")
    )
    assert sum(after.of("certmill_open_chunks", "lane").values()) == 0
    assert after.of("certmill_broker_messages", "queue").keys() == {
        ("interactive",),
        ("bulk",),
        ("upkeep",),
        ("deliveries",),
    }


def test_any_web_process_and_the_exporter_tell_the_same(
    running: RunningSystem, client: Client, figures: Callable[[], Figures]
) -> None:
    wait_for(client, submit(client, therapists(1)))
    time.sleep(0.5)
    issued = {
        Figures(read(f"{running.base_url}/metrics")).of("certmill_issued_items_total", "kind")[
            "spa_therapist",
        ]
        for _ in range(8)
    }
    exporter = f"http://127.0.0.1:{running.environment['METRICS_PORT']}/metrics"
    told = Figures(read(exporter))
    assert issued == {told.of("certmill_issued_items_total", "kind")["spa_therapist",]}
    assert told.of("certmill_items", "state") == Counter()  # the deployment's are told by web processes
    programs = {name for (name,) in figures().of("certmill_processes", "program")}
    assert {
        "web",
        "web main",
        "worker-interactive",
        "worker-bulk",
        "beat",
    } <= programs
    assert figures().of("certmill_processes", "program")["web",] == 2
    assert min(figures().of("certmill_resident_bytes", "program").values()) > 10_000_000


def test_lines_of_web_and_workers_carry_the_ids_of_what_they_are_about(
    client: Client,
    log_lines: Callable[[str], list[dict[str, Any]]],
    query: Callable[..., list[Any]],
) -> None:
    request_id = f"request-{uuid4().hex}"
    answer = client.post("/certificates/generate", therapists(40), X_Request_Id=request_id)
    job = answer.json["id"]
    wait_for(client, job)

    (asked,) = [line for line in log_lines("web") if line.get("request_id") == request_id]
    assert (asked["event"], asked["job_id"]) == ("request", job)
    workers = [line for name in ("worker-bulk", "worker-interactive") for line in log_lines(name)]
    drawn = [line for line in workers if line.get("job_id") == job]
    assert {line["request_id"] for line in drawn} == {request_id}
    chunks = query("SELECT id FROM chunks WHERE job_id = :job", job=job)
    assert Counter(line["chunk_id"] for line in drawn if line["event"] == "chunk") == Counter(
        str(row.id) for row in chunks
    )
    for line in workers:
        if line["logger"] == "core.jobs.chunks":
            assert line.keys() >= {"request_id", "job_id", "chunk_id", "attempt", "task"}, line


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of the dashboard and of the rules, under its name."""
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


def test_what_the_dashboard_and_the_alerts_ask_for_is_there(
    running: RunningSystem, client: Client, figures: Callable[[], Figures], listen: Listen
) -> None:
    """Once everything has happened: a delivery, a listing from the cache, a statement that fails."""
    with receiving() as receiver:
        listen(receiver.url, ["job.completed"])
        wait_for(client, submit(client, therapists(6)))
        wait_until(receiver.ids, within=30)
    for _ in range(2):
        client.get("/certificates/generated/public")
    engine = create_engine(running.environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE spas"))
        with pytest.raises(RefusedError):  # after ten seconds, its lock_timeout
            client.get("/spas")
    engine.dispose()
    labels: dict[str, set[str]] = {}
    values: set[tuple[str, str, str]] = set()
    for sample in figures().samples:
        labels.setdefault(sample.name, set()).update(sample.labels)
        values |= {(sample.name, label, value) for label, value in sample.labels.items()}
    wrong = []
    for title, expression in expressions():
        asked = set()
        for name, selected in re.findall(r"(certmill_\w+)(?:\{([^}]*)\})?", expression):
            if name not in labels:
                wrong.append(f"{title}: there is no {name}")
                continue
            asked |= labels[name]
            for label, how, value in re.findall(r'(\w+)\s*(!?[=~]+)\s*"([^"]*)"', selected):
                if label not in labels[name]:
                    wrong.append(f"{title}: {name} has no label {label}")
                elif how == "=" and (name, label, value) not in values and value != "bypass":
                    wrong.append(f"{title}: no {name} has {label}={value}")
        for grouped in re.findall(r"by \(([^)]*)\)", expression):
            unknown = set(re.split(r",\s*", grouped)) - asked - {"instance"}
            wrong += [f"{title}: nothing has the label {label}" for label in unknown]
    assert not wrong, wrong


def test_flower_remembers_and_asks_who_one_is(running: RunningSystem, client: Client) -> None:
    def ask(path: str, password: str) -> bytes:
        word = base64.b64encode(f"{running.flower_user}:{password}".encode()).decode()
        request = Request(f"{running.flower_url}{path}", headers={"Authorization": f"Basic {word}"})
        with urlopen(request, timeout=20) as answer:
            told: bytes = answer.read()
        return told

    def tasks() -> Mapping[str, Any]:
        try:
            told: dict[str, Any] = orjson.loads(
                ask("/api/tasks?taskname=certmill.render_chunk", running.flower_password)
            )
        except OSError:  # it starts
            return {}
        return told

    job = submit(client, therapists(7))
    wait_for(client, job)
    wait_until(lambda: any(job in each["kwargs"] for each in tasks().values()), within=20)
    seen = next(each for each in tasks().values() if job in each["kwargs"])
    assert "'items': 7" in seen["kwargs"]
    with pytest.raises(HTTPError) as refused:
        ask("/api/tasks", "wrong")
    assert refused.value.code == 401
    refused.value.close()

    flower = running.processes.children["flower"]
    flower.ask_to_stop()
    assert flower.wait(20)
    running.processes.start("flower")
    wait_until(lambda: seen["uuid"] in tasks(), within=30)
    assert tasks()[seen["uuid"]]["kwargs"] == seen["kwargs"]
