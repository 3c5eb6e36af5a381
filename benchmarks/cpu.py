"""CPU that the processes of a run have used."""

from collections.abc import Iterable, Iterator

import psutil


def programs() -> Iterator[tuple[str, psutil.Process]]:
    """All our child processes and theirs, with the program that each belongs to."""
    for child in psutil.Process().children():
        name = _program(child)
        for process in (child, *child.children(recursive=True)):
            yield name, process


def cpu_seconds() -> dict[str, float]:
    """CPU used so far by all our child processes and theirs, dead ones included, by the program they are."""
    spent: dict[str, float] = {}
    for name, process in programs():
        times = process.cpu_times()
        own = times.user + times.system
        spent[name] = spent.get(name, 0.0) + own + times.children_user + times.children_system
    return spent


def risen(before: dict[str, float], names: Iterable[str] | None = None) -> dict[str, float]:
    """What was used since `before`, by those programs or by all."""
    after = cpu_seconds()
    return {name: after[name] - before.get(name, 0.0) for name in names or after if name in after}


def _program(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    known = {
        "benchmarks.naive": "naive workers",
        "postgres": "PostgreSQL",
        "appendonly": "broker",
        "valkey": "Redis",
        "granian": "web",
        "interactive@": "worker-interactive",
        "bulk@": "worker-bulk",
        "deliveries@": "worker-deliveries",
        " beat": "beat",
        " flower": "Flower",
    }
    return next((name for sign, name in known.items() if sign in words), process.name())
