"""Five hundred people at once, as Locust plays them, beside batches that keep the workers busy.

    make load  [USERS=500] [MINUTES=5] [ROWS=100000] [IDLE=60] [INTO=docs/performance.md]

First batches alone are drawn for IDLE seconds, which is the idle rate; then people come, within twenty seconds, and stay for so
many minutes while the batches go on. Client, servers and workers share the cores of one machine: what Locust takes of them is
told too. The report is left in var/load: report.html with its plots, and CSV. The last line is JSON. Exit code 1 says that a
request failed.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil
from sqlalchemy import text

from benchmarks.cpu import cpu_seconds, risen
from benchmarks.loading import indexed_afterwards, leave_unchecked, load_certificates, load_owners, vacuum
from benchmarks.telling import tell
from core import users
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.client import Client
from embedded.system import ROOT, RunningSystem, system

_REPORT: Final = ROOT / "var" / "load"
_LOCUST: Final = ROOT / ".venv-bench" / "bin" / "locust"
_LARGEST: Final = 10_000
_FASTEST: Final = 100
"""Certificates a second that no machine of ours draws: so many are asked for as batches."""
_COURSE: Final = {"course_name": "Thai Massage", "start_date": "2026-01-05", "end_date": "2026-03-27"}


def main() -> int:
    people, minutes, rows, idle = (
        float(os.environ.get(name, default))
        for name, default in (("USERS", "500"), ("MINUTES", "5"), ("ROWS", "100000"), ("IDLE", "60"))
    )
    with (
        tempfile.TemporaryDirectory(prefix="certmill-load-") as folder,
        system(Path(folder) / "var") as ours,
        Client(ours.base_url, ours.admin_key) as client,
    ):
        parts = build_runtime(read_settings(ours.environment), send=lambda _: None)
        given = Path(folder) / "people.json"
        given.write_text(json.dumps(_given(parts, client, int(people), int(rows))))
        batches = _submit(client, round((idle + 60 * minutes + 60) * _FASTEST))
        while client.get(f"/jobs/{batches[0]}").json["issued"] == 0:
            time.sleep(0.1)
        idle_rate = _rate(parts, idle)
        before, client_cpu, issued, started = cpu_seconds(), _children_cpu(), _issued(parts), time.monotonic()
        failed = _play(ours, given, int(people), minutes)
        seconds = time.monotonic() - started
        busy_rate = (_issued(parts) - issued) / seconds
        spent = {name: used / seconds for name, used in risen(before).items()}
        spent["Locust"] = (_children_cpu() - client_cpu) / seconds
        parts.engine.dispose()
    _tell(int(people), minutes, int(rows), idle_rate, busy_rate, spent)
    return 1 if failed else 0


def _given(parts: Parts, client: Client, people: int, rows: int) -> dict[str, Any]:
    """Owners with keys and certificates, and files that anybody may fetch."""
    with parts.sessions.begin() as session:
        leave_unchecked(session)
        load_owners(session, people)
        with indexed_afterwards(session):
            load_certificates(session, 0, rows)
        owners = session.scalars(text("SELECT id FROM users WHERE name LIKE 'Owner %'")).all()
        keys = [
            users.create_key(session, user_id=owner, name="load", now=parts.clock()).secret
            for owner in owners
        ]
    vacuum(parts)
    body = {"template": "therapist-classic", "items": _items(0, 5), "is_public": True}
    client.post("/certificates/generate", body, Prefer="wait=30")
    listed = client.get("/certificates/generated/public?limit=5").json["items"]
    files = [file["url"] for entry in listed for file in entry["files"] if file["rendition"] == "pdf"]
    return {
        "people": [{"id": str(owner), "key": key} for owner, key in zip(owners, keys, strict=True)],
        "files": files,
    }


def _items(start: int, end: int) -> list[dict[str, str]]:
    return [{**_COURSE, "candidate_name": f"Asha Rao {number:x}"} for number in range(start, end)]


def _submit(client: Client, items: int) -> list[str]:
    return [
        client.post(
            "/certificates/generate",
            {"template": "therapist-classic", "items": _items(first, min(first + _LARGEST, items))},
        ).json["id"]
        for first in range(0, items, _LARGEST)
    ]


def _issued(parts: Parts) -> int:
    """All certificates, by the counters of their jobs."""
    with parts.sessions.begin() as session:
        return int(session.scalar(text("SELECT sum(issued) FROM jobs")) or 0)


def _rate(parts: Parts, seconds: float) -> float:
    before, started = _issued(parts), time.monotonic()
    time.sleep(seconds)
    return (_issued(parts) - before) / (time.monotonic() - started)


def _play(ours: RunningSystem, given: Path, people: int, minutes: float) -> bool:
    """Let them come and stay; whether any request failed."""
    _REPORT.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            *(str(_LOCUST), "--locustfile", "benchmarks/load/people.py", "--headless", "--only-summary"),
            *("--host", ours.base_url, "--users", str(people), "--spawn-rate", str(max(1, people // 20))),
            *("--run-time", f"{round(minutes * 60)}s", "--exit-code-on-error", "1"),
            *("--html", str(_REPORT / "report.html"), "--csv", str(_REPORT / "load"), "--csv-full-history"),
        ],
        cwd=ROOT,
        env={**os.environ, "LOAD_PEOPLE": str(given)},
        check=False,
    )
    return done.returncode != 0


def _children_cpu() -> float:
    """What processes that we started and that have ended used, in seconds."""
    times = psutil.Process().cpu_times()
    return float(times.children_user + times.children_system)


def _tell(
    people: int, minutes: float, rows: int, idle_rate: float, busy_rate: float, spent: Mapping[str, float]
) -> None:
    with (_REPORT / "load_stats.csv").open(newline="") as file:
        figures = {row["Name"]: row for row in csv.DictReader(file)}
    total = figures.pop("Aggregated")
    lines = [
        f"{people} people for {minutes:g} minutes, {rows:,} certificates there, {os.cpu_count()} cores for everything",
        f"  {'':<28}{'requests':>9}{'failed':>8}{'p50':>7}{'p95':>7}{'p99':>7} ms",
    ]
    for name, row in sorted(figures.items()):
        lines.append(
            f"  {name:<28}{int(row['Request Count']):>9,}{int(row['Failure Count']):>8,}"
            f"{row['50%']:>7}{row['95%']:>7}{row['99%']:>7}"
        )
    shares = ", ".join(
        f"{name} {cores:.2f}" for name, cores in sorted(spent.items(), key=lambda each: -each[1])
    )
    lines += [
        f"  {float(total['Requests/s']):.0f} requests a second; cores used: {shares}",
        f"  certificates drawn a second: {idle_rate:.1f} without them, {busy_rate:.1f} beside them",
    ]
    found = {
        "users": people,
        "requests": int(total["Request Count"]),
        "errors": int(total["Failure Count"]),
        "listings_p95_ms": max(
            float(row["95%"]) for name, row in figures.items() if name.startswith("listing")
        ),
        "idle_per_second": round(idle_rate, 1),
        "busy_per_second": round(busy_rate, 1),
        "progress": round(busy_rate / idle_rate, 3),
    }
    tell("make load", "\n".join([*lines, json.dumps(found)]))


if __name__ == "__main__":
    sys.exit(main())
