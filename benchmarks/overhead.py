"""What the system costs beside rendering: CPU of every process per certificate, against that of rendering alone.

Rendering alone is what a worker does between reading an item and storing its files: draw, PDF, PNG, thumbnail; measured in
this process, on the very items that the system is then given. The system is web, relay, workers, beat, Flower, PostgreSQL and
both Redis servers together, over one mixed run submitted and polled over HTTP. All samples were made before, once for each
process that draws, so that each has prepared the templates, as it does once in its life.

The system and the naive pipeline (benchmarks/naive.py) each make certificates of workload C on the same servers: PDF, PNG
at 150 dpi, thumbnail and row. `vs_naive` is how many times more CPU a naive certificate takes than one of the mixed run, and
`same_vs_naive` than the system takes for that very certificate.

All four take turns, a quarter of the work in each, since machines change their pace within minutes. A quarter is some
kinds' jobs, so that together they are one walk through all of them, as one run would be. Figures are of all together.

    make bench  [ITEMS=1000] [NAIVE=80]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple
from uuid import UUID

from benchmarks.comparison import naive_pipeline, requests_for
from benchmarks.cpu import cpu_seconds, risen
from benchmarks.telling import tell
from core import heap
from core.assets import Shelf
from core.jobs.chunks import artifacts_of, read_work
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.client import Client
from embedded.samples import Request, Samples
from embedded.system import ROOT, RunningSystem, system

_DRAWING: Final = 3  # processes, with the interactive worker's and two children of the bulk worker
_ROUNDS: Final = 4


class _Round(NamedTuple):
    """CPU ms a certificate."""

    items: int
    """Certificates of the mixed run."""
    seconds: float
    """That they took."""
    spent: Mapping[str, float]
    """Of the mixed run, by program."""
    render: float
    """Of rendering the same items alone."""
    same: float
    """Of the whole system for one of workload C."""
    naive: float
    """Of the naive pipeline for the same."""

    @property
    def system(self) -> float:
        return sum(self.spent.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=int(os.environ.get("ITEMS", "1000")))
    parser.add_argument("--naive", type=int, default=int(os.environ.get("NAIVE", "80")))
    asked = parser.parse_args()
    each = max(1, asked.naive // _ROUNDS)
    with (
        tempfile.TemporaryDirectory(prefix="certmill-bench-") as folder,
        system(Path(folder) / "var") as running,
        Client(running.base_url, running.admin_key) as client,
        naive_pipeline(running, Path(folder)) as naive,
        _parts(running) as parts,
    ):
        source = Samples(ROOT / "templates", client)
        for _ in range(_DRAWING - 1):
            _run(client, list(source.requests()))
        heap.settle()
        _render(parts, _run(client, list(source.requests())))
        certificates = requests_for(client, [each] * (_DRAWING + _ROUNDS))
        warming, sames = certificates[:_DRAWING], certificates[_DRAWING:]
        _run(client, warming)
        samples = _mixed(source, asked.items)
        rounds = []
        for number, same in enumerate(sames):
            started = time.perf_counter()
            first, end = (len(samples) * part // _ROUNDS for part in (number, number + 1))
            jobs, spent = _spent(client, samples[first:end])
            seconds = time.perf_counter() - started
            render = _render(parts, jobs)
            same_ms = sum(_spent(client, [same])[1].values())
            items = sum(map(_items, samples[first:end]))
            rounds.append(_Round(items, seconds, spent, render, same_ms, naive(each)))
    _tell(rounds, jobs=len(samples), same=each * _ROUNDS)


def _tell(rounds: Sequence[_Round], *, jobs: int, same: int) -> None:
    items = sum(each.items for each in rounds)

    def mixed(figures: Iterable[float]) -> float:
        """For one certificate of the mixed run, from what it was in each round."""
        return sum(each.items * figure for each, figure in zip(rounds, figures, strict=True)) / items

    spent = {name: mixed(each.spent.get(name, 0.0) for each in rounds) for name in rounds[0].spent}
    system_ms = mixed(each.system for each in rounds)
    render_ms = mixed(each.render for each in rounds)
    same_ms = mean(each.same for each in rounds)
    naive_ms = mean(each.naive for each in rounds)
    found = {
        "render_ms": round(render_ms, 2),
        "system_ms": round(system_ms, 2),
        "overhead": round(system_ms / render_ms, 3),
        "per_second": round(items / sum(each.seconds for each in rounds), 1),
        "naive_ms": round(naive_ms, 1),
        "vs_naive": round(naive_ms / system_ms, 1),
        "same_ms": round(same_ms, 2),
        "same_vs_naive": round(naive_ms / same_ms, 1),
    }
    lines = [
        f"{items} items in {jobs} jobs of all kinds, PDF + PNG at 150 dpi + thumbnail, in {len(rounds)} rounds",
        *(f"  {name:<20}{cpu:>8.2f} ms" for name, cpu in sorted(spent.items(), key=lambda pair: -pair[1])),
        f"  {'whole system':<20}{system_ms:>8.2f} ms of CPU a certificate",
        f"  {'rendering alone':<20}{render_ms:>8.2f} ms",
        f"{same} certificates of workload C, the same renditions",
        f"  {'whole system':<20}{same_ms:>8.2f} ms of CPU a certificate",
        f"  {'naive pipeline':<20}{naive_ms:>8.2f} ms",
        json.dumps(found),
    ]
    tell("make bench", "\n".join(lines))


def _mixed(samples: Samples, items: int) -> list[Request]:
    """All kinds in the proportion of their samples, repeated to about `items`: one job for each kind and spa, in the kind's
    templates by turns, so that a template more makes neither more jobs nor smaller ones."""
    once = sum(map(_items, _by_turns(samples.requests())))
    return _by_turns(samples.requests(times=max(1, round(items / once))))


def _by_turns(requests: Iterable[Request]) -> list[Request]:
    kinds: defaultdict[str, defaultdict[str, list[Request]]] = defaultdict(lambda: defaultdict(list))
    for request in requests:
        kinds[request.kind][request.body["template"]].append(request)
    return [
        same[place % len(same)]
        for templates in kinds.values()
        for place, same in enumerate(zip(*templates.values(), strict=True))
    ]


def _items(request: Request) -> int:
    return len(request.body["items"])


def _spent(client: Client, samples: Sequence[Request]) -> tuple[list[str], dict[str, float]]:
    """Have some jobs made; their ids, and what a certificate of theirs took of each program's CPU, in ms."""
    before = cpu_seconds()
    jobs = _run(client, samples)
    items = sum(map(_items, samples))
    return jobs, {
        name: seconds * 1000 / items for name, seconds in risen(before).items() if name != "naive workers"
    }


def _run(client: Client, samples: Sequence[Request]) -> list[str]:
    """Submit everything and wait for it; the jobs' ids. Exits where an item fails."""
    jobs = [client.post("/certificates/generate", request.body).json["id"] for request in samples]
    for job in jobs:
        while (answer := client.get(f"/jobs/{job}").json)["state"] != "completed":
            time.sleep(0.2)
        if answer["failed"]:
            sys.exit(f"{answer['failed']} items of job {job} failed")
    return jobs


@contextmanager
def _parts(running: RunningSystem) -> Iterator[Parts]:
    parts = build_runtime(read_settings(running.environment), send=lambda _: None)
    yield parts
    parts.engine.dispose()


def _render(parts: Parts, jobs: Sequence[str]) -> float:
    """CPU ms for rendering one certificate of those jobs, as a worker renders it, and nothing else."""
    with parts.sessions.begin() as session:
        works = [read_work(session, UUID(job)) for job in jobs]
    started = time.process_time()
    for work in works:
        pictures = Shelf(parts.storage)
        for item in work.items:
            artifacts_of(parts, work, item, pictures=pictures)
    return (time.process_time() - started) * 1000 / sum(len(work.items) for work in works)


if __name__ == "__main__":
    main()
