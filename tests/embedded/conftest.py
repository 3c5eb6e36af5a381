"""Folders and programs for the tests of what starts the servers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

START = """
import ctypes, os, sys, signal
from pathlib import Path
from embedded.servers import servers
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
if os.geteuid() != 0:  # an ordinary user's children have no privilege, whatever the test gave this program
    PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
    ctypes.CDLL(None).prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
given = dict(part.split("=", 1) for part in sys.argv[2:])
with servers(Path(sys.argv[1]), given) as running:
    ours = (running.database, running.broker, running.cache)
    print(*(server.pid for server in ours if server), flush=True)
    signal.pause()
"""


def lives(pid: int) -> bool:
    """A zombie that waits for its parent does not live."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pids: tuple[int, ...], *, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while any(map(lives, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(lives, pids))


@dataclass(frozen=True, slots=True)
class Program:
    """Another program that runs servers, and the process ids of those."""

    process: subprocess.Popen[str]
    servers: tuple[int, ...]


@pytest.fixture
def start_program() -> Iterator[Callable[..., Program]]:
    """Start another program on a folder, with servers given (`"DATABASE_URL=…"`) or `under` a command."""
    with ExitStack() as stack:

        def start(
            var: Path, *given: str, under: tuple[str, ...] = (), environment: dict[str, str] | None = None
        ) -> Program:
            process = stack.enter_context(
                subprocess.Popen(
                    [*under, sys.executable, "-c", START, str(var), *given],
                    env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            return Program(process, tuple(map(int, process.stdout.readline().split())))

        yield start
