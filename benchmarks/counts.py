"""What counting costs where certificates differ as much as they can: every one a job of its own.

    make bench-counts  [CERTIFICATES=1000000] [OWNERS=5000] [REPEATS=20] [INTO=docs/scaling.md]

Certificates are loaded into a PostgreSQL of its own, spread at random over two years, the owners, twenty spas, sixteen
templates of eight kinds, public or not; one in fifty is revoked. Each figure is the median CPU of this process and of its
connection's server process together, as in `make bench-growth`; "noted" is with the triggers, "not noted" without, by turns.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.telling import tell
from core.database import migrate
from core.doctor.counts import examine_counts
from core.messages import Message
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import read_settings
from core.statistics import Selection, Step, count, fold_changes, recount, summarise
from embedded.servers import servers

_DAYS: Final = 730
_INSERT: Final = """
    INSERT INTO certificates (id, job_id, position, owner_id, template_id, template_version, kind, spa_id, number, code,
                              recipient_name, is_public, state, files, issued_at)
    SELECT uuidv7(), uuidv7(), 0, owner.id, 'template-' || template, 1, 'kind-' || template % 8, spa.id, prefix || made.n,
           prefix || made.n,
           'Asha Rao', random() < 0.5, CASE WHEN random() < 0.02 THEN 'revoked' ELSE 'valid' END, '{}',
           CASE WHEN spread THEN now() - random() * interval '730 days' ELSE now() END
    FROM (SELECT n, spread, prefix, 1 + floor(random() * CASE WHEN spread THEN 16 ELSE 1 END)::int AS template,
                 1 + floor(random() * CASE WHEN spread THEN 20 ELSE 1 END)::int AS spa,
                 1 + floor(random() * CASE WHEN spread THEN :owners ELSE 1 END)::int AS owner
          FROM generate_series(1, :total) AS n,
               (SELECT cast(:spread AS boolean) AS spread, cast(:prefix AS text) AS prefix) AS how
         ) AS made
        JOIN owners AS owner ON owner.n = made.owner JOIN some_spas AS spa ON spa.n = made.spa"""


def main() -> None:
    total = int(os.environ.get("CERTIFICATES", "1000000"))
    owners = int(os.environ.get("OWNERS", "5000"))
    repeats = int(os.environ.get("REPEATS", "20"))
    with tempfile.TemporaryDirectory(prefix="certmill-counts-") as folder, servers(Path(folder)) as running:
        environment = {
            **running.urls.environment(),
            "MEDIA_URL": (Path(folder) / "media").as_uri(),
            "SECRET_KEY": "c" * 32,
            "DATABASE_POOL": "1",
        }
        parts = build_runtime(read_settings(environment), send=_nowhere)
        migrate(parts.engine)
        _load(parts, total, owners)
        lines = _measure(parts, total, owners, repeats)
        parts.engine.dispose()
    tell("make bench-counts", "\n".join(lines))


def _nowhere(message: Message) -> None:
    """A broker that takes everything at no cost."""


def _load(parts: Parts, total: int, owners: int) -> None:
    with parts.sessions.begin() as session:
        session.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # neither foreign keys nor counts
        for table, many in {"owners": owners, "some_spas": 20}.items():
            session.execute(
                text(f"CREATE TABLE {table} AS SELECT n, uuidv7() AS id FROM generate_series(1, {many}) AS n")
            )
        session.execute(
            text("INSERT INTO spas SELECT id, n::text, 'Spa ' || n, '{}', true, now(), now() FROM some_spas")
        )
        session.execute(text(_INSERT), {"total": total, "owners": owners, "spread": True, "prefix": "L"})
    _vacuum(parts)


def _vacuum(parts: Parts) -> None:
    with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


class _Meter:
    """CPU of this process and of the server process of its one connection, in ms."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        with parts.sessions.begin() as session:
            self._server = Path(f"/proc/{session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")
            session.execute(text("SET max_parallel_workers_per_gather = 0"))  # others' CPU would not be seen

    def spent(self) -> float:
        return time.process_time_ns() / 1e6 + int(self._server.read_text().split()[0]) / 1e6

    def median(self, ask: Callable[[Session], object], repeats: int) -> float:
        taken = []
        for _ in range(repeats + 1):
            with self._parts.sessions.begin() as session:
                began = self.spent()
                ask(session)
                taken.append(self.spent() - began)
        return median(taken[1:])


def _line(name: str, figure: float) -> str:
    return f"  {name:<46}{figure:>12,.2f} ms"


