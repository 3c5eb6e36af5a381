"""Does anybody who has seen a job completed get a listing without it? Reads while jobs complete and the cache goes down.

Two people have jobs made of one to five certificates, publicly listed, and poll them; from the moment in which a poll says
`completed`, their certificates must be on the first page of their owner's listing and of the public one, and the job must stay
completed. Readers ask for nothing else, half of them by `If-None-Match`, whose 304 means that what they have is what there is.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from benchmarks.reads.asking import Connection, get
from embedded.client import Client

READERS: Final = 4
_RECENT: Final = 12
"""So many certificates of each person are looked for on first pages of fifty."""
_FEWEST_JOBS: Final = 10
_PERSON: Final = {"course_name": "Thai Massage", "start_date": "2026-01-05", "end_date": "2026-03-27"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that everybody may know of."""

    id: bytes
    issued_at: datetime

    def is_lacked_by(self, body: bytes) -> bool:
        """Whether a first page ought to have it and has not: it may be full of newer ones, where the job was told late."""
        if self.id in body:
            return False
        page = json.loads(body)
        oldest = datetime.fromisoformat(page["items"][-1]["issued_at"]) if page["items"] else self.issued_at
        return page["next"] is None or oldest <= self.issued_at


@dataclass(slots=True)
class Notes:
    """What all of them saw."""

    reads: int = 0
    stale: int = 0
    jobs: int = 0
    interruptions: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """Answers by what they were: 304, or `X-Cache`."""
    complaints: list[str] = field(default_factory=list)
    told: deque[Certificate] = field(default_factory=lambda: deque(maxlen=2 * _RECENT))
    """The latest certificates of all that everybody may know of."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Person:
    """Somebody with a key, and their certificates that everybody may know of by now."""

    def __init__(self, user_id: str, key: str) -> None:
        self.key = key
        self.user_id = user_id
        self.jobs: deque[str] = deque(maxlen=_RECENT)
        self.known: deque[Certificate] = deque(maxlen=_RECENT)


@dataclass(frozen=True, slots=True)
class _Page:
    """An address to read, and the certificates that must be in its answer; of a job, that it is completed."""

    path: str
    key: str
    expected: Callable[[], Sequence[Certificate]] | None = None

    def lacks(self, body: bytes, expected: Sequence[Certificate]) -> str:
        """What is missing, if anything is."""
        if self.expected is None:
            return "" if b'"state":"completed"' in body else "completed"
        return next((each.id.decode() for each in expected if each.is_lacked_by(body)), "")


def read_on(
    base_url: str,
    port: int,
    people: Sequence[Person],
    *,
    reads: int,
    interrupt: Callable[[], object],
    seconds_between: float,
) -> Notes:
    """Read so many times, at the least until some jobs have completed and `interrupt` was called (in this thread) twice: what
    was seen."""
    notes, stop = Notes(), threading.Event()
    submitting = [partial(_submit, Client(base_url, person.key), person, notes, stop) for person in people]
    reading = [
        partial(_read, port, people, notes, reads, stop, remembers=number % 2 == 1)
        for number in range(READERS)
    ]
    threads = [
        threading.Thread(target=_carefully, args=(work, notes, stop)) for work in (*submitting, *reading)
    ]
    for thread in threads:
        thread.start()
    due = time.monotonic() + seconds_between
    while not stop.wait(0.1):
        if time.monotonic() > due:
            interrupt()
            notes.interruptions += 1
            due = time.monotonic() + seconds_between
    for thread in threads:
        thread.join(120)
    return notes


def _carefully(work: Callable[[], None], notes: Notes, stop: threading.Event) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001, whatever stops one of them is a finding
        notes.complaints.append(f"{type(error).__name__}: {error}")
        stop.set()


def _submit(client: Client, person: Person, notes: Notes, stop: threading.Event) -> None:
    chance = random.Random(person.user_id)
    while not stop.is_set():
        names = [f"Bina Shah {number}" for number in range(chance.randint(1, 5))]
        body: dict[str, Any] = {
            "template": "therapist-classic",
            "items": [{**_PERSON, "candidate_name": name} for name in names],
            "renditions": ["pdf"],
            "is_public": True,
        }
        job = client.post("/certificates/generate", body).json["id"]
        while client.get(f"/jobs/{job}").json["state"] != "completed":
            if stop.wait(0.1):
                return
        items = client.get(f"/jobs/{job}/items").json["items"]
        moment = client.get(items[0]["certificate_url"]).json["issued_at"]  # one chunk, so one moment for all
        certificates = [
            Certificate(item["certificate_id"].encode(), datetime.fromisoformat(moment)) for item in items
        ]
        person.known.extend(certificates)
        notes.told.extend(certificates)
        person.jobs.append(job)
        with notes.lock:
            notes.jobs += 1
        stop.wait(chance.uniform(0, 0.5))


def _read(
    port: int, people: Sequence[Person], notes: Notes, reads: int, stop: threading.Event, *, remembers: bool
) -> None:
    chance = random.Random(remembers)
    have: dict[str, tuple[str, bytes]] = {}
    with Connection(port) as connection:
        turns = (_pages(people, notes, chance) for _ in itertools.count())
        for page in itertools.chain.from_iterable(turns):
            expected = page.expected() if page.expected else ()  # what was told before this request is sent
            headers = {"Authorization": f"Bearer {page.key}"} if page.key else {}
            tag, body = have.get(page.path, ("", b"")) if remembers else ("", b"")
            if tag:
                headers["If-None-Match"] = tag
            reply = connection.ask(get(page.path, headers))
            if reply.status == 200:
                body = reply.body
                have[page.path] = (reply.header("ETag"), body)
            elif reply.status != 304:
                raise RuntimeError(f"{page.path}: {reply.head!r}")
            missing = page.lacks(body, expected)
            with notes.lock:
                notes.reads += 1
                notes.stale += bool(missing)
                notes.said["304" if reply.status == 304 else reply.header("X-Cache") or "job"] += 1
                if missing:
                    notes.complaints.append(f"{page.path} lacked {missing}")
                done = notes.reads >= reads and notes.jobs >= _FEWEST_JOBS and notes.interruptions >= 2
            if done:
                stop.set()
            if stop.is_set():
                return
            if len(have) > 10 * _RECENT:
                have.clear()  # jobs that nobody asks for any more


def _pages(people: Sequence[Person], notes: Notes, chance: random.Random) -> list[_Page]:
    """What a reader asks for in one turn: the public listing as often as people's own."""
    pages = []
    for person in people:
        pages.append(_Page("/certificates/generated/public", "", partial(tuple, notes.told)))
        pages.append(_Page(f"/certificates/user/{person.user_id}", person.key, partial(tuple, person.known)))
        if person.jobs:
            job = chance.choice(tuple(person.jobs))
            pages.append(_Page(f"/jobs/{job}", person.key))
    return pages
