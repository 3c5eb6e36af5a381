"""Certmill under fire: real processes, random faults at random moments, people who use it meanwhile; then every row and file is
looked at.

    make chaos  [ITEMS=3000] [FAULTS=20] [SEED=1]

ITEMS certificates are asked for in jobs of all sizes while FAULTS strike, spread over the work. Only PDFs are drawn, which lets
a laptop go through 100,000 in some minutes; all else is as in production. The last line is one JSON object; exit code 1 says
that something was lost, doubled, stale, spoilt or left over.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from core.callers import Caller
from core.failpoints import POINTS, VARIABLE, Failpoints
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from core.users import create_key, create_user
from embedded.system import RunningSystem, system
from sending import sender
from tests.chaos.faults import Faults
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
from tests.chaos.verdict import judge, wait_for_rest

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
    print(json.dumps(report))
    wrong = ("lost", "doubled", "stale_reads", "bad_hashes", "backwards", "crashed", "findings", "complaints")
    return 1 if any(report[name] for name in wrong) or not report["came_to_rest"] else 0


def _burn(
    asked: argparse.Namespace, running: RunningSystem, parts: Parts, points: Failpoints
) -> dict[str, object]:
    chance = random.Random(asked.seed)
    faults = Faults(running, parts, points, chance)
    kinds = asked.only.split(",") if asked.only else _weighted(list(faults.kinds))
    notes, stop = Notes(), threading.Event()
    held, sent = Recovery(parts, held=True), Recovery(parts, held=False)
    struck = 0
    items: int = asked.items
    planned: int = asked.faults

    def allowed() -> int:
        # A little ahead of the faults, so that they always meet work.
        return min(items, items * (struck + 2) // max(planned, 1))

    people = [_person(running, parts, name, notes, stop) for name in ("Asha", "Chitra", "Bina")]
    bina = people[2][0]
    watched = Watched(str(people[2][1].user_id))
    began = time.monotonic()
    with working(
        notes,
        *[
            (
                f"batches {number}",
                lambda person=person, number=number: submit_batches(
                    person, notes, allowed, random.Random(asked.seed * 10 + number), stop
                ),
            )
            for number, (person, _, _) in enumerate(people[:2])
        ],
        ("singles", lambda: submit_singles(bina, watched, lambda: notes.items < asked.items, stop)),
        *[
            (
                f"reader {number}",
                lambda: read_listings(_again(running, people[2], notes, stop), watched, notes, stop),
            )
            for number in range(2)
        ],
        (
            "files",
            lambda: read_files(
                _again(running, people[2], notes, stop), watched, notes, stop, random.Random(asked.seed)
            ),
        ),
    ) as any_alive:
        while struck < planned:
            _tend(faults, held, sent, until=time.monotonic() + chance.uniform(0.2, 2) * asked.pause / 1.1)
            kind = chance.choice(kinds)
            if kind.startswith(("kill_child", "kill_worker", "stop_worker", "failpoint")):
                held.note()
            if kind in ("broker_flushed", "broker_restarted_empty"):
                sent.note()
            faults.strike(kind)
            struck += 1
            print(
                f"{time.monotonic() - began:7.1f} s  {kind:<26} {notes.items:>7} items accepted", flush=True
            )
        while notes.items < asked.items and any_alive():
            _tend(faults, held, sent, until=time.monotonic() + 0.5)
        faults.end()
        rest = wait_for_rest(parts, lambda: _look(faults, held, sent), within=300)
        stop.set()
    seconds = time.monotonic() - began
    wait_for_rest(parts, faults.tend, within=60)
    verdict = judge(parts, notes, redraw=notes.items <= REDRAWN_UP_TO)
    for line in (*verdict.findings[:20], *notes.complaints[:20]):
        print(f"WRONG  {line}", file=sys.stderr)
    return {
        "items": notes.items,
        "jobs": len(notes.accepted),
        "seconds": round(seconds, 1),
        "faults": dict(sorted(faults.struck.items())),
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "crashed": verdict.crashed,
        "reads": notes.reads,
        "stale_reads": notes.stale_reads,
        "files_read": notes.files_read,
        "bad_hashes": notes.bad_hashes,
        "backwards": notes.backwards,
        "cancelled_jobs": len(notes.cancelled),
        "recoveries": len(held.returned),
        "recovery_p99_s": percentile(held.returned, 99),
        "recovery_max_s": percentile(held.returned, 100),
        "other_hands_max_s": percentile(held.seconds, 100),
        "after_wipe_max_s": percentile(sent.seconds, 100),
        "points_reached": len(points.reached),
        "points": len(POINTS),
        "left_in_broker": verdict.left_in_broker,
        "came_to_rest": rest,
        "findings": len(verdict.findings),
        "complaints": len(notes.complaints),
        "refused": dict(notes.refused),
        "seed": asked.seed,
    }


def _weighted(kinds: list[str]) -> list[str]:
    """As a rule processes die; servers go away less often."""
    often = {"kill_child": 6, "kill_worker": 4, "failpoint": 6, "duplicates": 2, "broker_flushed": 2}
    return [kind for kind in kinds for _ in range(often.get(kind, 1))]


def _tend(faults: Faults, held: Recovery, sent: Recovery, *, until: float) -> None:
    while time.monotonic() < until:
        _look(faults, held, sent)
        time.sleep(0.1)


def _look(faults: Faults, held: Recovery, sent: Recovery) -> None:
    faults.tend()
    held.look()
    sent.look()


def _person(
    running: RunningSystem, parts: Parts, name: str, notes: Notes, stop: threading.Event
) -> tuple[Person, Caller, str]:
    with parts.sessions.begin() as session:
        user = create_user(session, name=name, email=None, role="user", now=parts.clock())
        key = create_key(session, user_id=user.id, name="chaos", now=parts.clock())
    caller = Caller(user.id, user.role, user.name)
    return Person(running.base_url, key.secret, notes, stop), caller, key.secret


def _again(
    running: RunningSystem, person: tuple[Person, Caller, str], notes: Notes, stop: threading.Event
) -> Person:
    """The same person at another screen: a connection is for one thread."""
    return Person(running.base_url, person[2], notes, stop)


if __name__ == "__main__":
    sys.exit(main())
