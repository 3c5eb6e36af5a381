"""What reading costs: listings, misses, deep pages, searches, 304s and polls, beside a bare Flask on the same server and beside
the system that Certmill replaces (benchmarks/reads/old.py), on the same PostgreSQL and the same rows.

    make bench-reads  [ROWS=1000000] [USERS=5000] [READS=1000000] [ROUNDS=8] [SECONDS=1] [INTO=docs/performance.md]

CPU is that of the web processes, PostgreSQL and the cache together, of one request; benchmarks/reads/costs.py takes turns. Then
five hundred clients storm one expired page (stampede.py), and READS reads look for anything stale while jobs complete and the
cache is restarted (staleness.py). The last line is JSON. Exit code 1 says that a read was stale.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import make_url, text

from benchmarks.loading import (
    indexed_afterwards,
    leave_unchecked,
    load_certificates,
    load_owners,
    vacuum,
)
from benchmarks.reads import old
from benchmarks.reads.asking import Connection, get
from benchmarks.reads.costs import Approach, take_turns
from benchmarks.reads.report import report
from benchmarks.reads.staleness import Notes, Person, read_on
from benchmarks.reads.stampede import count_statements, stampedes
from benchmarks.reads.webs import OURS, Web, served
from core import scopes, users
from core.database import migrate
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from embedded.procfile import Processes, read_procfile, running
from embedded.system import ROOT, RunningSystem, system

FEW: Final = 10_000
"""Rows of the small database that misses are compared with."""
PUBLIC: Final = "/certificates/generated/public"
_DEEP: Final = 1000
_STAMPEDES: Final = 10
_RESTART_EVERY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Owner:
    """One of those whose certificates were loaded."""

    id: str
    key: str
    job: str


def main() -> int:
    rows, people, reads, rounds = (
        int(os.environ.get(name, default))
        for name, default in (("ROWS", "1000000"), ("USERS", "5000"), ("READS", "1000000"), ("ROUNDS", "8"))
    )
    seconds = float(os.environ.get("SECONDS", "1"))
    with (
        tempfile.TemporaryDirectory(prefix="certmill-reads-") as folder,
        system(Path(folder) / "var", only={"web"}) as ours,
        _parts(ours.environment) as parts,
    ):
        database, cache = ours.servers.database, ours.servers.cache
        assert database is not None
        assert cache is not None
        count_statements(database, parts.engine)
        began = time.monotonic()
        owner = _load(parts, rows, people)
        with parts.engine.begin() as connection:
            old.fill(connection)
        vacuum(parts)
        print(f"{rows:,} certificates loaded twice in {time.monotonic() - began:.0f} s", flush=True)
        logs = Path(folder) / "var" / "log"
        with _beside(ours, logs) as webs:
            _check_both_show_the_same(_web(ours), webs["old"])
            approaches = _approaches(ours, webs, owner, parts)
            take_turns(
                list(approaches.values()),
                database=database.pid,
                cache=cache.pid,
                rounds=rounds,
                seconds=seconds,
            )
        misses = _misses(ours, parts, logs, rows, times=100 * rounds)
        expire = _expire(parts)
        path = f"{PUBLIC}?limit=50"
        storms = stampedes(parts.engine, _web(ours).port, path, expire=expire, times=_STAMPEDES)
        notes = _read_on(ours, parts, reads)
    report(approaches, misses, storms, notes, rows=rows, rounds=rounds)
    for complaint in notes.complaints[:10]:
        print(complaint, file=sys.stderr)
    return 1 if notes.complaints else 0


@contextmanager
def _parts(environment: Mapping[str, str]) -> Iterator[Parts]:
    parts = build_runtime(read_settings(environment), send=lambda _: None)
    yield parts
    parts.engine.dispose()


def _load(parts: Parts, rows: int, people: int) -> Owner:
    with parts.sessions.begin() as session:
        leave_unchecked(session)
        load_owners(session, people)
        with indexed_afterwards(session):
            load_certificates(session, 0, rows)
        user, job = session.execute(
            text("SELECT owner_id, id FROM jobs WHERE owner_id <> :large ORDER BY id DESC LIMIT 1"),
            {
                "large": session.scalar(
                    text("SELECT min(id::text)::uuid FROM users WHERE name LIKE 'Owner %'")
                )
            },
        ).one()
        key = users.create_key(session, user_id=user, name="bench-reads", now=parts.clock())
    return Owner(str(user), key.secret, str(job))


@contextmanager
def _beside(ours: RunningSystem, logs: Path) -> Iterator[dict[str, Web]]:
    """A bare Flask and the old system, on our servers."""
    with (
        served("hello", "benchmarks.reads.hello:app", ours.environment, logs=logs, shows="/hello") as hello,
        served("old", "benchmarks.reads.old:app", ours.environment, logs=logs, shows="/listing") as old_web,
    ):
        yield {"hello": hello, "old": old_web}


def _web(ours: RunningSystem) -> Web:
    port = urlsplit(ours.base_url).port
    assert port is not None
    return Web(port, ours.processes.children["web"].pid)


def _expire(parts: Parts, *, every: int = 1) -> Callable[..., None]:
    """What begins a generation of the public listing, before each request or some."""

    def expire(number: int = 0) -> None:
        if number % every == 0:
            assert parts.answers.start_generation([scopes.PUBLIC])

    return expire


def _approaches(
    ours: RunningSystem, webs: Mapping[str, Web], owner: Owner, parts: Parts
) -> dict[str, Approach]:
    web, hello, old_web = _web(ours), webs["hello"], webs["old"]
    first = f"{PUBLIC}?limit=50"
    page_20, deep = (f"{first}&cursor={_cursor_after(web, pages)}" for pages in (19, _DEEP - 1))
    own, job = f"/certificates/user/{owner.id}?limit=50", f"/jobs/{owner.job}"
    key = {"Authorization": f"Bearer {owner.key}"}
    expire, seldom = _expire(parts), _expire(parts, every=20)
    return {
        "hello": Approach("hello: Flask, two words", hello, "/hello"),
        "hit": Approach("public listing of 50, cached", web, first),
        "not_modified": Approach("the same, 304", web, first, known=True),
        "page_20": Approach("page 20 of it, cached", web, page_20),
        "own": Approach("an owner's listing, cached", web, own, headers=key),
        "own_304": Approach("the same, 304", web, own, headers=key, known=True),
        "poll": Approach("poll of a job", web, job, headers=key),
        "poll_304": Approach("the same, 304", web, job, headers=key, known=True),
        "writes": Approach("public listing, new every 20 reads", web, first, before=seldom),
        "miss": Approach("public listing, miss", web, first, before=expire),
        "miss_20": Approach("page 20 of it, miss", web, page_20, before=expire),
        "deep": Approach(f"page {_DEEP:,} of it, miss", web, deep, before=expire),
        "search": Approach("a name's beginning, miss", web, f"{first}&q=asha%203f", before=expire),
        "old_1": Approach("old system, page 1", old_web, "/listing?page=1"),
        "old_20": Approach("old system, page 20", old_web, "/listing?page=20"),
        "parallel_1": Approach("old in parallel, page 1", old_web, "/parallel?page=1"),
        "parallel_20": Approach("old in parallel, page 20", old_web, "/parallel?page=20"),
    }


def _check_both_show_the_same(ours: Web, old_web: Web) -> None:
    """Raises RuntimeError unless the old system's pages have the very moments that ours have: those of one job tie."""
    for page in (1, 20):
        cursor = _cursor_after(ours, page - 1)
        addresses = (f"{PUBLIC}?limit=50" + (cursor and f"&cursor={cursor}"), f"/listing?page={page}")
        found = []
        for web, address in zip((ours, old_web), addresses, strict=True):
            with Connection(web.port) as connection:
                items = json.loads(connection.ask(get(address)).body)["items"]
            found.append(
                [datetime.fromisoformat(item.get("issued_at") or item["created_at"]) for item in items]
            )
        if found[0] != found[1]:
            raise RuntimeError(f"page {page} of ours and of the old system differ")


