"""Do the counts say what there is? One statement compares them with every certificate, so it sees one moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.doctor.findings import Finding
from core.statistics.folding import EXPECTED, KEY

COUNT_DIFFERS: Final = "count_differs"
_DIFFERENCES: Final = f"""
    SELECT span, first_day, owner_id IS NULL AS of_all, sum(abs(difference)) AS wrong FROM (
        SELECT owner_id, span, first_day, sum(number) AS difference FROM (
            SELECT {KEY}, number FROM ({EXPECTED}) AS expected
            UNION ALL
            SELECT {KEY}, -count FROM certificate_counts) AS compared
        GROUP BY {KEY} HAVING sum(number) <> 0) AS differing
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""  # noqa: S608, ours alone


def examine_counts(session: Session, *, zone: ZoneInfo) -> Iterator[Finding]:
    """A finding for each day and month of which a count differs, of an owner or of all together."""
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    for row in session.execute(text(_DIFFERENCES), {"zone": zone.key}):
        whose = "of all" if row.of_all else "of single owners"
        yield Finding(COUNT_DIFFERS, f"{row.span} of {row.first_day}: counts {whose} are off by {row.wrong}")
