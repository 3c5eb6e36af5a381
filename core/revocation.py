"""A certificate that no longer stands: decided once, told to whoever verifies it or listens."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from core.callers import Caller
from core.certificates import find_certificate
from core.errors import Conflict
from core.jobs.completion import scopes_of
from core.models import Job
from core.parts import Parts
from core.webhooks.events import tell_certificates


def revoke(parts: Parts, caller: Caller, certificate_id: UUID, *, reason: str) -> None:
    """Revoke a valid certificate. Its files stay for those who may see them; the public listing has it no more.

    Raises `NotFound` and `Gone` as `show`, and `Conflict` where it does not stand any more as it is.
    Verification knows at once. Listings do, too; while the cache is down, within the life of a stamp.
    """
    with parts.sessions.begin() as session:
        found = find_certificate(session, certificate_id, lambda found: caller.owns(found.owner_id))
        revoked = session.execute(
            text("""
                UPDATE certificates SET state = 'revoked', revoked_at = clock_timestamp(), revocation_reason = :reason
                WHERE id = :id AND state = 'valid' RETURNING id"""),
            {"id": certificate_id, "reason": reason},
        ).one_or_none()
        if revoked is None:
            session.refresh(found)
            raise Conflict(f"This certificate is {found.state} already.", code=f"already_{found.state}")
        tell_certificates(session, found.job_id, [certificate_id], "certificate.revoked")
        scopes = scopes_of(session.get_one(Job, found.job_id))
    parts.answers.start_generation(scopes)
