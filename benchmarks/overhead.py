"""What the system costs beside rendering: CPU of every process per certificate, against that of rendering alone.

Rendering alone is what a worker does between reading an item and storing its files: draw, PDF, PNG, thumbnail; measured in
this process, on the very items that the system is then given. The system is web, relay, workers, beat, Flower, PostgreSQL and
both Redis servers together, over one mixed run submitted and polled over HTTP. Both on the same machine, one after another,
after the same jobs have warmed up: all samples, once for each process that draws, so that each has prepared the templates, as
it does once in its life.

Then the system and the naive pipeline (benchmarks/naive.py) each make certificates of workload C on the same servers: PDF, PNG
at 150 dpi, thumbnail and row. `vs_naive` is how many times more CPU a naive certificate takes than one of the mixed run, and
`same_vs_naive` than the system takes for that very certificate.

    make bench  [ITEMS=1000] [NAIVE=80]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.comparison import naive_ms, requests_for
from benchmarks.cpu import cpu_seconds, risen
from benchmarks.telling import tell
from core import heap
from core.assets import Shelf
from core.jobs.chunks import Work, artifacts_of, read_work
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.client import Client
from embedded.samples import Request, Samples
from embedded.system import ROOT, RunningSystem, system

_DRAWING: Final = 3  # processes, with the interactive worker's and two children of the bulk worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=int(os.environ.get("ITEMS", "1000")))
    parser.add_argument("--naive", type=int, default=int(os.environ.get("NAIVE", "80")))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="certmill-bench-") as folder:
        var = Path(folder) / "var"
        with system(var) as running, Client(running.base_url, running.admin_key) as client:
            source = Samples(ROOT / "templates", client)
            for _ in range(_DRAWING - 1):
                _run(client, list(source.requests()))
            warming = _run(client, list(source.requests()))
            samples = _mixed(source, asked.items)
            total = sum(len(request.body["items"]) for request in samples)
            before = cpu_seconds()
            started = time.perf_counter()
            jobs = _run(client, samples)
            seconds = time.perf_counter() - started
            spent = risen(before)
            system_ms = sum(spent.values()) * 1000 / total
            first, same = requests_for(client, asked.naive)
            _run(client, [first])
            before = cpu_seconds()
            _run(client, [same])
            same_ms = sum(risen(before).values()) * 1000 / asked.naive
            naive = naive_ms(running, Path(folder), asked.naive)
            render_ms = _render_ms(running, warming, jobs)
    found = {
        "render_ms": round(render_ms, 2),
        "system_ms": round(system_ms, 2),
        "overhead": round(system_ms / render_ms, 3),
        "per_second": round(total / seconds, 1),
        "naive_ms": round(naive, 1),
        "vs_naive": round(naive / system_ms, 1),
        "same_ms": round(same_ms, 2),
        "same_vs_naive": round(naive / same_ms, 1),
    }
    lines = [
        f"{total} items in {len(samples)} jobs of all kinds, PDF + PNG at 150 dpi + thumbnail",
        *(
            f"  {name:<20}{cpu * 1000 / total:>8.2f} ms"
            for name, cpu in sorted(spent.items(), key=lambda pair: -pair[1])
        ),
        f"  {'whole system':<20}{system_ms:>8.2f} ms of CPU a certificate",
        f"  {'rendering alone':<20}{render_ms:>8.2f} ms",
        f"{asked.naive} certificates of workload C, the same renditions",
        f"  {'whole system':<20}{same_ms:>8.2f} ms of CPU a certificate",
        f"  {'naive pipeline':<20}{naive:>8.2f} ms",
        json.dumps(found),
    ]
    tell("make bench", "\n".join(lines))


def _mixed(samples: Samples, items: int) -> list[Request]:
    """All kinds in the proportion of their samples, repeated to about `items`: one job for each template and spa."""
    once = sum(len(request.body["items"]) for request in samples.requests())
    return list(samples.requests(times=max(1, round(items / once))))


def _run(client: Client, samples: Sequence[Request]) -> list[str]:
    """Submit everything and wait for it; the jobs' ids. Exits where an item fails."""
    jobs = [client.post("/certificates/generate", request.body).json["id"] for request in samples]
    for job in jobs:
        while (answer := client.get(f"/jobs/{job}").json)["state"] != "completed":
            time.sleep(0.2)
        if answer["failed"]:
            sys.exit(f"{answer['failed']} items of job {job} failed")
    return jobs


def _render_ms(running: RunningSystem, warming: Sequence[str], jobs: Sequence[str]) -> float:
    """CPU ms for rendering one certificate of those jobs, as a worker renders it, and nothing else."""
    parts = build_runtime(read_settings(running.environment), send=lambda _: None)
    with parts.sessions.begin() as session:
        first, works = ([read_work(session, UUID(job)) for job in some] for some in (warming, jobs))
    heap.settle()
    _draw(parts, first)
    started = time.process_time()
    _draw(parts, works)
    spent = time.process_time() - started
    parts.engine.dispose()
    return spent * 1000 / sum(len(work.items) for work in works)


def _draw(parts: Parts, works: Sequence[Work]) -> None:
    for work in works:
        pictures = Shelf(parts.storage)
        for item in work.items:
            artifacts_of(parts, work, item, pictures=pictures)


if __name__ == "__main__":
    main()
