from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core import failpoints
from core.failpoints import POINTS, VARIABLE, Failpoints
from core.settings import ROOT

REACH = """
from core.failpoints import reach
try:
    reach("chunk.claimed")
except Exception as error:  # whatever it was armed to raise
    print(type(error).__name__, getattr(error, "errno", ""))
print("on")
"""
Run = Callable[[Mapping[str, str]], subprocess.CompletedProcess[str]]


@pytest.fixture
def points(tmp_path: Path) -> Failpoints:
    return Failpoints(tmp_path / "failpoints")


def run(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A process that comes to one point and goes on."""
    command = [sys.executable, "-c", REACH]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, text=True, capture_output=True, check=False
    )


def test_every_point_stands_at_one_place_of_the_code() -> None:
    folders = ("api", "core", "workers")
    code = "".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py"))
    used = Counter(re.findall(r"^ *reach\(\"([^\"]+)\"\)$", code, re.MULTILINE))
    assert used == Counter(POINTS)


def test_where_nothing_is_armed_a_point_is_an_empty_function() -> None:
    assert VARIABLE not in os.environ
    assert failpoints.reach is failpoints._pass


def test_a_process_that_was_not_started_for_it_meets_nothing(points: Failpoints) -> None:
    points.arm("chunk.claimed", "crash")
    assert run({}).stdout == "on\n"
    assert points.armed == 1


def test_what_is_armed_happens_so_many_times_whoever_comes(points: Failpoints) -> None:
    variables = {VARIABLE: str(points.folder)}
    points.arm("chunk.claimed", "crash", times=2)
    codes = [run(variables).returncode for _ in range(3)]
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert points.reached == {"chunk.claimed"}


def test_what_is_armed_elsewhere_or_was_disarmed_does_not_happen(points: Failpoints) -> None:
    points.arm("chunk.stored", "crash")
    points.arm("chunk.claimed", "crash")
    points.disarm()
    points.arm("chunk.received", "crash")
    assert run({VARIABLE: str(points.folder)}).stdout == "on\n"


@pytest.mark.parametrize(
    ("action", "said"),
    [("raise", "InjectedError \non\n"), ("disk_full", "OSError 28\non\n"), ("delay", "on\n")],
)
def test_a_point_can_stumble(points: Failpoints, action: failpoints.Action, said: str) -> None:
    points.arm("chunk.claimed", action)
    assert run({VARIABLE: str(points.folder)}).stdout == said


def test_a_process_that_stops_goes_on_when_it_is_told_to(points: Failpoints) -> None:
    points.arm("chunk.claimed", "stop")
    environment = {**os.environ, VARIABLE: str(points.folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", REACH], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert process.communicate()[0] == "on\n"


def test_a_folder_that_no_test_made_stops_a_process_from_starting(tmp_path: Path) -> None:
    assert "no test made" in run({VARIABLE: str(tmp_path)}).stderr
