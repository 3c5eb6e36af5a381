"""The same certificates from the naive pipeline and from the whole system, on the same servers: CPU of all processes each."""

import base64
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
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


def requests_for(client: Client, count: int) -> tuple[Request, Request]:
    """Two for that many certificates of workload C each, of different people: one to warm up, one to measure.

    The template and the pictures are there from now on.
    """

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

    def asked(first: int) -> Request:
        items = [item(number) for number in range(first, first + count)]
        return Request(sent["name"], {"template": sent["id"], "items": items})

    return asked(count), asked(0)


def naive_ms(running: RunningSystem, folder: Path, count: int) -> float:
    """CPU ms that the naive pipeline takes for a certificate: its workers, who asks them, PostgreSQL and the broker."""
    media = folder / "naive"
    media.mkdir()
    log = folder / "naive.log"
    database = make_url(running.servers.urls.database_url).set(drivername="postgresql")
    environment = {
        **running.environment,
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "NAIVE_MEDIA": str(media),
    }

    def ask(first: int, last: int) -> float:
        """Ask for certificates and wait for their rows; CPU seconds of asking."""
        before = _of_ended_children()
        command = [str(PEERS), "-m", "benchmarks.naive", str(first), str(last)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        deadline = time.monotonic() + _SECONDS_EACH * (last - first)
        while _rows(environment["DATABASE_URL"]) < last:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the naive pipeline does not come to an end:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        return _of_ended_children() - before

    with _workers(environment, log):
        ask(0, _WARM)
        before = cpu_seconds()
        asking = ask(_WARM, _WARM + count)
        spent = risen(before, ("naive workers", "PostgreSQL", "broker"))
    return (sum(spent.values()) + asking) * 1000 / count


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
