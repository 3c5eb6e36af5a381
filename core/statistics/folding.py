"""From changes to counts. Nobody else writes counts, and one process at a time does, under an advisory lock."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

_FOLD_LOCK: Final = 0x6365_7274_0006
_STEP: Final = 50_000

KEY: Final = "owner_id, span, first_day, kind, template_id, template_version, spa_id, state, is_public"
_COMBINATION: Final = "kind, template_id, template_version, spa_id, state, is_public"


def levelled(rows: str) -> str:
    """Sums of rows (owner_id, day, combination, number) as counts are kept: of a day and of a month, of an owner and of all."""
    return f"""
        SELECT CASE WHEN owned THEN owner_id END AS owner_id, span, date_trunc(span, day)::date AS first_day, {_COMBINATION},
               sum(number)::bigint AS number
        FROM ({rows}) AS rows
            CROSS JOIN (VALUES (true, 'day'), (true, 'month'), (false, 'day'), (false, 'month')) AS levels (owned, span)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"""  # noqa: S608, ours alone


_DAY_OF_CERTIFICATE: Final = "date_trunc('day', issued_at AT TIME ZONE :zone)"
_DAY_OF_CHANGE: Final = "date_trunc('day', issued_in AT TIME ZONE :zone)"

# What counts should say: one statement sees one moment of certificates and of the changes that are noted and not yet folded.
EXPECTED: Final = levelled(f"""
    SELECT owner_id, {_DAY_OF_CERTIFICATE} AS day, {_COMBINATION}, count(*) AS number
    FROM certificates GROUP BY owner_id, day, {_COMBINATION}
    UNION ALL
    SELECT owner_id, {_DAY_OF_CHANGE}, {_COMBINATION}, -change FROM count_changes""")  # noqa: S608, ours alone

_CHANGED: Final = f"SELECT owner_id, {_DAY_OF_CHANGE} AS day, {_COMBINATION}, change AS number FROM gone"  # noqa: S608
_FOLD: Final = f"""
    WITH gone AS (
        DELETE FROM count_changes WHERE id IN (SELECT id FROM count_changes ORDER BY id LIMIT :step) RETURNING *),
    folded AS (
        INSERT INTO certificate_counts AS kept ({KEY}, count)
        SELECT * FROM ({levelled(_CHANGED)}) AS sums WHERE number <> 0
        ON CONFLICT ({KEY}) DO UPDATE SET count = kept.count + excluded.count)
    SELECT count(*) FROM gone"""  # noqa: S608, ours alone
_FILL: Final = (
    f"INSERT INTO certificate_counts ({KEY}, count) SELECT * FROM ({EXPECTED}) AS sums WHERE number <> 0"  # noqa: S608
)


def fold_changes(sessions: sessionmaker[Session], *, zone: ZoneInfo) -> int:
    """Add what changed to the counts, step by step; how many changes that were. Whoever counts meanwhile counts the same."""
    folded = 0
    while True:
        with sessions.begin() as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _FOLD_LOCK}):
                return folded
            step: int = session.execute(text(_FOLD), {"zone": zone.key, "step": _STEP}).scalar_one()
        folded += step
        if step < _STEP:
            return folded


def recount(sessions: sessionmaker[Session], *, zone: ZoneInfo) -> None:
    """Count everything anew, while others read, issue and revoke. Every certificate is looked at."""
    with sessions.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FOLD_LOCK})
        session.execute(text("SET LOCAL work_mem = '64MB'"))
        session.execute(text("DELETE FROM certificate_counts"))
        session.execute(text(_FILL), {"zone": zone.key})
