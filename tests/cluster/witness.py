"""PostgreSQL writes down from which address each chunk was claimed and each certificate issued: nobody else could know it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

_NOTES = """
    CREATE TABLE witness_claims (chunk_id uuid, job_id uuid, attempt int, host text, at timestamptz);
    CREATE TABLE witness_issues (certificate_id uuid, job_id uuid, position int, host text, at timestamptz);
    CREATE FUNCTION witness_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO witness_claims VALUES (NEW.id, NEW.job_id, NEW.attempt, host(inet_client_addr()), clock_timestamp());
        RETURN NULL; END $$;
    CREATE FUNCTION witness_issue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO witness_issues VALUES (NEW.id, NEW.job_id, NEW.position, host(inet_client_addr()), clock_timestamp());
        RETURN NULL; END $$;
    CREATE TRIGGER witness AFTER UPDATE ON chunks FOR EACH ROW WHEN (NEW.attempt > OLD.attempt) EXECUTE FUNCTION witness_claim();
    CREATE TRIGGER witness AFTER INSERT ON certificates FOR EACH ROW EXECUTE FUNCTION witness_issue();
"""


class Served(NamedTuple):
    """When a job was accepted, how long it waited until it was claimed, and how long it took from there. Seconds."""

    came: float
    waited: float
    took: float


class Witness:
    """Moments are the database's."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        with sessions.begin() as session:
            session.execute(text(_NOTES))

    def now(self) -> datetime:
        with self._sessions.begin() as session:
            moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            return moment

    def issued(self, jobs: Collection[str], *, since: datetime | None = None) -> Counter[str]:
        """How many certificates of these jobs were issued from each address."""
        rows = self._rows(
            """SELECT host, count(*) AS certificates FROM witness_issues
               WHERE job_id = ANY(cast(:jobs AS uuid[])) AND at > coalesce(cast(:since AS timestamptz), '-infinity')
               GROUP BY host""",
            jobs=list(jobs),
            since=since,
        )
        return Counter({row.host: row.certificates for row in rows})

    def held(self, host: str) -> dict[UUID, int]:
        """The chunks in the hands of that host now, with their attempts."""
        rows = self._rows(
            """SELECT id, w.attempt FROM chunks JOIN witness_claims w ON w.chunk_id = chunks.id AND w.attempt = chunks.attempt
               WHERE done_at IS NULL AND leased_until IS NOT NULL AND host = :host""",
            host=host,
        )
        return {row.id: row.attempt for row in rows}

    def taken_over(self, held: dict[UUID, int], *, since: datetime) -> list[float]:
        """After how many seconds each of these chunks was in other hands; without those that are not yet."""
        rows = self._rows(
            """SELECT chunk_id, attempt, extract(epoch FROM at - cast(:since AS timestamptz))::float AS seconds
               FROM witness_claims WHERE chunk_id = ANY(:chunks)""",
            chunks=list(held),
            since=since,
        )
        return sorted(row.seconds for row in rows if row.attempt == held[row.chunk_id] + 1)

    def issued_late(self, held: Collection[UUID], host: str, *, since: datetime) -> int:
        """How many certificates of these chunks that host issued after all."""
        rows = self._rows(
            """SELECT FROM witness_issues i JOIN chunks c ON c.job_id = i.job_id AND i.position = ANY(c.positions)
               WHERE c.id = ANY(:chunks) AND host = :host AND at > :since""",
            chunks=list(held),
            host=host,
            since=since,
        )
        return len(rows)

    def seconds(self, jobs: Collection[str]) -> float:
        """From their first claim to their last certificate."""
        (row,) = self._rows(
            """SELECT extract(epoch FROM (SELECT max(at) FROM witness_issues WHERE job_id = ANY(cast(:jobs AS uuid[])))
                 - (SELECT min(at) FROM witness_claims WHERE job_id = ANY(cast(:jobs AS uuid[]))))::float AS seconds""",
            jobs=list(jobs),
        )
        return float(row.seconds)

    def served(self, jobs: Collection[str]) -> list[Served]:
        """Each job of one chunk, in the order in which they came."""
        rows = self._rows(
            """SELECT extract(epoch FROM j.created_at)::float AS came, extract(epoch FROM w.at - j.created_at)::float AS waited,
                      extract(epoch FROM c.done_at - w.at)::float AS served
               FROM jobs j JOIN chunks c ON c.job_id = j.id JOIN witness_claims w ON w.chunk_id = c.id AND w.attempt = 1
               WHERE j.id = ANY(cast(:jobs AS uuid[])) AND c.done_at IS NOT NULL
               ORDER BY j.created_at""",
            jobs=list(jobs),
        )
        return [Served(row.came, row.waited, row.served) for row in rows]

    def photograph(self, jobs: Collection[str]) -> dict[str, str]:
        """All rows of these jobs, by table, as one digest each: equal where nothing changed."""
        digests = {}
        for table, column in {
            "jobs": "id",
            "items": "job_id",
            "chunks": "job_id",
            "certificates": "job_id",
        }.items():
            (row,) = self._rows(
                f"""SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS digest FROM {table} t
                    WHERE {column} = ANY(cast(:jobs AS uuid[]))""",
                jobs=list(jobs),
            )
            digests[table] = row.digest
        return digests

    def _rows(self, statement: str, **values: object) -> list:  # type: ignore[type-arg]
        with self._sessions.begin() as session:
            return list(session.execute(text(statement), values).all())
