"""How a job comes in: everything is checked first, then one transaction stores it, then the relay is nudged."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core import assets, spas, traces
from core.callers import Caller
from core.errors import Fault, InvalidRequest
from core.jobs.checking import Accepted, Prepared, Wanted, refusal, taken_fault
from core.jobs.chunking import insert_chunks, lane_of
from core.jobs.progress import JobView, view_of
from core.jobs.uniques import PlacedClaim, claim_values
from core.kinds import Kind, to_json
from core.models import Job
from core.parts import Parts


class TakenMeanwhile(InvalidRequest):
    """Values that were free when the request was checked belong to another document now."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that PostgreSQL has, and the faults of the items that were skipped."""

    job: JobView
    skipped: tuple[Fault, ...]


def submit_job(
    session: Session,
    parts: Parts,
    *,
    owner: Caller,
    wanted: Wanted,
    prepared: Prepared,
    request_id: str | None,
) -> Submission:
    """Store job, items and chunks: a handful of statements whatever the size. Call `nudge` after the commit.

    Raises `TakenMeanwhile` where somebody else claimed a unique value since the check.
    """
    now = parts.clock()
    kind, template, total = prepared.template.kind, prepared.template, len(prepared.accepted)
    job = Job(
        id=uuid7(),
        owner_id=owner.user_id,
        template_id=template.template_id,
        template_version=template.number,
        kind=kind.name,
        spa_id=None if prepared.spa is None else prepared.spa.id,
        issuer=None if prepared.spa is None else spas.issuer(prepared.spa),
        renditions=list(wanted.renditions),
        dpi=wanted.dpi or template.document.dpi,
        lists_publicly=wanted.is_public and template.public_listing,
        external_id=wanted.external_id,
        priority=wanted.priority,
        lane=lane_of(total),
        verify_base=parts.settings.public_url.rstrip("/"),
        issue_date=now.astimezone(parts.settings.timezone).date(),
        request_id=request_id,
        traceparent=traces.carried(),
        state="waiting",
        total=total,
        issued=0,
        failed=0,
        cancelled=0,
        created_at=now,
    )
    session.add(job)
    session.flush()
    assets.record(session, owner.user_id, prepared.images, now)
    _insert_items(session, job, kind, prepared.accepted)
    claims = [
        PlacedClaim(position, placed.claim)
        for position, item in enumerate(prepared.accepted)
        for placed in item.claims
    ]
    if taken := claim_values(session, job.id, claims):
        rows = [item.row for item in prepared.accepted]
        faults = [taken_fault(PlacedClaim(rows[placed.position], placed.claim)) for placed in taken]
        refused = refusal(faults)
        raise TakenMeanwhile(refused.detail, code=refused.code, faults=refused.faults)
    insert_chunks(session, job, range(total), chunk_items=parts.settings.chunk_items)
    return Submission(view_of(job, now=now), prepared.skipped)


def _insert_items(session: Session, job: Job, kind: Kind, accepted: Sequence[Accepted]) -> None:
    """All items in one statement. Numbers come from a sequence: unique and growing; one may be missing, none comes twice."""
    rows = [
        {
            "position": position,
            "values": to_json(item.values),
            "recipient_name": item.recipient_name,
            "certificate_id": uuid7(),
            "code": make_code(),
        }
        for position, item in enumerate(accepted)
    ]
    session.execute(
        text("""
            INSERT INTO items (job_id, position, values, recipient_name, certificate_id, number, code)
            SELECT :job, position, values, recipient_name, certificate_id,
                   :prefix || lpad(nextval('certificate_number')::text, 7, '0'), code
            FROM jsonb_to_recordset(cast(:rows AS jsonb))
                AS r(position int, values jsonb, recipient_name text, certificate_id uuid, code text)"""),
        {
            "job": job.id,
            "prefix": f"{kind.number_prefix}-{job.issue_date.year}-",
            "rows": orjson.dumps(rows).decode(),
        },
    )


def make_code() -> str:
    """A public code that nobody can guess: 130 random bits in 26 characters of base 32 (RFC 4648)."""
    return base64.b32encode(secrets.token_bytes(17)).decode()[:26]