def _cursor_after(web: Web, pages: int) -> str:
    """The cursor after so many pages of fifty, or the last one there is."""
    cursor, left = "", pages * 50
    with Connection(web.port) as connection:
        while left:
            limit = min(200, left)
            page = json.loads(
                connection.ask(get(f"{PUBLIC}?limit={limit}" + (cursor and f"&cursor={cursor}"))).body
            )
            if page["next"] is None:
                break
            cursor, left = page["next"], left - limit
    return cursor


def _misses(ours: RunningSystem, parts: Parts, logs: Path, rows: int, times: int) -> float:
    """How many times longer a client waits for a miss here than in a database of few rows on the same server: the ratio of
    medians. Two web processes that begin now ask by turns, so that nothing but the rows differs."""
    urls = ours.servers.urls
    few = {
        **ours.environment,
        "DATABASE_URL": make_url(urls.database_url).set(database="few").render_as_string(hide_password=False),
        "CACHE_URL": make_url(urls.cache_url).set(database="1").render_as_string(hide_password=False),
    }
    with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE few TEMPLATE template0 ENCODING 'UTF8'"))
    with _parts(few) as few_parts:
        migrate(few_parts.engine)
        _load(few_parts, min(FEW, rows), 100)
        vacuum(few_parts)
        with (
            served("few", OURS, few, logs=logs, shows="/healthz") as few_web,
            served("many", OURS, ours.environment, logs=logs, shows="/healthz") as many_web,
        ):
            asked = [
                Approach(name, web, f"{PUBLIC}?limit=50", before=_expire(each))
                for name, web, each in (("many", many_web, parts), ("few", few_web, few_parts))
            ]
            waited: list[list[float]] = [[], []]
            for approach in asked:
                approach.connect()
            for _ in range(times):
                for approach, times_of_it in zip(asked, waited, strict=True):
                    times_of_it.append(approach.timed())
    return median(waited[0]) / median(waited[1])


def _read_on(ours: RunningSystem, parts: Parts, reads: int) -> Notes:
    """Everything runs now, and somebody restarts the cache."""
    cache = ours.servers.cache
    assert cache is not None
    others = {
        name: command
        for name, command in read_procfile((ROOT / "Procfile").read_text()).items()
        if name.startswith("worker-") or name == "beat"
    }
    people = []
    with parts.sessions.begin() as session:
        for name in ("Asha", "Bina"):
            user = users.create_user(session, name=name, email=None, role="user", now=parts.clock())
            key = users.create_key(session, user_id=user.id, name="bench-reads", now=parts.clock())
            people.append(Person(str(user.id), key.secret))

    def restart() -> None:
        cache.kill()
        cache.start()
        cache.wait_until_ready()

    logs = Path(ours.servers.database.log).parent if ours.servers.database else None
    with running(Processes(others, environment=ours.environment, folder=ROOT, logs=logs)):
        return read_on(
            ours.base_url,
            _web(ours).port,
            people,
            reads=reads,
            interrupt=restart,
            seconds_between=_RESTART_EVERY,
        )


if __name__ == "__main__":
    sys.exit(main())
