"""Is a document genuine? What anybody who holds its code may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.models import Certificate, Spa

_OUTCOMES = {"valid": "genuine"}


@dataclass(frozen=True, slots=True)
class Verification:
    """`outcome`: genuine, revoked, superseded or erased. An erased document keeps its number and the fact, and no name."""

    outcome: str
    number: str
    kind: str
    recipient_name: str | None
    spa_name: str | None
    issued_at: datetime
    revoked_at: datetime | None


def verify(session: Session, code: str) -> Verification:
    """What was issued under `code`. Raises `NotFound`, after the same work, for unknown and malformed codes alike."""
    row = session.execute(
        select(Certificate, Spa.name)
        .outerjoin(Spa, Spa.id == Certificate.spa_id)
        .where(Certificate.code == code.upper()[:64].replace("\0", ""))
    ).one_or_none()
    if row is None:
        raise NotFound("No document has been issued under this code.")
    certificate, spa_name = row
    return Verification(
        outcome=_OUTCOMES.get(certificate.state, certificate.state),
        number=certificate.number,
        kind=certificate.kind,
        recipient_name=None if certificate.state == "erased" else certificate.recipient_name,
        spa_name=spa_name,
        issued_at=certificate.issued_at,
        revoked_at=certificate.revoked_at,
    )
