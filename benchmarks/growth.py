"""What grows with the number of certificates and what does not: what a deployment lives on, at 10,000 to millions of rows.

    make bench-growth  [SIZES=10000,100000,1000000] [REPEATS=30] [INTO=docs/scaling.md]

Certificates, items, jobs of a hundred and chunks of fifty are loaded into a PostgreSQL of its own, spread over two years and a
hundred owners, as if they had been made; 100,000 items more wait. Each figure is the median CPU of this process and of its
connection's server process together, in ms, as the kernel counts it: it does not depend on who else is at work on the machine.
The cache is emptied before each listing. Where data no longer fits into memory, what the disk takes comes on top.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from benchmarks.loading import (
    FILES,
    PER_CHUNK,
    PER_JOB,
    leave_unchecked,
    load_certificates,
    load_owners,
    vacuum,
)
from benchmarks.telling import tell
from core import metrics
from core.callers import Caller
from core.database import migrate
from core.doctor.rows import examine_rows
from core.jobs import relay, upkeep
from core.jobs.leases import Lease, take_lease
from core.jobs.progress import list_items, list_jobs
from core.jobs.recording import Drawn, record_chunk
from core.listings import EverybodyScope, Filters, OwnerScope, PublicScope, Scope, listing
from core.messages import Message
from core.pages import Place, encode_place
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from core.templates.builtin import publish_builtin
from core.verification import verify
from embedded.servers import servers

OWNERS: Final = 100
BACKLOG: Final = 100_000
"""Items of jobs that wait."""
_WAITING_OWNERS: Final = 20
_TEMPLATE: Final = "therapist-classic"
_TABLES: Final = ("certificates", "items", "jobs", "chunks")

Figures = dict[str, float]


def main() -> None:
    sizes = [int(size) for size in os.environ.get("SIZES", "10000,100000,1000000").split(",")]
    repeats = int(os.environ.get("REPEATS", "30"))
    measured: dict[int, Figures] = {}
    bytes_per_row: dict[int, dict[str, tuple[float, float]]] = {}
    indexes: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="certmill-growth-") as folder, servers(Path(folder)) as running:
        environment = {
            **running.urls.environment(),
            "MEDIA_URL": (Path(folder) / "media").as_uri(),
            "SECRET_KEY": "g" * 32,
            "DATABASE_POOL": "1",  # all that is measured goes through one server process
        }
        parts = build_runtime(read_settings(environment), send=_nowhere)
        migrate(parts.engine)
        publish_builtin(parts)
        with parts.sessions.begin() as session:
            load_owners(session, OWNERS)
        loaded = 0
        for size in sizes:
            if loaded:
                _forget_backlog(parts)
            began = time.monotonic()
            with parts.sessions.begin() as session:
                leave_unchecked(session)
                load_certificates(session, loaded, size)
            vacuum(parts)
            loaded = size
            bytes_per_row[size], indexes = _sizes(parts)
            _load_backlog(parts)
            print(f"{size:,} certificates loaded in {time.monotonic() - began:.0f} s", flush=True)
            measured[size] = _measure(parts, repeats)
        parts.engine.dispose()
    _tell(measured, bytes_per_row, indexes, repeats)


def _nowhere(message: Message) -> None:
    """A broker that takes everything at no cost."""


def _load_backlog(parts: Parts) -> None:
    """Jobs that wait: a hundred items each, of twenty owners."""
    with parts.sessions.begin() as session:
        for statement in _BACKLOG:
            values = {
                "jobs": BACKLOG // PER_JOB,
                "owners": _WAITING_OWNERS,
                "per_job": PER_JOB,
                "per_chunk": PER_CHUNK,
                "template": _TEMPLATE,
            }
            session.execute(text(statement), values)
    with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


_BACKLOG: Final = (
    """CREATE TEMP TABLE loading ON COMMIT DROP AS
       SELECT n, uuidv7() AS id, (SELECT array_agg(id ORDER BY id) FROM users)[1 + n % :owners] AS owner_id
       FROM generate_series(1, :jobs) AS n""",
    """INSERT INTO jobs (id, owner_id, template_id, template_version, kind, renditions, dpi, lists_publicly, priority, lane,
                         verify_base, issue_date, total, created_at)
       SELECT id, owner_id, :template, 1, 'therapist_certificate', '{pdf,png,thumbnail}', 150, true, 0, 'bulk',
              'https://certificates.example', now(), :per_job, now() FROM loading""",
    """INSERT INTO items (job_id, position, values, recipient_name, certificate_id, number, code)
       SELECT id, position, '{"candidate_name": "Asha Rao"}', 'Asha Rao', uuidv7(), 'W-' || n || '-' || position,
              upper(left(md5(random()::text) || md5(random()::text), 26))
       FROM loading, generate_series(0, :per_job - 1) AS position""",
    """INSERT INTO chunks (id, job_id, owner_id, lane, priority, positions)
       SELECT uuidv7(), id, owner_id, 'bulk', 0, ARRAY(SELECT generate_series(first, first + :per_chunk - 1))
       FROM loading, generate_series(0, :per_job - 1, :per_chunk) AS first""",
)


def _forget_backlog(parts: Parts) -> None:
    """Delete all that was not loaded as done, and its room."""
    with parts.sessions.begin() as session:
        leave_unchecked(session)
        session.execute(
            text("CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT id FROM jobs WHERE state <> 'completed'")
        )
        for table, column in {
            "certificates": "job_id",
            "items": "job_id",
            "chunks": "job_id",
            "jobs": "id",
        }.items():
            session.execute(text(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM gone)"))
    with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM FULL {', '.join(_TABLES)}"))


class _Meter:
    """CPU of this process and of the server process of its one connection."""

    def __init__(self, parts: Parts, repeats: int) -> None:
        with parts.sessions.begin() as session:
            self._server = Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")
        self._repeats = repeats

    def median(
        self,
        do: Callable[[int], object],
        before: Callable[[], object] = lambda: None,
        repeats: int | None = None,
    ) -> float:
        """Of `do(number)`, in ms; the first time does not count. `before` each of them comes what is not measured."""
        taken = []
        for number in range((repeats or self._repeats) + 1):
            before()
            started = self._spent()
            do(number)
            taken.append(self._spent() - started)
        return median(taken[1:])

    def _spent(self) -> float:
        return time.process_time_ns() / 1e6 + int(self._server.read_text().split()[0]) / 1e6


def _measure(parts: Parts, repeats: int) -> Figures:
    meter = _Meter(parts, repeats)
    figures: Figures = {}
    figures["claim a chunk"], figures["record a chunk of 50"] = _work(parts, meter, repeats)
    figures["relay, 100,000 items waiting"] = meter.median(
        lambda _: relay.relay(parts), before=lambda: _unsend(parts)
    )
    _unsend(parts)
    relay.relay(parts)
    figures["relay, nothing to send"] = meter.median(lambda _: relay.relay(parts))
    figures["upkeep"] = meter.median(lambda _: upkeep.keep_up(parts))
    figures |= _listings(parts, meter)
    figures["metrics"] = meter.median(lambda _: metrics.scrape(parts))
    figures["doctor, all rows"] = meter.median(lambda _: _examine(parts), repeats=1)
    return figures


def _work(parts: Parts, meter: _Meter, repeats: int) -> tuple[float, float]:
    """Claims and records, each committed, of chunks that wait."""
    with parts.sessions.begin() as session:
        waiting = session.scalars(
            text("SELECT id FROM chunks WHERE done_at IS NULL ORDER BY id LIMIT :many"), {"many": repeats + 1}
        ).all()
    leases: list[Lease] = []

    def claim(number: int) -> None:
        with parts.sessions.begin() as session:
            lease = take_lease(session, waiting[number], seconds=3600)
        assert lease is not None
        leases.append(lease)

    def record(number: int) -> None:
        drawn = [Drawn(position, dict(FILES)) for position in leases[number].positions]
        with parts.sessions.begin() as session:
            record_chunk(session, leases[number], drawn=drawn, failed=())

    return meter.median(claim), meter.median(record)


def _unsend(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        session.execute(
            text("UPDATE chunks SET sent_at = NULL WHERE done_at IS NULL AND leased_until IS NULL")
        )


def _listings(parts: Parts, meter: _Meter) -> Figures:
    with parts.sessions.begin() as session:
        owner: UUID = session.execute(
            text("SELECT owner_id FROM jobs WHERE state = 'completed' ORDER BY id LIMIT 1")
        ).scalar_one()
        job: UUID = session.execute(
            text("SELECT id FROM jobs WHERE owner_id = :owner LIMIT 1"), {"owner": owner}
        ).scalar_one()
        code: str = session.execute(text("SELECT code FROM certificates ORDER BY id LIMIT 1")).scalar_one()
    everybody, one, public = EverybodyScope(), OwnerScope(owner), PublicScope()
    caller = Caller(owner, "user", "Owner")
    admin = Caller(owner, "admin", "Owner")

    def page(scope: Scope, filters: Filters | None = None, cursor: str | None = None) -> float:
        return meter.median(
            lambda _: listing(parts, scope, filters or Filters(), cursor=cursor, limit=50),
            before=parts.cache.flushdb,
        )

    def in_session(ask: Callable[[Any], object]) -> float:
        def do(_: int) -> None:
            with parts.sessions.begin() as session:
                ask(session)

        return meter.median(do)

    now = parts.clock()
    return {
        "public listing, first page": page(public),
        "public listing, 90 % down": page(public, cursor=_deep(parts, "is_public")),
        "one owner's, first page": page(one),
        "one owner's, 90 % down": page(one, cursor=_deep(parts, f"owner_id = '{owner}'")),
        "everybody's, first page": page(everybody),
        "everybody's, 90 % down": page(everybody, cursor=_deep(parts, "true")),
        "everybody's, a name's beginning": page(everybody, Filters(q="asha 3f")),
        "everybody's, a number": page(everybody, Filters(q="TC-2026-0000123")),
        "one owner's jobs": in_session(lambda session: list_jobs(session, caller, now=now)),
        "everybody's jobs": in_session(lambda session: list_jobs(session, admin, now=now)),
        "a job's items": in_session(lambda session: list_items(session, caller, job)),
        "verify by code": in_session(lambda session: verify(session, code)),
    }


def _deep(parts: Parts, which: str) -> str:
    """The cursor of a page that has nine tenths of that listing before it."""
    with parts.sessions.begin() as session:
        row = session.execute(
            text(f"""
                SELECT issued_at, id FROM certificates WHERE {which} ORDER BY issued_at DESC, id DESC
                OFFSET (SELECT count(*) * 9 / 10 FROM certificates WHERE {which}) LIMIT 1""")
        ).one()
    return encode_place(Place(row.issued_at, row.id))


def _examine(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        list(examine_rows(session, at_rest=False))


def _sizes(parts: Parts) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """By table: bytes of a row and of its part of the indexes. And by index of certificates: bytes a row."""
    with parts.sessions.begin() as session:
        sizes = {}
        for table in _TABLES:
            row = session.execute(
                text(
                    f"SELECT count(*) AS rows, pg_table_size('{table}') AS own, pg_indexes_size('{table}') AS indexes "
                    f"FROM {table}"
                )
            ).one()
            sizes[table] = (row.own / row.rows, row.indexes / row.rows)
        rows = session.execute(
            text("""
                SELECT indexrelname AS name, pg_relation_size(indexrelid) / (SELECT count(*) FROM certificates)::float AS bytes
                FROM pg_stat_user_indexes WHERE relname = 'certificates' ORDER BY 2 DESC""")
        ).all()
    return sizes, {row.name: row.bytes for row in rows}


def _tell(
    measured: dict[int, Figures],
    bytes_per_row: dict[int, dict[str, tuple[float, float]]],
    indexes: dict[str, float],
    repeats: int,
) -> None:
    sizes = list(measured)
    head = "".join(f"{size:>13,}" for size in sizes)
    lines = [f"CPU of client and server process, ms, medians of {repeats}", f"  {'certificates':<34}{head}"]
    for what in measured[sizes[0]]:
        shown = "".join(f"{measured[size][what]:>13,.2f}" for size in sizes)
        lines.append(f"  {what:<34}{shown}")
    lines += ["Bytes a row: its table + its indexes", f"  {'':<34}{head}"]
    for table in _TABLES:
        shown = "".join(f"{'{:.0f} + {:.0f}'.format(*bytes_per_row[size][table]):>13}" for size in sizes)
        lines.append(f"  {table:<34}{shown}")
    each = ", ".join(f"{name.removeprefix('ix_certificates_')} {size:.0f}" for name, size in indexes.items())
    lines.append(f"  indexes of certificates: {each}")
    found = {
        str(size): {
            "cpu_ms": {what: round(ms, 3) for what, ms in measured[size].items()},
            "bytes": {table: [round(part) for part in both] for table, both in bytes_per_row[size].items()},
        }
        for size in sizes
    }
    tell("make bench-growth", "\n".join(lines))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
