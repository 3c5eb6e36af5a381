"""Real processes that count into one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.figures import instruments, living, registry_of
from core.settings import ROOT

PROGRAM = """
import sys
from pathlib import Path
from core import figures
from core.figures import instruments

figures.join(Path(sys.argv[1]), sys.argv[2])
for line in sys.stdin:
    for _ in range(int(line)):
        instruments.issued_items.labels("spa_therapist").inc()
        instruments.item_seconds.labels("spa_therapist").observe(0.04)
        instruments.connections.labels(sys.argv[2], "used").inc()
    print("counted", flush=True)
"""
Start = Callable[[str], "Counting"]


class Counting:
    """A process that counts as often as it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def count(self, times: int) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(times, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """`start("worker")`: a process of that program."""
    with ExitStack() as stack:

        def begin(program: str) -> Counting:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, str(folder), program],
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return Counting(process)

        yield begin


def told(folder: Path, name: str, **labels: str) -> float | None:
    return registry_of(folder).get_sample_value(name, labels)


def test_what_several_processes_count_is_one_sum(folder: Path, start: Start) -> None:
    for times in (3, 4):
        start("worker").count(times)

    assert told(folder, "certmill_issued_items_total", kind="spa_therapist") == 7
    assert told(folder, "certmill_item_seconds_count", kind="spa_therapist") == 7
    assert told(folder, "certmill_item_seconds_bucket", kind="spa_therapist", le="0.03") == 0
    assert told(folder, "certmill_item_seconds_bucket", kind="spa_therapist", le="0.05") == 7
    assert told(folder, "certmill_item_seconds_bucket", kind="spa_therapist", le="+Inf") == 7
    assert told(folder, "certmill_item_seconds_sum", kind="spa_therapist") == pytest.approx(0.28)


def test_a_process_that_was_killed_takes_nothing_along_that_it_counted(folder: Path, start: Start) -> None:
    first, second = start("worker"), start("worker")
    first.count(3)
    second.count(4)
    first.kill()
    for _ in range(2):
        assert told(folder, "certmill_issued_items_total", kind="spa_therapist") == 7
        assert told(folder, "certmill_item_seconds_bucket", kind="spa_therapist", le="0.05") == 7
    second.count(1)
    second.kill()
    assert told(folder, "certmill_issued_items_total", kind="spa_therapist") == 8


def test_what_is_in_use_is_only_what_those_who_live_use(folder: Path, start: Start) -> None:
    first, second = start("worker"), start("worker")
    first.count(3)
    second.count(4)
    assert told(folder, "certmill_connections", program="worker", place="used") == 7
    first.kill()
    assert told(folder, "certmill_connections", program="worker", place="used") == 4


def test_files_are_as_many_as_processes_however_many_came_and_went(folder: Path, start: Start) -> None:
    for _ in range(4):
        process = start("worker")
        process.count(1)
        process.kill()
        assert told(folder, "certmill_issued_items_total", kind="spa_therapist") is not None
    assert {file.name for file in folder.iterdir()} == {"lock", "counter_0.db", "histogram_0.db"}
    assert told(folder, "certmill_issued_items_total", kind="spa_therapist") == 4


def test_a_process_id_that_comes_again_is_another_process(folder: Path, start: Start) -> None:
    """What the last start of the machine left: the same id, begun at another time."""
    process = start("worker")
    process.count(2)
    (folder / f"process-{process.process.pid}").write_text("1 worker")
    assert living(folder) == []


def test_memory_is_told_by_program_and_process(folder: Path, start: Start) -> None:
    process = start("worker-bulk")
    process.count(1)
    pid = process.process.pid
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    assert told(folder, "certmill_resident_bytes", program="worker-bulk", pid=str(pid)) == resident
    assert told(folder, "certmill_processes", program="worker-bulk") == 1


def test_on_a_full_disk_a_process_works_and_counts_for_itself(mounted: Callable[..., Path]) -> None:
    """Found at its start: a write into a hole of a file would end it later, with SIGBUS."""
    folder = mounted("tmpfs", size="256k")
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), "worker"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="1\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "No space left on device" in said.stdout
    assert said.stdout.endswith("counted\n")
    assert living(folder) == []
    # Whoever is asked tells of itself then; other tests may have counted in this process.
    own = instruments.registry.get_sample_value("certmill_issued_items_total", {"kind": "spa_therapist"})
    assert told(folder, "certmill_issued_items_total", kind="spa_therapist") == own
