"""Web processes side by side, each with an application of its own, all started as the Procfile starts ours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.reads.asking import Connection, get
from embedded.ports import free_port
from embedded.procfile import Processes, read_procfile, running
from embedded.system import ROOT

OURS = "wsgi:app"
_UP_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Web:
    """One that answers on `port`."""

    port: int
    pid: int


@contextmanager
def served(
    name: str, app: str, environment: Mapping[str, str], *, logs: Path, shows: str = "/"
) -> Iterator[Web]:
    """Serve an application until the block ends; it is up when `shows` is answered with 200."""
    port = free_port()
    command = read_procfile((ROOT / "Procfile").read_text())["web"].replace(OURS, app)
    processes = Processes(
        {name: command}, environment={**environment, "PORT": str(port)}, folder=ROOT, logs=logs
    )
    with running(processes):
        _wait_for(port, shows, processes)
        yield Web(port, processes.children[name].pid)


def cpu_ms(pid: int) -> float:
    """CPU that a process and its children have used so far, those that have ended among them."""
    process = psutil.Process(pid)
    spent = 0.0
    for each in (process, *process.children(recursive=True)):
        times = each.cpu_times()
        spent += times.user + times.system + times.children_user + times.children_system
    return spent * 1000


def _wait_for(port: int, path: str, processes: Processes) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while True:
        try:
            with Connection(port, timeout=5) as connection:
                if connection.ask(get(path)).status == 200:
                    return
        except OSError:
            pass
        if ended := processes.ended():
            raise RuntimeError(ended)
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing answers on port {port}")
        time.sleep(0.05)
