"""The figures of all processes of one machine, in one folder.

Each process keeps its own in files that carry its id, as prometheus_client's multiprocess mode does, and says in a file beside
them which program it is. Whoever is asked sums them up; what dead processes left is summed up for good then, so that a folder
holds as many files as there are processes. Without a folder a process tells only of itself.
"""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import orjson
import structlog
from prometheus_client import CollectorRegistry, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from core.figures.instruments import registry

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"  # what prometheus_client asks for
_SUMMED: Final = ("counter", "histogram")
_LIVE: Final = "gauge_livesum"
_GONE: Final = 0
"""Stands where a process id does: the sums of those that are dead."""
_RESERVED: Final = {"counter": 1 << 18, "histogram": 1 << 20, _LIVE: 1 << 16}
"""Bytes. A disk that is full would otherwise end a process that writes into a hole of its file (SIGBUS)."""

_log = structlog.get_logger(__name__)

Totals = dict[str, float]


@dataclass(frozen=True, slots=True)
class Process:
    """A process that lives: which program it is, and the memory that it has for itself or shares, in bytes."""

    pid: int
    program: str
    resident_bytes: int


_program = "none"


def program() -> str:
    """Which program this process is."""
    return _program


def join(folder: Path | None, name: str) -> None:
    """Keep the figures of this process in `folder`. To be called by each process that works, after the fork that made it.

    Where the folder is full or not ours the process keeps them to itself: work does not stop for it.
    """
    global _program  # noqa: PLW0603, one program for one process
    _program = name
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            for kind, size in _RESERVED.items():
                _reserve(folder / f"{kind}_{os.getpid()}.db", size)
            _register(folder, os.getpid(), name)
    except OSError as error:
        _log.warning("figures kept by this process alone", folder=str(folder), error=str(error))
        return
    if os.environ.get(_VARIABLE) != str(folder):
        os.environ[_VARIABLE] = str(folder)
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def tell_of(folder: Path | None, pid: int, name: str) -> None:
    """Of a process that runs no code of ours: its memory is told."""
    if folder is not None:
        with suppress(OSError), _locked(folder):
            _register(folder, pid, name)


def living(folder: Path) -> list[Process]:
    """The processes that joined and are still there."""
    found = []
    for file in folder.glob("process-*"):
        pid = int(file.name.removeprefix("process-"))
        with suppress(OSError):
            started, _, name = file.read_text().partition(" ")
            if started == _started(pid):
                found.append(Process(pid, name, _resident_bytes(pid)))
    return sorted(found, key=lambda process: (process.program, process.pid))


def collect(folder: Path | None) -> Iterator[Metric]:
    """The figures of this machine, or of this process where there is no folder that it may use."""
    if folder is None:
        yield from registry.collect()
        return
    try:
        with _locked(folder):
            _sum_up_dead(folder)
            here = living(folder)
            totals = _totals(folder.glob("*.db"))
    except OSError as error:
        _log.warning("figures of this process alone are told", folder=str(folder), error=str(error))
        yield from registry.collect()
        return
    yield from _families(totals)
    yield from _processes(here)


def _processes(here: Iterable[Process]) -> Iterator[Metric]:
    memory = GaugeMetricFamily(
        "certmill_resident_bytes",
        "Resident memory; what a worker's children share counts in each.",
        labels=["program", "pid"],
    )
    counts: dict[str, int] = defaultdict(int)
    for process in here:
        memory.add_metric([process.program, str(process.pid)], process.resident_bytes)
        counts[process.program] += 1
    yield memory
    processes = GaugeMetricFamily("certmill_processes", "Processes that live.", labels=["program"])
    for name, count in counts.items():
        processes.add_metric([name], count)
    yield processes


class Collector:
    """`collect` as a registry of prometheus_client asks for it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        return collect(self._folder)


def registry_of(folder: Path | None) -> CollectorRegistry:
    """A registry with the figures of this machine."""
    found = CollectorRegistry(auto_describe=False)
    found.register(Collector(folder))
    return found


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _register(folder: Path, pid: int, name: str) -> None:
    (folder / f"process-{pid}").write_text(f"{_started(pid)} {name}")


def _reserve(file: Path, size: int) -> None:
    with file.open("ab") as opened:
        os.posix_fallocate(opened.fileno(), 0, size)


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine did: with its id, what no other process has."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _sum_up_dead(folder: Path) -> None:
    alive = {process.pid for process in living(folder)}
    for kind in _SUMMED:
        dead = [file for file in folder.glob(f"{kind}_*.db") if _pid_of(file) not in (_GONE, *alive)]
        if dead:
            kept = folder / f"{kind}_{_GONE}.db"
            _write(_totals([*dead, *([kept] if kept.exists() else [])]), kept, size=_RESERVED[kind])
            for file in dead:
                file.unlink()
    for file in [*folder.glob(f"{_LIVE}_*.db"), *folder.glob("process-*")]:
        if _pid_of(file) not in alive:
            file.unlink()


def _pid_of(file: Path) -> int:
    return int(file.stem.rpartition("-" if file.name.startswith("process-") else "_")[2])


def _write(totals: Totals, file: Path, *, size: int) -> None:
    """As a whole: a process that is killed meanwhile leaves what was there."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    _reserve(new, size)
    written = MmapedDict(str(new))  # type: ignore[no-untyped-call]
    for key, value in totals.items():
        written.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    written.close()  # type: ignore[no-untyped-call]
    new.replace(file)


def _totals(files: Iterable[Path]) -> Totals:
    """By prometheus_client's key: name, sample, labels and help, as JSON."""
    totals: Totals = defaultdict(float)
    for file in files:
        if file.stat().st_size:
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                totals[key] += value
    return totals


@lru_cache(maxsize=20_000)
def _parsed(key: str) -> tuple[str, str, Mapping[str, str], str]:
    name, sample, labels, words = orjson.loads(key)
    return name, sample, labels, words


def _families(totals: Mapping[str, float]) -> Iterator[Metric]:
    kinds = {metric.name: metric.type for metric in registry.collect()}
    families: dict[str, Metric] = {}
    buckets: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[float, float]]] = defaultdict(list)
    for key, value in totals.items():
        name, sample, labels, words = _parsed(key)
        if name not in kinds:
            continue  # of a release before this one
        family = families.setdefault(name, Metric(name, words, kinds[name]))
        if "le" in labels:
            others = tuple(pair for pair in labels.items() if pair[0] != "le")
            buckets[name, others].append((float(labels["le"]), value))
        else:
            family.samples.append(Sample(sample, dict(labels), value))
    for (name, others), counted in buckets.items():
        reached = 0.0
        for bound, value in sorted(counted):
            reached += value
            written: str = floatToGoString(bound)  # type: ignore[no-untyped-call]
            families[name].samples.append(Sample(f"{name}_bucket", {**dict(others), "le": written}, reached))
        families[name].samples.append(Sample(f"{name}_count", dict(others), reached))
    yield from families.values()
