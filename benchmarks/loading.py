"""Certificates by the million, loaded in bulk as if they had been made.

They are spread over two years, in jobs of a hundred, of seven kinds by turns, two jobs of three public. Each owner issues for
one of forty spas, but the first, who has an eleventh of everything, for all of them. One of 200 is revoked, one of 1,000
superseded, one of 10,000 erased. They are found by the beginnings of their names, not by how these sound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.parts import Parts

PER_JOB: Final = 100
PER_CHUNK: Final = 50
SPAS: Final = 40
KINDS: Final = {
    "spa_therapist": "therapist-classic",
    "manager_salary": "manager-salary-classic",
    "offer_letter": "offer-letter-classic",
    "experience_letter": "experience-letter-classic",
    "appointment_letter": "appointment-letter-classic",
    "invoice_spa_bill": "invoice-classic",
    "id_card": "id-card-classic",
}
"""The kinds of what is loaded, each with its template."""
Files = dict[str, dict[str, Any]]
FILES: Final[Files] = {
    "pdf": {"digest": "a" * 64, "size": 61_204, "pages": 1},
    "png": {"digest": "b" * 64, "size": 331_870, "width": 1754, "height": 1240},
    "thumbnail": {"digest": "c" * 64, "size": 15_112, "width": 480, "height": 339},
}


def load_owners(session: Session, owners: int) -> None:
    """So many users, and the spas that they issue for."""
    session.execute(
        text("""
            INSERT INTO users (id, name, role, created_at)
            SELECT uuidv7(), 'Owner ' || n, 'user', now() FROM generate_series(1, :owners) AS n"""),
        {"owners": owners},
    )
    session.execute(
        text("""
            INSERT INTO spas (id, code, name, details, created_at, updated_at)
            SELECT uuidv7(), 'loaded-' || n, 'Spa ' || n, '{}', now(), now() FROM generate_series(1, :spas) AS n"""),
        {"spas": SPAS},
    )


def leave_unchecked(session: Session) -> None:
    """Check no foreign keys in this transaction: a load would spend most of its time on them. For PostgreSQL's superusers."""
    session.execute(text("SET LOCAL session_replication_role = replica"))


def load_certificates(
    session: Session,
    start: int,
    end: int,
    *,
    alone: bool = False,
    files: Files = FILES,
) -> None:
    """Certificates number `start` to before `end`, in the order in which they were made, with their jobs, items and chunks; or
    `alone` with their jobs."""
    names = {
        "start": start // PER_JOB,
        "end": end // PER_JOB - 1,
        "per_job": PER_JOB,
        "per_chunk": PER_CHUNK,
        "kinds": list(KINDS),
        "templates": list(KINDS.values()),
        "files": json.dumps(files),
    }
    made_with_them = () if alone else (_ITEMS, _CHUNKS)
    for statement in (_LOADING, _ROWS, _JOBS, *made_with_them, _CERTIFICATES):
        session.execute(text(statement), names)
    session.execute(text("DROP TABLE loading, rows_of_them"))


@contextmanager
def indexed_afterwards(session: Session) -> Iterator[None]:
    """Have no index but the primary key on certificates while the block loads them: half of the time, from a million on."""
    session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    indexes = session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'certificates' AND indexname LIKE 'ix_%'"
        )
    ).all()
    for index in indexes:
        session.execute(text(f"DROP INDEX {index.indexname}"))
    yield
    for index in indexes:
        session.connection().exec_driver_sql(index.indexdef)


def vacuum(parts: Parts) -> None:
    with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


