"""The people of `make load`, for Locust, which runs them in `.venv-bench`.

Each is the owner of some of the certificates that are there, and pauses for 5 to 15 seconds after each thing done: to read what
came, to fill in a form. What they do then, of 100 times:

    45  look at their own listing; a page that stays open asks with If-None-Match
    25  look at the public listing, the same way
    10  turn to the next page of their own listing
     5  search for a name's beginning
     5  fetch a PDF of the public listing
    10  ask for one to three certificates, poll as `Retry-After` says until they are there, look at their listing, fetch a PDF

Most look and few submit, as in any records office. One thing in ten writes, and every completed job makes pages anew: its
owner's, everybody's, and the public ones where it is public, which half of them are.

LOAD_PEOPLE names a file of JSON: {"people": [{"id", "key"}], "files": [address]}.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from typing import Any, Final

import gevent
from locust import FastHttpUser, between, task

_GIVEN: Final = json.loads(Path(os.environ["LOAD_PEOPLE"]).read_text())
_TURNS: Final = itertools.cycle(_GIVEN["people"])
_NAMES: Final = ("Asha", "Bina", "Chitra", "Devika", "Esha", "Farida", "Gauri")
_PATIENCE: Final = 120
"""Polls of one job before its owner gives up."""


class Person(FastHttpUser):  # type: ignore[misc]  # Locust is not where the checks run
    wait_time = between(5, 15)

    def on_start(self) -> None:
        gevent.sleep(random.random())  # Locust lets all of a second come at its very beginning
        who = next(_TURNS)
        self._own = f"/certificates/user/{who['id']}?limit=50"
        self._key = {"Authorization": f"Bearer {who['key']}"}
        self._tags: dict[str, str] = {}
        self._next: str | None = None

    @task(45)
    def look_at_own_listing(self) -> None:
        page = self._listing("own", self._own)
        if page is not None:
            self._next = page["next"]

    @task(25)
    def look_at_public_listing(self) -> None:
        self._listing("public", "/certificates/generated/public?limit=50")

    @task(10)
    def turn_to_next_page(self) -> None:
        if self._next is None:
            self.look_at_own_listing()
        if self._next is not None:
            self._listing("next page", f"{self._own}&cursor={self._next}")

    @task(5)
    def search(self) -> None:
        name = f"{random.choice(_NAMES)}%20{random.randrange(16):x}"
        self._listing("search", f"/certificates/generated/public?limit=50&q={name}")

    @task(5)
    def fetch_public_file(self) -> None:
        self.client.get(random.choice(_GIVEN["files"]), name="file")

    @task(10)
    def have_certificates_made(self) -> None:
        items = [
            {
                "candidate_name": f"{random.choice(_NAMES)} {random.randrange(10**6)}",
                "course_name": "Thai Massage",
                "start_date": "2026-01-05",
                "end_date": "2026-03-27",
            }
            for _ in range(random.randint(1, 3))
        ]
        body = {"template": "therapist-classic", "items": items, "is_public": random.random() < 0.5}
        answer = self.client.post("/certificates/generate", json=body, headers=self._key, name="submit")
        if answer.status_code == 202:
            self._follow(answer.json()["id"], pause=float(answer.headers["Retry-After"]))

    def _follow(self, job: str, pause: float) -> None:
        for _ in range(_PATIENCE):
            gevent.sleep(pause)
            answer = self.client.get(f"/jobs/{job}", headers=self._asking(f"/jobs/{job}"), name="poll")
            self._remember(f"/jobs/{job}", answer)
            if answer.status_code == 200 and answer.json()["state"] == "completed":
                break
            pause = float(answer.headers.get("Retry-After", 1))
        else:
            self.environment.runner.stats.log_error("GET", "poll", f"not completed after {_PATIENCE} polls")
            return
        with self.client.get(
            self._own, headers=self._key, name="listing: own, after a job", catch_response=True
        ) as answer:
            found = [entry for entry in answer.json()["items"] if entry["job_id"] == job]
            if not found:
                answer.failure("stale: it lacks a job that was told completed")
                return
        (pdf,) = (file["url"] for file in found[0]["files"] if file["rendition"] == "pdf")
        self.client.get(pdf, headers=self._key, name="file")

    def _listing(self, name: str, path: str) -> Any:
        """Its page, or None where it is still the one that came last time."""
        answer = self.client.get(path, headers=self._asking(path), name=f"listing: {name}")
        self._remember(path, answer)
        return answer.json() if answer.status_code == 200 else None

    def _asking(self, path: str) -> dict[str, str]:
        tag = self._tags.get(path)
        return {**self._key, "If-None-Match": tag} if tag else self._key

    def _remember(self, path: str, answer: Any) -> None:
        if answer.status_code == 200:
            self._tags[path] = answer.headers["ETag"]