def _measure(parts: Parts, total: int, owners: int, repeats: int) -> list[str]:
    zone = parts.settings.timezone
    meter = _Meter(parts)
    lines = [f"{total:,} certificates, {owners:,} owners, 20 spas, 16 templates: CPU, medians of {repeats}"]

    def ask(name: str, question: Callable[[Session], object], repeats: int = repeats) -> None:
        lines.append(_line(name, meter.median(question, repeats)))

    began = meter.spent()
    recount(parts.sessions, zone=zone)
    lines.append(_line("count all anew", meter.spent() - began))
    _vacuum(parts)
    with parts.sessions.begin() as session:
        some: UUID = session.execute(text("SELECT id FROM owners LIMIT 1")).scalar_one()
        spa: UUID = session.execute(text("SELECT id FROM some_spas LIMIT 1")).scalar_one()
        rows, size = session.execute(
            text("SELECT count(*), pg_total_relation_size('certificate_counts') FROM certificate_counts")
        ).one()
        of_all = session.scalar(text("SELECT count(*) FROM certificate_counts WHERE owner_id IS NULL"))
        today: date = session.execute(text("SELECT current_date")).scalar_one()
    lines.append(f"  {'counts kept':<46}{rows:>12,}    {size / 1e6:,.0f} MB, {of_all:,} of all owners")

    def counting(selection: Selection) -> Callable[[Session], object]:
        return lambda session: count(session, selection, zone=zone)

    def summing(days: int, step: Step, selection: Selection) -> Callable[[Session], object]:
        first = today - timedelta(days=days)
        return lambda session: summarise(session, selection, first=first, last=today, step=step, zone=zone)

    middle = Selection(issued_from=today - timedelta(days=_DAYS - 15), issued_to=today - timedelta(days=15))
    ask("everybody's", counting(Selection()))
    ask("the public listing's", counting(Selection(is_public=True)))
    ask("one owner's", counting(Selection(owner_id=some)))
    ask("a kind's, of a spa", counting(Selection(kind="kind-1", spa_id=spa)))
    ask("a template's, revoked", counting(Selection(template_id="template-1", state="revoked")))
    ask("of 700 days from the middle of a month", counting(middle))
    ask("statistics, 30 days", summing(29, "day", Selection()))
    ask("statistics, 120 days", summing(119, "day", Selection()))
    ask("statistics, a year of days", summing(364, "day", Selection()))
    ask("statistics, two years of months", summing(_DAYS, "month", Selection()))
    ask("statistics, 30 days, one owner's", summing(29, "day", Selection(owner_id=some)))
    ask(
        "the same without counts: everybody's",
        lambda s: s.scalar(text("SELECT count(*) FROM certificates")),
        3,
    )
    ask("the doctor, all counts", lambda s: list(examine_counts(s, zone=zone)), 1)
    lines += _recording(parts, meter, repeats)
    lines += _folding(parts, meter)
    return lines


def _recording(parts: Parts, meter: _Meter, repeats: int) -> list[str]:
    """With and without the triggers, by turns; all of it is undone."""
    taken: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    with parts.sessions() as session:
        for _ in range(repeats * 10):
            for state, found in taken.items():
                # Foreign keys would refuse these, and are the same to both.
                session.execute(text("ALTER TABLE certificates DISABLE TRIGGER ALL"))
                session.execute(
                    text(f"ALTER TABLE certificates {state} TRIGGER note_count_changes_of_insert")
                )
                began = meter.spent()
                session.execute(text(_INSERT), {"total": 32, "owners": 1, "spread": False, "prefix": "R"})
                found.append(meter.spent() - began)
                session.rollback()
    words = {"ENABLE": "noted", "DISABLE": "not noted"}
    return [
        _line(f"insert 32 in one statement, {words[state]}", median(found)) for state, found in taken.items()
    ]


def _folding(parts: Parts, meter: _Meter) -> list[str]:
    """What chunks leave for upkeep."""
    with parts.sessions.begin() as session:
        session.execute(
            text("""
                INSERT INTO count_changes (owner_id, issued_in, kind, template_id, template_version, state, is_public, change)
                SELECT owners.id, now(), 'kind-1', 'template-1', 1, 'valid', true, 32 FROM owners LIMIT 1000""")
        )
    began = meter.spent()
    folded = fold_changes(parts.sessions, zone=parts.settings.timezone)
    return [_line(f"fold {folded:,} changes", meter.spent() - began)]


if __name__ == "__main__":
    main()
