"""Every fault at every named point, one cell after another, on one running system; each cell's outcome is printed.

    make chaos-matrix  [ARGS="--points chunk.claimed,chunk.stored --faults crash,broker_flushed"]

A cell arms its point, gives the system something to do that comes there, and waits until that is done in spite of it. A process
fault (crash, stop, raise, delay, and full or broken disks where a file is written) happens to whoever comes to the point; any
other strikes while somebody is held there. Leases are short, so that a cell takes seconds. The last line is one JSON object.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, get_args
from uuid import uuid4

from core.doctor.rows import examine_rows
from core.failpoints import POINTS, VARIABLE, Action, Failpoints, Point
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.system import RunningSystem, system
from sending import sender
from tests.chaos.faults import Faults
from tests.chaos.traffic import UNDRAWABLE, Notes, Person
from tests.chaos.verdict import judge, wait_for_rest

ACTIONS: Final[tuple[Action, ...]] = ("crash", "stop", "raise", "delay")
DISK_ACTIONS: Final[tuple[Action, ...]] = ("disk_full", "io_error", "read_only")
_ARMED: Final = frozenset({"failpoint", "disk"})
"""Faults that arm a point themselves, as each cell does."""
_SHORT: Final = {"LEASE_SECONDS": "4", "RESEND_SECONDS": "3", "LISTING_SECONDS": "2"}
_WITHIN: Final = 90.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", default=",".join(POINTS))
    parser.add_argument("--faults", help="these alone, by their names with commas")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="certmill-matrix-") as name:
        folder = Path(name)
        points = Failpoints(folder / "failpoints")
        given = {**os.environ, **_SHORT, VARIABLE: str(points.folder)}
        with system(folder / "var", given=given) as running:
            parts = build_runtime(
                read_settings(running.environment), send=sender(running.environment["BROKER_URL"])
            )
            matrix = Matrix(running, parts, points)
            faults = asked.faults.split(",") if asked.faults else matrix.faults
            cells = [
                (point, fault)
                for point in POINTS
                for fault in faults
                if point in asked.points.split(",")
                and (fault not in DISK_ACTIONS or point == "storage.half_written")
            ]
            outcomes = {(point, fault): matrix.try_cell(point, fault) for point, fault in cells}
            left = matrix.verdict()
            parts.engine.dispose()
    red = [f"{point} × {fault}: {said}" for (point, fault), said in outcomes.items() if said]
    for line in left:
        print(f"WRONG  {line}", file=sys.stderr)
    print(
        json.dumps({"cells": len(outcomes), "green": len(outcomes) - len(red), "red": red, "left": len(left)})
    )
    return 1 if red or left else 0


class Matrix:
    """One system, and somebody who asks it for things."""

    def __init__(self, running: RunningSystem, parts: Parts, points: Failpoints) -> None:
        self._parts = parts
        self._points = points
        self._faults = Faults(running, parts, points, random.Random(1), past_a_lease=6.0)
        self._notes = Notes()
        self._person = Person(running.base_url, running.admin_key, self._notes, threading.Event())
        self._pool = ThreadPoolExecutor(1)

    @property
    def faults(self) -> list[str]:
        """All that this machine can do."""
        struck = [fault for fault in self._faults.kinds if fault not in _ARMED]
        return [*ACTIONS, *DISK_ACTIONS, *struck]

    def try_cell(self, point: Point, fault: str) -> str:
        """What went wrong; nothing where all is as it should be."""
        began = time.monotonic()
        action = fault if fault in get_args(Action) else None
        prepared = self._run(_PREPARATIONS.get(point, _nothing))
        self._points.arm(point, "delay" if action is None else action)  # type: ignore[arg-type]
        said = ""
        try:
            self._run(
                lambda person: _WORK.get(point, _issue)(person, prepared),
                met=None if action else lambda: self._faults.strike(fault),
            )
            if self._points.armed:
                said = "nobody came to the point"
        except (AssertionError, TimeoutError) as error:
            said = str(error)
        self._faults.end()
        said = said or self._wrong_rows()
        print(f"{point:<24}{fault:<26}{said or 'ok':<40} {time.monotonic() - began:6.1f} s", flush=True)
        return said

    def verdict(self) -> list[str]:
        rest = wait_for_rest(self._parts, self._faults.tend, within=60)
        verdict = judge(self._parts, self._notes, redraw=True)
        numbers = {
            "came to rest": int(not rest),
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "crashed": verdict.crashed,
        }
        return [*verdict.findings, *(f"{name}: {number}" for name, number in numbers.items() if number)]

    def _run(self, work: Callable[[Person], str], met: Callable[[], None] | None = None) -> str:
        """Let somebody work while processes are tended; do `met` once the armed point was come to."""
        done: Future[str] = self._pool.submit(work, self._person)
        deadline = time.monotonic() + _WITHIN
        while not done.done() or (self._points.armed and time.monotonic() < deadline - _WITHIN + 12):
            if met is not None and not self._points.armed:
                met()
                met = None
            self._faults.tend()
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done within {_WITHIN:.0f} s")
            time.sleep(0.03)
        return done.result()

    def _wrong_rows(self) -> str:
        wait_for_rest(self._parts, self._faults.tend, within=30)
        with self._parts.sessions.begin() as session:
            return "; ".join(str(finding) for finding in examine_rows(session, at_rest=True))


def _nothing(person: Person) -> str:
    return ""


def _issue(person: Person, _: str) -> str:
    job = person.submit([f"Asha Rao {number}" for number in range(8)])
    answer = person.wait_for(job, lambda answer: answer["state"] == "completed")
    assert (answer["issued"], answer["failed"]) == (8, 0), answer
    return job.id


def _read_a_listing(person: Person, _: str) -> str:
    person.get(f"/certificates?q={uuid4().hex}")
    return ""


def _long_job(person: Person) -> str:
    return person.submit([f"Asha Rao {number}" for number in range(3000)]).id


def _cancel(person: Person, job_id: str) -> str:
    person.insist_on(f"/jobs/{job_id}/cancel")
    answer = person.get(f"/jobs/{job_id}")
    assert answer["state"] in ("cancelled", "completed"), answer
    return job_id


def _failing_job(person: Person) -> str:
    job = person.submit(["Asha Rao", UNDRAWABLE])
    person.wait_for(job, lambda answer: answer["state"] == "completed")
    return job.id


def _retry(person: Person, job_id: str) -> str:
    person.insist_on(f"/jobs/{job_id}/retry")
    while person.get(f"/jobs/{job_id}")["state"] != "completed":
        time.sleep(0.1)
    return job_id


def _wait(person: Person, _: str) -> str:
    """Upkeep comes by itself."""
    return _issue(person, "")


_PREPARATIONS: Final[dict[str, Callable[[Person], str]]] = {
    "cancel.written": _long_job,
    "retry.written": _failing_job,
}
_WORK: Final[dict[str, Callable[[Person, str], str]]] = {
    "listing.loaded": _read_a_listing,
    "cancel.written": _cancel,
    "retry.written": _retry,
    "upkeep.tidied": _wait,
}


if __name__ == "__main__":
    sys.exit(main())
