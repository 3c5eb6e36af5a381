"""Certmill under fire: real processes, random faults at random moments, people who use it meanwhile; then every row and file is
looked at.

    make chaos  [ITEMS=3000] [FAULTS=20] [SEED=1]

ITEMS certificates are asked for in jobs of all sizes while FAULTS strike, spread over the work. Only PDFs are drawn, which lets
a laptop go through 100,000 in some minutes; all else is as in production. The last line is one JSON object; exit code 1 says
that something was lost, doubled, stale, spoilt or left over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from core.failpoints import POINTS, VARIABLE, Failpoints, InjectedError
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from core.users import create_key, create_user
from embedded.system import RunningSystem, system
from sending import sender
from tests.chaos.faults import Faults, faked_clock
from tests.chaos.recovery import Recovery, percentile
from tests.chaos.traffic import (
    Notes,
    Person,
    Watched,
    read_files,
    read_listings,
    submit_batches,
    submit_singles,
    working,
)
from tests.chaos.verdict import Verdict, judge, wait_for_rest

REDRAWN_UP_TO = 20_000
"""Of more items the certificates are not drawn again to compare; their bytes' digests are their names, and read in any case."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=int(os.environ.get("ITEMS", "3000")))
    parser.add_argument("--faults", type=int, default=int(os.environ.get("FAULTS", "20")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--pause", type=float, default=float(os.environ.get("PAUSE", "3")))
    parser.add_argument("--only", help="faults of these kinds alone, by their names with commas")
    parser.add_argument("--keep", type=Path, help="the folder to work in, which is kept")
    asked = parser.parse_args()
    if faked_clock() is None:
        print("No clock is going to be wrong here: that needs libfaketime (apt install libfaketime).")
    with tempfile.TemporaryDirectory(prefix="certmill-chaos-") as folder:
        return _run(asked, asked.keep or Path(folder))


def _run(asked: argparse.Namespace, folder: Path) -> int:
    points = Failpoints(folder / "failpoints")
    given = {**os.environ, VARIABLE: str(points.folder), "LOG_LEVEL": "INFO"}
    with system(folder / "var", given=given) as running:
        parts = build_runtime(
            read_settings(running.environment), send=sender(running.environment["BROKER_URL"])
        )
        report = _burn(asked, running, parts, points)
        parts.engine.dispose()
    unforeseen = list(_unforeseen(folder / "var" / "log" / "web.log"))
    for fault in unforeseen:
        print(f"WRONG  answered with 500: {fault}", file=sys.stderr)
    report["unforeseen"] = len(unforeseen)
    print(json.dumps(report))
    wrong = [
        "lost",
        "doubled",
        "stale_reads",
        "bad_hashes",
        "backwards",
        "crashed",
        "findings",
        "complaints",
        "unforeseen",
        "left_in_broker",
    ]
    return 1 if any(report[name] for name in wrong) or not report["came_to_rest"] else 0


def _unforeseen(log: Path) -> Iterator[str]:
    """What was answered with 500, in the last words of its trace, but for what a point was told to raise."""
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            if '"event":"unforeseen"' in line:
                fault = json.loads(line)["exception"].strip().rpartition("\n")[2]
                if InjectedError.__name__ not in fault:
                    yield fault


def _burn(
    asked: argparse.Namespace, running: RunningSystem, parts: Parts, points: Failpoints
) -> dict[str, object]:
    fire = _Fire(asked, running, parts, points)
    people = fire.people()
    began = time.monotonic()
    with working(fire.notes, *people) as any_alive:
        fire.strike(began)
        while fire.wants_more() and any_alive():
            fire.tend(until=time.monotonic() + 0.5)
        fire.faults.end()
        rest = wait_for_rest(parts, fire.look, within=300)
        fire.stop.set()
    seconds = time.monotonic() - began
    wait_for_rest(parts, fire.faults.tend, within=60)
    verdict = judge(parts, fire.notes, redraw=fire.notes.items <= REDRAWN_UP_TO)
    for line in (*verdict.findings[:20], *fire.notes.complaints[:20]):
        print(f"WRONG  {line}", file=sys.stderr)
    return {
        **_told(fire, seconds),
        **_judged(verdict),
        "points_reached": len(points.reached),
        "points": len(POINTS),
        "came_to_rest": rest,
        "seed": asked.seed,
    }


class _Fire:
    """One run: who takes part, what strikes them, and what they note."""

    def __init__(
        self, asked: argparse.Namespace, running: RunningSystem, parts: Parts, points: Failpoints
    ) -> None:
        self._items: int = asked.items
        self._planned: int = asked.faults
        self._pause: float = asked.pause
        self._seed: int = asked.seed
        self._running = running
        self._parts = parts
        self._chance = random.Random(asked.seed)
        self._struck = 0
        self.faults = Faults(running, parts, points, self._chance)
        self._kinds = asked.only.split(",") if asked.only else _weighted(list(self.faults.kinds))
        self.notes = Notes()
        self.stop = threading.Event()
        self.held = Recovery(parts, held=True)
        self.sent = Recovery(parts, held=False)

    def people(self) -> list[tuple[str, Callable[[], None]]]:
        """Two submit jobs of all sizes. A third submits one certificate after another, and at other screens reads the listings
        that must have them and their files."""
        notes, stop = self.notes, self.stop
        asha, chitra, bina = (self._add_user(name) for name in ("Asha", "Chitra", "Bina"))
        watched = Watched(str(bina.id))
        batches = [
            (
                f"batches {number}",
                partial(
                    submit_batches,
                    self._person(user),
                    notes,
                    self._allowed,
                    random.Random(self._seed * 10 + number),
                    stop,
                ),
            )
            for number, user in enumerate((asha, chitra))
        ]
        singles = partial(submit_singles, self._person(bina), watched, self.wants_more, stop)
        readers = [
            (f"reader {number}", partial(read_listings, self._person(bina), watched, notes, stop))
            for number in range(2)
        ]
        files = partial(read_files, self._person(bina), watched, notes, stop, random.Random(self._seed))
        return [*batches, ("singles", singles), *readers, ("files", files)]

    def strike(self, began: float) -> None:
        """All faults that were planned, one after another, with pauses in which the system is tended."""
        while self._struck < self._planned:
            self.tend(until=time.monotonic() + self._chance.uniform(0.2, 2) * self._pause / 1.1)
            kind = self._chance.choice(self._kinds)
            if kind.startswith(
                ("kill_child", "kill_worker", "term_worker", "stop_worker", "clock_wrong", "failpoint")
            ):
                self.held.note()
            if kind in ("broker_flushed", "broker_restarted_empty"):
                self.sent.note()
            self.faults.strike(kind)
            self._struck += 1
            at = f"{datetime.now(UTC):%H:%M:%S} {time.monotonic() - began:7.1f} s"
            print(f"{at}  {kind:<26} {self.notes.items:>7} items accepted", flush=True)

    def wants_more(self) -> bool:
        return self.notes.items < self._items

    def tend(self, *, until: float) -> None:
        while time.monotonic() < until:
            self.look()
            time.sleep(0.1)

    def look(self) -> None:
        self.faults.tend()
        self.held.look()
        self.sent.look()

    def _allowed(self) -> int:
        # A little ahead of the faults, so that they always meet work.
        return min(self._items, self._items * (self._struck + 2) // max(self._planned, 1))

    def _add_user(self, name: str) -> _User:
        with self._parts.sessions.begin() as session:
            user = create_user(session, name=name, email=None, role="user", now=self._parts.clock())
            key = create_key(session, user_id=user.id, name="chaos", now=self._parts.clock())
        return _User(user.id, key.secret)

    def _person(self, user: _User) -> Person:
        """The user at one more screen: a connection is for one thread."""
        return Person(self._running.base_url, user.key, self.notes, self.stop)


@dataclass(frozen=True, slots=True)
class _User:
    id: UUID
    key: str


def _told(fire: _Fire, seconds: float) -> dict[str, object]:
    """What struck, what those saw who took part, and how soon work went on."""
    notes, held, sent = fire.notes, fire.held, fire.sent
    return {
        "items": notes.items,
        "jobs": len(notes.accepted),
        "seconds": round(seconds, 1),
        "faults": dict(sorted(fire.faults.struck.items())),
        "reads": notes.reads,
        "stale_reads": notes.stale_reads,
        "files_read": notes.files_read,
        "bad_hashes": notes.bad_hashes,
        "backwards": notes.backwards,
        "cancelled_jobs": len(notes.cancelled),
        "complaints": len(notes.complaints),
        "refused": dict(notes.refused),
        "recoveries": len(held.returned),
        "recovery_p99_s": percentile(held.returned, 99),
        "recovery_max_s": percentile(held.returned, 100),
        "other_hands_max_s": percentile(held.seconds, 100),
        "after_wipe_max_s": percentile(sent.seconds, 100),
    }


def _judged(verdict: Verdict) -> dict[str, object]:
    return {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "crashed": verdict.crashed,
        "left_in_broker": verdict.left_in_broker,
        "findings": len(verdict.findings),
    }


def _weighted(kinds: list[str]) -> list[str]:
    """As a rule processes die; servers go away less often."""
    often = {"kill_child": 6, "kill_worker": 4, "failpoint": 6, "duplicates": 2, "broker_flushed": 2}
    return [kind for kind in kinds for _ in range(often.get(kind, 1))]


if __name__ == "__main__":
    sys.exit(main())
