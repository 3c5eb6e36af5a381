from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.app import create_app
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.storage import DiskStorage, FileMissing, StorageUnavailable
from core.users import UserView
from tests.api.contract import Client
from tests.parts import Queue, StillClock


def test_it_is_alive(client: Client) -> None:
    assert client.get("/healthz").json == {"status": "alive"}


def test_it_is_ready_when_all_that_work_needs_is_there(client: Client) -> None:
    assert client.get("/readyz").json == {
        "status": "ready",
        "checks": dict.fromkeys(("database", "broker", "cache", "storage", "fonts"), "ok"),
    }


def test_it_says_what_is_missing(settings: Settings, clock: StillClock, queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broken = replace(
        settings,
        broker_url="redis://127.0.0.1:1/0",
        cache_url="redis://127.0.0.1:1/0",
        media_url=(tmp_path / "file").as_uri(),
    )
    parts = build_runtime(broken, send=queue, clock=clock)

    answer = create_app(parts).test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json is not None
    assert {name for name, outcome in answer.json["checks"].items() if outcome != "ok"} == {
        "broker",
        "cache",
        "storage",
    }
    parts.engine.dispose()
    parts.cache.close()


def test_prometheus_can_read_the_metrics(client: Client) -> None:
    families = {family.name for family in text_string_to_metric_families(client.get("/metrics").text)}

    assert {"certmill_items", "certmill_jobs", "certmill_open_chunks", "certmill_deliveries"} <= families


def value(client: Client, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_requests_are_counted_by_route_and_never_by_address(client: Client) -> None:
    unknown = {"route": "/verify/<code>", "method": "GET", "status": "404"}
    nowhere = {"route": "none", "method": "GET", "status": "404"}
    before = [value(client, "certmill_requests_total", **labels) for labels in (unknown, nowhere)]

    for code in ("A" * 26, "B" * 26):
        client.get(f"/verify/{code}")
    client.get("/nowhere/at/all")

    after = [value(client, "certmill_requests_total", **labels) for labels in (unknown, nowhere)]
    assert after == [before[0] + 2, before[1] + 1]
    assert "AAAAAAAAAA" not in client.get("/metrics").text


def test_listings_are_counted_by_what_the_cache_had(client: Client) -> None:
    def lookups() -> list[float]:
        return [
            value(
                client,
                "certmill_cache_lookups_total",
                route="/certificates/generated/public",
                outcome=outcome,
            )
            for outcome in ("hit", "miss", "bypass")
        ]

    before = lookups()
    for _ in range(3):
        client.get("/certificates/generated/public")
    assert [now - then for now, then in zip(lookups(), before, strict=True)] == [2, 1, 0]


def test_a_wait_that_was_asked_for_is_no_slow_request(as_user: Client, submit: Any, user: UserView) -> None:
    job = submit(user)
    before = value(as_user, "certmill_request_seconds_sum", route="/jobs/<job_id>")
    as_user.get(f"/jobs/{job}", headers={"Prefer": "wait=1"})
    assert value(as_user, "certmill_request_seconds_sum", route="/jobs/<job_id>") - before < 0.7


def test_kinds_of_users_are_counted_as_one(
    client: Client, runtime: Parts, submit: Any, user: UserView
) -> None:
    submit(user, total=2)
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE jobs SET kind = 'gift_voucher'"))
    assert value(client, "certmill_items", kind="custom", state="accepted") == 2


def test_with_the_database_and_the_broker_away_the_figures_are_told_all_the_same(
    settings: Settings, clock: StillClock, queue: Queue
) -> None:
    away = replace(
        settings,
        database_url="postgresql+psycopg2://certmill@127.0.0.1:1/none",
        broker_url="redis://127.0.0.1:1/0",
    )
    parts = build_runtime(away, send=queue, clock=clock)
    told = create_app(parts).test_client().get("/metrics")
    assert told.status_code == 200
    assert 'certmill_answers{server="database"} 0.0' in told.text
    assert 'certmill_answers{server="broker"} 0.0' in told.text
    assert "certmill_items{" not in told.text
    assert "certmill_query_seconds_count" in told.text
    parts.engine.dispose()
    parts.cache.close()


def figures(client: Client) -> dict[tuple[str, ...], float]:
    """What /metrics says of storage, by name and labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name.startswith("certmill_storage")
    }


def test_the_metrics_of_storage_are_those_of_all_processes(
    client: Client, runtime: Parts, settings: Settings, clock: StillClock, queue: Queue, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    full = replace(settings, media_url=(tmp_path / "file").as_uri())
    others = [build_runtime(each, send=queue, clock=clock) for each in (settings, full)]
    runtime.storage.put({"one": b"one"})
    others[0].storage.put({"two": b"two", "three": b"three"})
    with pytest.raises(StorageUnavailable):
        others[1].storage.put({"four": b"four"})
    with pytest.raises(FileMissing):
        others[0].storage.open("four")
    for parts in others:
        parts.storage_use.hand_over()

    told = figures(client)

    assert told["certmill_storage_seconds_count", "put", "ok"] == 2
    assert told["certmill_storage_seconds_count", "put", "unavailable"] == 1
    assert told["certmill_storage_seconds_count", "open", "missing"] == 1
    assert told["certmill_storage_seconds_sum", "put", "ok"] > 0
    assert told["certmill_storage_put_files_total",] == 3
    assert told["certmill_storage_put_bytes_total",] == 11
    for parts in others:
        parts.engine.dispose()
        parts.cache.close()


class HangingStorage(DiskStorage):
    """A disk that does not answer until it is mended."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.mended = Event()

    def put(self, files: Mapping[str, bytes]) -> None:
        self.mended.wait()
        super().put(files)


def test_a_disk_that_hangs_is_told_by_readyz_which_does_not_hang(runtime: Parts, tmp_path: Path) -> None:
    hanging = HangingStorage(tmp_path / "hanging")
    client = create_app(replace(runtime, storage=hanging)).test_client()
    for _ in range(2):
        answer = client.get("/readyz")
        assert answer.json is not None
        assert (answer.status_code, answer.json["checks"]["storage"]) == (503, "failed: StorageUnavailable")
    hanging.mended.set()
    assert client.get("/readyz").status_code == 200
    assert list(hanging.walk()) == []


def test_a_client_that_has_the_answer_gets_a_304(as_user: Client) -> None:
    for path in ("/me", "/openapi.json", "/jobs", "/docs", "/docs/swagger-ui.css"):
        first = as_user.get(path)
        again = as_user.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
        assert again.data == b""
        assert as_user.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_is_the_callers_own_stays_out_of_shared_caches(as_user: Client, client: Client) -> None:
    assert as_user.get("/me").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/openapi.json").headers["Cache-Control"] == "no-cache"


def test_the_page_to_try_it_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/docs")

    assert "unsafe-eval" not in page.headers["Content-Security-Policy"]
    assert "http://" not in page.text + page.headers["Content-Security-Policy"]
    assert "https://" not in page.text + page.headers["Content-Security-Policy"]
    for path in ("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/static/docs.js"):
        assert path in page.text
        assert client.get(path).status_code == 200


def test_no_other_file_of_the_package_is_served(client: Client) -> None:
    for name in ("swagger.svg", "..%2f..%2f__init__.py", "index.html"):
        assert client.get(f"/docs/{name}").status_code == 404


def test_settings_and_secrets_are_in_no_answer(client: Client, runtime: Parts) -> None:
    secrets = [
        value
        for name, value in asdict(runtime.settings).items()
        if value and name.endswith(("_url", "_key")) and name != "public_url"
    ]
    assert len(secrets) >= 5
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        answer = client.get(path).text
        assert [secret for secret in secrets if secret in answer] == []
