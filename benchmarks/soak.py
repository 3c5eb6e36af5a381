"""Does anything grow? The whole system at full load for half an hour: memory, open files and connections, and what the logs say.

All built-in samples are asked for over and over, so that there is always more work than the workers can do, while listings
and jobs are read. Every ten seconds each program is looked at. A program's growth is what the median of the last quarter of
the time has over that of the second quarter; the first is for caches to fill.

    make soak  [MINUTES=30]

Files of some 15 GB are written in half an hour, and removed at the end. Exit code 1 says that a warning or an error was logged
that is not among those explained here.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import psutil
from sqlalchemy import Engine, create_engine, text

from benchmarks.cpu import programs
from benchmarks.telling import tell
from embedded.client import Client
from embedded.samples import Samples
from embedded.system import ROOT, RunningSystem, system

_EVERY: Final = 10.0
_WARNING: Final = re.compile(r"\b(WARNING|ERROR|FATAL|PANIC)\b:? *(.*)")
_EXPLAINED: Final = (
    "running the worker with superuser privileges",  # celery's, of root in a container
    "Memory overcommit must be enabled",  # valkey's, of background saves, which ours does not do
    "Configuration allows spawning up to",  # granian's, of threads, which wait for PostgreSQL most of the time
)


class Look(NamedTuple):
    """What there was at one moment, by program; connections are PostgreSQL's clients."""

    memory: dict[str, int]
    files: dict[str, int]
    connections: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES", "30")))
    minutes = parser.parse_args().minutes
    with (
        tempfile.TemporaryDirectory(prefix="certmill-soak-") as folder,
        system(Path(folder) / "var") as running,
        Client(running.base_url, running.admin_key) as client,
    ):
        started = time.monotonic()
        looks, made = _soak(running, client, until=started + 60 * minutes)
        seconds = time.monotonic() - started
        said = Counter(_said(Path(folder) / "var" / "log"))
    first, last = looks[len(looks) // 4 : len(looks) // 2], looks[-(len(looks) // 4) :]
    memory, files = (_growth(first, last, of) for of in (lambda look: look.memory, lambda look: look.files))
    lines = [
        f"{minutes:g} minutes, {made} certificates, {made / seconds:.1f} a second",
        "  memory, MB; open files:",
    ]
    for name in sorted(memory):
        (before, after), (fewer, more) = memory[name], files[name]
        lines.append(f"  {name:<20}{before / 1e6:>8.1f} → {after / 1e6:>8.1f}   {fewer:>5.0f} → {more:>5.0f}")
    before, after = (median(look.connections for look in some) for some in (first, last))
    lines.append(f"  {'connections':<20}{before:>8.0f} → {after:>8.0f}")
    lines += [f"  {count} × {line}" for line, count in said.most_common()] or [
        "  no warning and no error in the logs"
    ]
    found = {
        "minutes": minutes,
        "certificates": made,
        "memory_growth": {name: round(end / begin - 1, 3) for name, (begin, end) in memory.items()},
        "files_growth": {name: round(end - begin) for name, (begin, end) in files.items()},
        "connections_growth": round(after - before),
        "logged": sum(said.values()),
    }
    tell("make soak", "\n".join([*lines, json.dumps(found)]))
    sys.exit(1 if said else 0)


def _soak(running: RunningSystem, client: Client, *, until: float) -> tuple[list[Look], int]:
    """Keep all of it busy and look at it; what was seen, and how many certificates were made."""
    source = Samples(ROOT / "templates", client)
    engine = create_engine(running.servers.urls.database_url)
    looks: list[Look] = []
    jobs: list[str] = []
    made, due = 0, time.monotonic()
    while time.monotonic() < until:
        if len(jobs) < 50:  # half of what a round brings
            jobs += [
                client.post("/certificates/generate", each.body).json["id"] for each in source.requests()
            ]
        answers = {job: client.get(f"/jobs/{job}").json for job in jobs[:10]}
        client.get("/certificates/generated/public?limit=50")
        client.get("/jobs?limit=50")
        done = {job for job, answer in answers.items() if answer["state"] == "completed"}
        made += sum(answers[job]["issued"] for job in done)
        jobs = [job for job in jobs if job not in done]
        if time.monotonic() > due:
            looks.append(_look(engine))
            due += _EVERY
        time.sleep(0.2)
    engine.dispose()
    return looks, made


def _look(engine: Engine) -> Look:
    memory: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for name, process in programs():
        try:
            # pss: shared pages count once
            resident, opened = process.memory_full_info().pss, process.num_fds()
        except psutil.NoSuchProcess:
            continue
        memory[name] += resident
        files[name] += opened
    with engine.connect() as connection:
        count = connection.execute(
            text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        )
        return Look(memory, files, count.scalar_one())


def _growth(
    first: Sequence[Look], last: Sequence[Look], of: Callable[[Look], dict[str, int]]
) -> dict[str, tuple[float, float]]:
    names = set[str]().union(*map(of, (*first, *last)))
    return {name: (_usual(first, of, name), _usual(last, of, name)) for name in names}


def _usual(looks: Sequence[Look], of: Callable[[Look], dict[str, int]], name: str) -> float:
    return median(of(look).get(name, 0) for look in looks)


def _said(logs: Path) -> Iterator[str]:
    """Each line of the logs that is a warning or worse, less what differs from one to the next."""
    for file in sorted(logs.iterdir()):
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                record = json.loads(line)
                if record["level"] in ("warning", "error", "critical"):
                    yield f"{file.stem}: {record['level']}: {record['event'][:100]}"
            elif (found := _WARNING.search(line)) and not any(known in line for known in _EXPLAINED):
                yield f"{file.stem}: {found[1]}: {re.sub(r'[0-9]+', 'N', found[2])[:100]}"


if __name__ == "__main__":
    main()
