"""Where the memory of a web process and of a worker's child goes while both work: what was held when it was most, by where it was
taken.

    make profile  [SECONDS=60] [INTO=docs/performance.md]

Everything runs, with memray in one web process and one child of the bulk worker. All built-in samples are asked for over and
over, and listings, jobs, files and bundles are read by five clients, for so many seconds. What is told is what Python and its
libraries allocate, not what is mapped otherwise. var/profile keeps memray's files and a flame graph of each. A child begins with
what it shares with its parent, which is told apart. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from memray import FileReader

from benchmarks.reads.webs import served
from benchmarks.telling import tell
from embedded.client import Client
from embedded.procfile import Processes, read_procfile, running
from embedded.samples import Samples
from embedded.system import ROOT, RunningSystem, system

_KEPT: Final = ROOT / "var" / "profile"
_MEMRAY: Final = Path(sys.executable).parent / "memray"
_OURS: Final = ("api", "core", "workers", "sending.py", "wsgi.py", "celeryconfig.py")
_SHOWN: Final = 12
_READERS: Final = 4
_PAUSE: Final = 0.1  # or they would leave no CPU to draw with


def main() -> None:
    seconds = float(os.environ.get("SECONDS", "60"))
    shutil.rmtree(_KEPT, ignore_errors=True)
    _KEPT.mkdir(parents=True)
    with (
        tempfile.TemporaryDirectory(prefix="certmill-profile-") as folder,
        system(Path(folder) / "var", only={"web"}) as ours,
    ):
        made, reads = _use(ours, seconds, logs=Path(folder) / "var" / "log")
    (web,) = _KEPT.glob("web.*")
    children = sorted(_KEPT.glob("worker.*"), key=lambda file: file.stat().st_size)
    found: dict[str, float] = {"certificates": made, "reads": reads}
    lines = [f"{seconds:g} s, {made:,} certificates, {reads:,} reads"]
    for name, file in {
        "web": web,
        "worker's parent": _KEPT / "worker",
        "worker's child": children[-1],
    }.items():
        peak, places = _peak(file)
        found[f"{name} MB"] = round(peak / 1e6, 1)
        lines.append(f"{name}: {peak / 1e6:.1f} MB at most")
        lines += [f"  {size / 1e6:>7.1f} MB  {place}" for place, size in places.most_common(_SHOWN)]
        _draw(file)
    tell("make profile", "\n".join([*lines, json.dumps(found)]))


def watched(command: str) -> str:
    """A command of the Procfile that starts Celery, with memray watching it and its children."""
    before, celery, options = command.partition(" celery ")
    assert celery, f"starts no Celery: {command}"
    return f"{before} {_MEMRAY} run --quiet --follow-fork --output {_KEPT / 'worker'} -m celery {options}"


def _use(ours: RunningSystem, seconds: float, *, logs: Path) -> tuple[int, int]:
    """Ask for work and read, so long; how many certificates were made, and how much was read."""
    commands = read_procfile((ROOT / "Procfile").read_text())
    workers = Processes(
        {
            "beat": commands["beat"],
            "worker-interactive": commands["worker-interactive"],
            "worker-bulk": watched(commands["worker-bulk"]),
        },
        environment={**ours.environment, "BULK_WORKERS": "1"},
        folder=ROOT,
        logs=logs,
    )
    environment = {**ours.environment, "WEB_WORKERS": "1", "ALLOCATIONS": str(_KEPT / "web")}
    app = "benchmarks.allocations.web:app"
    with (
        served("watched", app, environment, logs=logs, shows="/healthz") as web,
        running(workers),
        Client(f"http://127.0.0.1:{web.port}", ours.admin_key) as client,
        ThreadPoolExecutor(_READERS) as readers,
    ):
        until = time.monotonic() + seconds
        reading = [readers.submit(_read_on, web.port, ours.admin_key, until) for _ in range(_READERS)]
        made = _have_made(client, until)
        return made, sum(reader.result() for reader in reading)


def _have_made(client: Client, until: float) -> int:
    """Ask for all samples, and again, and fetch each job's bundle; how many certificates came of it."""
    source = Samples(ROOT / "templates", client)
    jobs: list[str] = []
    made = 0
    while time.monotonic() < until:
        if not jobs:
            jobs = [client.post("/certificates/generate", each.body).json["id"] for each in source.requests()]
        answer = client.get(f"/jobs/{jobs[0]}").json
        if answer["state"] == "completed":
            made += answer["issued"]
            client.get(f"/jobs/{jobs.pop(0)}/bundle?format=pdf")
        else:
            time.sleep(0.1)
    return made


def _read_on(port: int, key: str, until: float) -> int:
    """Read everything over and over; how much it was."""
    reads = 0
    with Client(f"http://127.0.0.1:{port}", key) as client:
        while time.monotonic() < until:
            for read in _reads(client):
                client.get(read)
                reads += 1
                time.sleep(_PAUSE)
    return reads


def _reads(client: Client) -> Iterator[str]:
    yield from (f"/certificates/generated/public?limit={limit}" for limit in (50, 200))
    yield from ("/certificates?limit=200", "/jobs?limit=50")
    for entry in client.get("/certificates?limit=2").json["items"]:
        yield from (file["url"] for file in entry["files"])


def _peak(file: Path) -> tuple[int, Counter[str]]:
    """What was held when it was most, in bytes, and by where it was taken."""
    places: Counter[str] = Counter()
    with FileReader(file) as reader:
        for record in reader.get_high_watermark_allocation_records(merge_threads=True):
            places[_place(record.stack_trace())] += record.size
    return places.total(), places


def _place(stack: list[tuple[str, str, int]]) -> str:
    """The innermost function of ours; or, while something was imported, the library that it belongs to."""
    libraries = (name for _, file, _ in stack if (name := _library(file)))
    for function, file, _ in stack:
        relative = file.removeprefix(f"{ROOT}/")
        if relative.startswith(_OURS):
            library = next(libraries, None) if function == "<module>" else None
            return f"importing {library}" if library else f"{relative} {function}"
    return next(libraries, "Python itself")


def _library(file: str) -> str:
    _, found, rest = file.partition("site-packages/")
    return rest.partition("/")[0].removesuffix(".py") if found else ""


def _draw(file: Path) -> None:
    command = [str(_MEMRAY), "flamegraph", "--force", "--output", f"{file}.html", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
