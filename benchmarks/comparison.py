"""The same certificates from the naive pipeline and from the whole system, on the same servers: CPU of all processes each."""

import base64
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

import psycopg2
from sqlalchemy import make_url

from benchmarks.certificate import template
from benchmarks.cpu import cpu_seconds, risen
from benchmarks.turns import PEERS, ROOT
from benchmarks.workload import fixed_texts, page, recipient
from embedded.client import Client
from embedded.samples import Request
from embedded.system import RunningSystem

_WARM: Final = 8
_SECONDS_EACH: Final = 10.0


def requests_for(client: Client, counts: Sequence[int]) -> list[Request]:
    """One for so many certificates of workload C each, all of different people. The template and the pictures are there from
    now on."""

    @cache
    def asset(path: Path) -> str:
        answer = client.post("/assets", {"data": base64.b64encode(path.read_bytes()).decode()})
        return str(answer.json["id"])

    def item(number: int) -> dict[str, str]:
        who = recipient(number)
        texts = {name: text for name, text in who.texts.items() if name not in fixed_texts()}
        return {**texts, "photo": asset(who.photo)}

    assets = {"background": asset(page().background), "signature": asset(page().signature_file)}
    sent = {**template(), "assets": assets, "sample": item(0), "publish": True}
    client.post("/certificates/templates", sent)
    ends = list(accumulate(counts, initial=0))
    return [
        Request(sent["name"], {"template": sent["id"], "items": [item(number) for number in range(*span)]})
        for span in pairwise(ends)
    ]


@contextmanager
def naive_pipeline(running: RunningSystem, folder: Path) -> Iterator[Callable[[int], float]]:
    """Its workers, warm. `make(20)`: so many more certificates; CPU ms that one takes of the workers, of who asks them, of
    PostgreSQL and of the broker."""
    media = folder / "naive"
    media.mkdir()
    log = folder / "naive.log"
    database = make_url(running.servers.urls.database_url).set(drivername="postgresql")
    environment = {
        **running.environment,
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "NAIVE_MEDIA": str(media),
    }
    made = 0

    def ask(count: int) -> float:
        """Ask for certificates and wait for their rows; CPU seconds of asking."""
        nonlocal made
        before = _of_ended_children()
        command = [str(PEERS), "-m", "benchmarks.naive", str(made), str(made + count)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        made += count
        deadline = time.monotonic() + _SECONDS_EACH * count
        while _rows(environment["DATABASE_URL"]) < made:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the naive pipeline does not come to an end:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        return _of_ended_children() - before

    def make(count: int) -> float:
        before = cpu_seconds()
        asking = ask(count)
        spent = risen(before, ("naive workers", "PostgreSQL", "broker"))
        return (sum(spent.values()) + asking) * 1000 / count

    with _workers(environment, log):
        ask(_WARM)
        yield make


@contextmanager
def _workers(environment: dict[str, str], log: Path) -> Iterator[None]:
    command = [str(PEERS), "-m", "celery", "--quiet", "-A", "benchmarks.naive", "worker"]
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _rows(database_url: str) -> int:
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM naive_certificates")
            row: tuple[Any, ...] = cursor.fetchone() or (0,)
            return int(row[0])
    finally:
        connection.close()


def _of_ended_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