_LOADING: Final = """
    CREATE TEMP TABLE loading AS
    SELECT n, made, uuidv7(made - now()) AS id,
           owners[CASE WHEN n % 11 = 0 THEN 1 ELSE 1 + n % cardinality(owners) END] AS owner_id,
           spas[1 + n % cardinality(spas)] AS spa_id,
           (cast(:kinds AS text[]))[1 + n % cardinality(cast(:kinds AS text[]))] AS kind,
           (cast(:templates AS text[]))[1 + n % cardinality(cast(:templates AS text[]))] AS template_id,
           n % 3 <> 0 AS is_public
    FROM (SELECT n, now() - interval '700 days' + n * interval '20 minutes' AS made
          FROM generate_series(:start, :end) AS n) AS numbered,
         (SELECT array_agg(id ORDER BY id) AS owners FROM users WHERE name LIKE 'Owner %') AS people,
         (SELECT array_agg(id ORDER BY id) AS spas FROM spas WHERE code LIKE 'loaded-%') AS places"""
_ROWS: Final = """
    CREATE TEMP TABLE rows_of_them AS
    SELECT l.id AS job_id, position, uuidv7(made - now()) AS id, 'TC-2026-' || lpad(number::text, 7, '0') AS number,
           upper(left(md5(random()::text) || md5(random()::text), 26)) AS code,
           (ARRAY['Asha', 'Bina', 'Chitra', 'Devika', 'Esha', 'Farida', 'Gauri', 'अनन्या', 'ಶ್ರುತಿ'])[1 + number % 9]
               || ' ' || initcap(left(md5(number::text), 6)) AS recipient_name,
           CASE WHEN number % 200 = 7 THEN 'revoked' WHEN number % 1000 = 11 THEN 'superseded'
                WHEN number % 10000 = 13 THEN 'erased' ELSE 'valid' END AS state
    FROM (SELECT *, n * :per_job + position AS number FROM loading, generate_series(0, :per_job - 1) AS position) AS l"""
_JOBS: Final = """
    INSERT INTO jobs (id, owner_id, spa_id, template_id, template_version, kind, renditions, dpi, lists_publicly, priority, lane,
                      verify_base, issue_date, state, total, issued, created_at, started_at, finished_at, completed_at)
    SELECT id, owner_id, spa_id, template_id, 1, kind, '{pdf,png,thumbnail}', 150, is_public, 0, 'bulk',
           'https://certificates.example', made, 'completed', :per_job, :per_job, made, made, made, made FROM loading"""
_CHUNKS: Final = """
    INSERT INTO chunks (id, job_id, owner_id, lane, priority, positions, attempt, sent_at, done_at)
    SELECT uuidv7(made - now()), id, owner_id, 'bulk', 0, ARRAY(SELECT generate_series(first, first + :per_chunk - 1)), 1,
           made, made
    FROM loading, generate_series(0, :per_job - 1, :per_chunk) AS first"""
_ITEMS: Final = """
    INSERT INTO items (job_id, position, values, recipient_name, certificate_id, number, code, state)
    SELECT job_id, position, jsonb_build_object('candidate_name', recipient_name, 'course_name', 'Ayurvedic Massage',
                                                'start_date', '2026-01-05', 'end_date', '2026-03-27'),
           recipient_name, id, number, code, 'issued'
    FROM rows_of_them"""
_CERTIFICATES: Final = """
    INSERT INTO certificates (id, job_id, position, owner_id, spa_id, template_id, template_version, kind, number, code,
                              recipient_name, search_keys, is_public, state, files, issued_at, revoked_at, revocation_reason)
    SELECT r.id, r.job_id, r.position, l.owner_id, l.spa_id, l.template_id, 1, l.kind, r.number, r.code, r.recipient_name,
           ARRAY(SELECT left(word, letters)
                 FROM unnest(string_to_array(lower(r.recipient_name), ' ')) AS word, generate_series(1, length(word)) AS letters),
           l.is_public, r.state, cast(:files AS jsonb), l.made, CASE r.state WHEN 'revoked' THEN l.made END,
           CASE r.state WHEN 'revoked' THEN 'Issued to the wrong person' END
    FROM loading l JOIN rows_of_them r ON r.job_id = l.id ORDER BY l.n, r.position"""
