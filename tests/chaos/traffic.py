"""People who use the system while it is under fire: they submit, poll, read listings and files, cancel and retry, and write
down whatever they were told that later proves wrong."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from embedded.client import Answer, Client, RefusedError

RECENT: Final = 100
"""So many of a person's newest certificates must stand on the first page of their listing."""
_PERSON: Final = {"course_name": "Thai Massage", "start_date": "2026-01-05", "end_date": "2026-03-27"}
UNDRAWABLE: Final = "𓀀 Rao"
_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that was answered with 202 or 201. `undrawable` of its items must fail, all others must not."""

    id: str
    total: int
    undrawable: int = 0


@dataclass(slots=True)
class Notes:
    """What all of them saw."""

    accepted: list[Accepted] = field(default_factory=list)
    cancelled: dict[str, int] = field(default_factory=dict)
    """By job: how many certificates it had when the cancel was answered."""
    reads: int = 0
    stale_reads: int = 0
    given: dict[tuple[str, str], str] = field(default_factory=dict)
    """By path and ETag: when that page was first given, and how long it was; a stale one is an old one or a wrong one."""
    files_read: int = 0
    bad_hashes: int = 0
    backwards: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def items(self) -> int:
        with self.lock:
            return sum(job.total for job in self.accepted)

    def complain(self, what: str) -> None:
        with self.lock:
            self.complaints.append(what)


class Person:
    """Somebody with a key. What does not get through is sent again, with the same Idempotency-Key, until it does."""

    def __init__(self, base_url: str, key: str, notes: Notes, stop: threading.Event) -> None:
        self._base_url = base_url
        self._key = key
        self._client = Client(base_url, key, timeout=30)
        self._notes = notes
        self._stop = stop

    def read(self, path: str) -> Answer:
        answer: Answer = self._insist(lambda: self._client.get(path))
        return answer

    def get(self, path: str) -> Any:
        return self.read(path).json

    def post(self, path: str, body: object, **headers: str) -> Any:
        key = uuid4().hex
        return self._insist(lambda: self._client.post(path, body, Idempotency_Key=key, **headers).json)

    def insist_on(self, path: str) -> None:
        """Post until it is done: by this request, or by an earlier one whose answer was lost."""
        with contextlib.suppress(RefusedError):
            self.post(path, {})

    def submit(self, names: list[str], **more: Any) -> Accepted:
        items = [{**_PERSON, "candidate_name": name} for name in names]
        body = {"template": "therapist-classic", "items": items, "renditions": ["pdf"], **more}
        answer = self.post("/certificates/generate", body)
        job = Accepted(answer["id"], len(names), sum(name == UNDRAWABLE for name in names))
        with self._notes.lock:
            self._notes.accepted.append(job)
        return job

    def wait_for(self, job: Accepted, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll until what the job says of itself is so; it must not go backwards meanwhile."""
        done = 0
        while True:
            answer: dict[str, Any] = self.get(f"/jobs/{job.id}")
            at_rest = answer["issued"] + answer["failed"] + answer["cancelled"]
            if at_rest < done:
                with self._notes.lock:
                    self._notes.backwards += 1
            done = at_rest
            if until(answer) or self._stop.is_set():
                return answer
            time.sleep(0.1)

    def _insist(self, ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return ask()
            except RefusedError as error:
                code = f"{error.status}"
                with self._notes.lock:
                    self._notes.refused[code] += 1
                if error.status < 500 and error.status != 429 and b"request_in_flight" not in error.body:
                    raise
            except (OSError, http.client.HTTPException) as error:
                with self._notes.lock:
                    self._notes.refused[type(error).__name__] += 1
                self._client = Client(self._base_url, self._key, timeout=30)
            if time.monotonic() > deadline:
                raise TimeoutError("nobody answered for minutes")
            time.sleep(0.2)


def submit_batches(
    person: Person, notes: Notes, allowed: Callable[[], int], chance: random.Random, stop: threading.Event
) -> None:
    """Jobs of all sizes up to what is allowed by now; some have an item that cannot be drawn, some are cancelled or retried."""
    while not stop.is_set():
        room = allowed() - notes.items
        if room <= 0:
            time.sleep(0.1)
            continue
        size = min(room, chance.choice((1, 3, 5, 40, 200, 600)))
        names = [f"Asha Rao {number}" for number in range(size)]
        if size >= 40 and chance.random() < 0.3:
            names[chance.randrange(size)] = UNDRAWABLE
        job = person.submit(names)
        if chance.random() < 0.1:
            _cancel(person, notes, job)
        elif job.undrawable and chance.random() < 0.5:
            _retry(person, job)


def _cancel(person: Person, notes: Notes, job: Accepted) -> None:
    person.insist_on(f"/jobs/{job.id}/cancel")
    answer = person.get(f"/jobs/{job.id}")
    if answer["state"] == "cancelled":
        with notes.lock:
            notes.cancelled[job.id] = answer["issued"]


def _retry(person: Person, job: Accepted) -> None:
    person.wait_for(job, lambda answer: answer["state"] == "completed")
    person.insist_on(f"/jobs/{job.id}/retry")


class Watched:
    """The certificates of one person which must be in every listing that is asked for from now on."""

    def __init__(self, user_id: str) -> None:
        self.paths = (f"/certificates/user/{user_id}?limit=200", "/certificates/generated/public?limit=200")
        self._known: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def add(self, certificate: str, url: str) -> None:
        with self._lock:
            self._known.append((certificate, url))

    def recent(self) -> list[tuple[str, str]]:
        with self._lock:
            return self._known[-RECENT:]

    def any(self, chance: random.Random) -> tuple[str, str] | None:
        with self._lock:
            return chance.choice(self._known) if self._known else None


def submit_singles(
    person: Person, watched: Watched, wanted: Callable[[], bool], stop: threading.Event
) -> None:
    """One public certificate after another: as soon as a poll says completed, every listing must have it."""
    number = 0
    while not stop.is_set() and wanted():
        number += 1
        job = person.submit([f"Bina Shah {number}"], is_public=True)
        answer = person.wait_for(job, lambda answer: answer["state"] == "completed")
        if answer["state"] == "completed" and answer["issued"]:
            (item,) = person.get(f"/jobs/{job.id}/items")["items"]
            (file,) = person.get(f"/certificates/{item['certificate_id']}")["files"]
            watched.add(item["certificate_id"], file["url"])
        time.sleep(0.05)


def read_listings(person: Person, watched: Watched, notes: Notes, stop: threading.Event) -> None:
    """All the time, so that the caches are full of what will be out of date in a moment."""
    while not stop.is_set():
        for path in watched.paths:
            expected = {certificate for certificate, _ in watched.recent()}
            answer = person.read(path)
            listed = {entry["id"] for entry in answer.json["items"]}
            lacking = sorted(expected - listed)
            now = f"{datetime.now(UTC):%H:%M:%S.%f}"
            with notes.lock:
                notes.reads += 1
                notes.stale_reads += bool(lacking)
                first = notes.given.setdefault((path, answer.headers["ETag"]), f"{now} with {len(listed)}")
            if lacking:
                notes.complain(
                    f"{path} at {now} lacked {len(lacking)} of {len(expected)}, {lacking[:3]} among them; "
                    f"it was first given at {first}; ETag {answer.headers['ETag']}, X-Cache {answer.headers['X-Cache']}"
                )


def read_files(
    person: Person, watched: Watched, notes: Notes, stop: threading.Event, chance: random.Random
) -> None:
    """Any file of any certificate, at any moment, is what its name says."""
    while not stop.is_set():
        found = watched.any(chance)
        if found is not None:
            data = person.read(found[1]).body
            digest = found[1].rpartition("/")[2].partition(".")[0]
            with notes.lock:
                notes.files_read += 1
                notes.bad_hashes += hashlib.sha256(data).hexdigest() != digest
        time.sleep(0.02)


@contextmanager
def working(notes: Notes, *people: tuple[str, Callable[[], None]]) -> Iterator[Callable[[], bool]]:
    """Each of them in a thread of their own; whether all are still at it. Whoever stumbles says so in the notes."""

    def run(name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001, whatever stops one of them is a finding
            notes.complain(f"{name}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=each, name=each[0], daemon=True) for each in people]
    for thread in threads:
        thread.start()
    yield lambda: not notes.complaints
    for thread in threads:
        thread.join(60)
