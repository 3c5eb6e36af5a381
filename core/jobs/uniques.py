"""Values that may be used once, such as bill numbers: the table decides who came first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kinds import BUILT_IN, UniqueClaim, Values, unique_claims
from core.templates.catalogue import LoadedTemplate


class PlacedClaim(NamedTuple):
    """What the item at `position` claims for itself."""

    position: int
    claim: UniqueClaim


def claims_of(
    template: LoadedTemplate, position: int, values: Values, spa_id: UUID | None
) -> tuple[PlacedClaim, ...]:
    """What an item claims. Two people's kinds may have one name, so a claim of such a kind holds within its template."""
    claims = unique_claims(template.kind, values, spa_id)
    if template.kind.name not in BUILT_IN:
        claims = tuple(replace(claim, scope=f"{template.template_id}/{claim.scope}") for claim in claims)
    return tuple(PlacedClaim(position, claim) for claim in claims)


def repeated(claims: Sequence[PlacedClaim]) -> list[PlacedClaim]:
    """Those claims that an earlier item of the same request makes too."""
    first: dict[tuple[str, str], int] = {}
    return [
        placed
        for placed in claims
        if first.setdefault((placed.claim.scope, placed.claim.value), placed.position) != placed.position
    ]


def claim_values(session: Session, job_id: UUID, claims: Sequence[PlacedClaim]) -> list[PlacedClaim]:
    """Claim all, in one statement; those that another document holds already. Where there is one, roll back."""
    if not claims:
        return []
    rows = [{"scope": claim.scope, "value": claim.value, "position": position} for position, claim in claims]
    claimed = session.execute(
        # Ordered, so that two requests that claim the same values wait for each other instead of deadlocking.
        text("""
            INSERT INTO unique_values (scope, value, job_id, position)
            SELECT scope, value, :job, position FROM jsonb_to_recordset(cast(:rows AS jsonb))
                AS r(scope text, value text, position int) ORDER BY scope, value
            ON CONFLICT (scope, value) DO NOTHING RETURNING position, scope"""),
        {"job": job_id, "rows": orjson.dumps(rows).decode()},
    )
    ours = {(row.position, row.scope) for row in claimed}
    return [placed for placed in claims if (placed.position, placed.claim.scope) not in ours]


def taken_values(session: Session, claims: Sequence[PlacedClaim]) -> list[PlacedClaim]:
    """Those claims that would fail just now, without claiming any."""
    if not claims:
        return []
    rows = [{"scope": claim.scope, "value": claim.value} for _, claim in claims]
    held = {
        (row.scope, row.value)
        for row in session.execute(
            text("""
                SELECT u.scope, u.value FROM unique_values u
                JOIN jsonb_to_recordset(cast(:rows AS jsonb)) AS r(scope text, value text) USING (scope, value)"""),
            {"rows": orjson.dumps(rows).decode()},
        )
    }
    return [placed for placed in claims if (placed.claim.scope, placed.claim.value) in held]


def free_values(session: Session, job_id: UUID, positions: Sequence[int]) -> None:
    """Let others use the values of items that became no certificate."""
    session.execute(
        text("DELETE FROM unique_values WHERE job_id = :job AND position = ANY(:positions)"),
        {"job": job_id, "positions": list(positions)},
    )
