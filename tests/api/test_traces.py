"""What a collector of OpenTelemetry gets: a real receiver of OTLP over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from core import traces
from core.parts import Parts
from core.settings import ROOT
from core.webhooks import turns
from tests.jobs import THERAPIST
from tests.parts import Queue
from tests.receivers import Receiver, answering, receiving

CLIENTS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CLIENTS_SPAN = "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[Receiver]:
    with receiving(answering(200)) as receiver:
        yield receiver


@pytest.fixture
def taken(collector: Receiver) -> Iterator[Callable[[], list[Any]]]:
    """`taken()`: the spans of this process until now, as the collector got them. Ask before the application is made."""
    traces.begin(collector.url.removesuffix("/hook"), "tests")

    def spans() -> list[Any]:
        traces.end()
        return [
            span
            for came in collector.received
            for resource in ExportTraceServiceRequest.FromString(came.body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    yield spans
    traces.end()


@pytest.fixture
def client(taken: Callable[[], list[Any]], built_in_templates: None, client: FlaskClient) -> FlaskClient:
    return client


def attribute(span: Any, name: str) -> str:
    (found,) = (str(each.value.string_value) for each in span.attributes if each.key == name)
    return found


def ask(client: FlaskClient, key: str, **headers: str) -> UUID:
    answer = client.post(
        "/certificates/generate",
        json={"template": "therapist-classic", "items": [THERAPIST] * 2},
        headers={"Authorization": f"Bearer {key}", "X-Request-Id": "request-of-the-test", **headers},
    )
    assert answer.json is not None
    return UUID(answer.json["id"])


def test_a_job_can_be_followed_from_its_request_to_its_files(
    taken: Callable[[], list[Any]],
    client: FlaskClient,
    collector: Receiver,
    runtime: Parts,
    queue: Queue,
    user_key: str,
) -> None:
    job_id = ask(client, user_key, traceparent=f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01")
    queue.work(runtime)

    spans = taken()

    assert {came.path for came in collector.received} == {"/v1/traces"}
    by_name: dict[str, list[Any]] = {}
    for span in spans:
        by_name.setdefault(span.name, []).append(span)
    (request,) = by_name["POST /certificates/generate"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (CLIENTS_TRACE, CLIENTS_SPAN)
    assert attribute(request, "request_id") == "request-of-the-test"
    stored = by_name["query jobs.submission.submit_job"][0]
    assert stored.parent_span_id == request.span_id
    assert attribute(stored, "db.statement").startswith("INSERT INTO jobs")

    (chunk,) = by_name["chunk"]
    assert attribute(chunk, "job_id") == str(job_id)
    assert chunk.trace_id != request.trace_id
    assert [(link.trace_id, link.span_id) for link in chunk.links] == [(request.trace_id, request.span_id)]
    assert chunk.span_id in {each.parent_span_id for each in by_name["storage put"]}
    items = by_name["draw item"]
    assert len(items) == 2
    assert {each.parent_span_id for each in items} == {chunk.span_id}
    for rendition in ("composing", "pdf", "png", "thumbnail"):
        assert {each.parent_span_id for each in by_name[rendition]} == {each.span_id for each in items}
        assert all(each.end_time_unix_nano > each.start_time_unix_nano for each in by_name[rendition])
    assert any(each.trace_id == chunk.trace_id for each in by_name["query jobs.recording.issue"])


def test_a_span_says_nothing_of_people(
    taken: Callable[[], list[Any]],
    client: FlaskClient,
    collector: Receiver,
    runtime: Parts,
    queue: Queue,
    user_key: str,
) -> None:
    ask(client, user_key)
    queue.work(runtime)
    assert taken()
    sent = b"".join(came.body for came in collector.received)
    assert THERAPIST["candidate_name"].encode() not in sent
    assert user_key.encode() not in sent


def test_a_delivery_is_a_span_of_its_turn(taken: Callable[[], list[Any]], runtime: Parts) -> None:
    """In threads of its own, and in the trace all the same."""
    with traces.span("turn"):
        turns.deliver(runtime, UUID(int=1))
    assert [span.name for span in taken()] == ["query webhooks.turns.take_turn", "turn"]


WITHOUT = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("opentelemetry"):
            raise ImportError(name)

sys.meta_path.insert(0, Nowhere())
import wsgi, workers.rendering
print("all there")
"""


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [("", "all there\n"), ("http://127.0.0.1:1", "traces need what requirements-otel.txt names")],
)
def test_where_nobody_takes_traces_nothing_of_opentelemetry_is_needed(endpoint: str, said: str) -> None:
    given = {
        "DATABASE_URL": "postgresql+psycopg2://127.0.0.1:1/none",
        "BROKER_URL": "redis://127.0.0.1:1",
        "CACHE_URL": "redis://127.0.0.1:1",
        "MEDIA_URL": "file:///nowhere",
        "SECRET_KEY": "-" * 32,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        env={**os.environ, **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout + done.stderr
