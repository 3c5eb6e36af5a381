"""What happened, for those who listen: a row for each event and endpoint, in the transaction of what it tells.

Rows hold ids, numbers, kinds, states and addresses, and nothing about a person: erasing a certificate has nothing to do here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

EventType = Literal[
    "job.completed", "job.cancelled", "certificate.issued", "certificate.failed", "certificate.revoked"
]
EVENT_TYPES: Final[tuple[EventType, ...]] = get_args(EventType)
TEST_EVENT: Final = "webhook.test"
"""What an endpoint gets that somebody tries, whatever it listens to."""


def tell_job(session: Session, job_id: UUID) -> None:
    """Tell that a job came to rest, as it stands now: `job.completed` or `job.cancelled`."""
    session.execute(
        text("""
            INSERT INTO webhook_deliveries (endpoint_id, event_id, type, data, due_at, created_at)
            SELECT e.id, :event, 'job.' || j.state,
                   jsonb_build_object(
                       'id', j.id, 'state', j.state, 'kind', j.kind, 'template', j.template_id,
                       'template_version', j.template_version, 'total', j.total, 'issued', j.issued, 'failed', j.failed,
                       'cancelled', j.cancelled,
                       'links', jsonb_build_object(
                           'self', j.verify_base || '/jobs/' || j.id, 'items', j.verify_base || '/jobs/' || j.id || '/items')),
                   clock_timestamp(), clock_timestamp()
            FROM jobs j JOIN webhook_endpoints e ON e.owner_id = j.owner_id
            WHERE j.id = :job AND e.state = 'enabled' AND 'job.' || j.state = ANY(e.events)
            FOR KEY SHARE OF e"""),
        {"job": job_id, "event": uuid7()},
    )


def tell_certificates(
    session: Session,
    job_id: UUID,
    certificate_ids: Sequence[UUID],
    event: Literal["certificate.issued", "certificate.revoked"],
) -> None:
    """Tell what became of certificates of one job."""
    if not certificate_ids or not (endpoints := _listening(session, job_id, event)):
        return
    session.execute(
        text("""
            INSERT INTO webhook_deliveries (endpoint_id, event_id, type, data, due_at, created_at)
            SELECT endpoint_id, told.event_id, :type,
                   jsonb_build_object(
                       'id', c.id, 'state', c.state, 'number', c.number, 'kind', c.kind,
                       'job_id', c.job_id, 'position', c.position,
                       'links', jsonb_build_object(
                           'self', j.verify_base || '/certificates/' || c.id, 'job', j.verify_base || '/jobs/' || j.id)),
                   clock_timestamp(), clock_timestamp()
            FROM unnest(:certificates, :events) AS told(certificate_id, event_id)
            JOIN certificates c ON c.id = told.certificate_id JOIN jobs j ON j.id = c.job_id
            CROSS JOIN unnest(:endpoints) AS endpoint_id"""),
        {
            "type": event,
            # Ids grow with their positions, so events do, too, and are sent in that order where nothing fails.
            "certificates": sorted(certificate_ids),
            "events": [uuid7() for _ in certificate_ids],
            "endpoints": endpoints,
        },
    )


def tell_failed(session: Session, job_id: UUID, positions: Sequence[int]) -> None:
    """Tell of items that got no certificate, and why: a code and a field, not the words, which may quote a name."""
    if not positions or not (endpoints := _listening(session, job_id, "certificate.failed")):
        return
    session.execute(
        text("""
            INSERT INTO webhook_deliveries (endpoint_id, event_id, type, data, due_at, created_at)
            SELECT endpoint_id, told.event_id, 'certificate.failed',
                   jsonb_build_object(
                       'state', i.state, 'number', i.number, 'kind', j.kind, 'job_id', j.id, 'position', i.position,
                       'problem', jsonb_build_object('code', i.problem ->> 'code', 'field', i.problem ->> 'field'),
                       'links', jsonb_build_object(
                           'job', j.verify_base || '/jobs/' || j.id,
                           'failed_items', j.verify_base || '/jobs/' || j.id || '/items?state=failed')),
                   clock_timestamp(), clock_timestamp()
            FROM unnest(:positions, :events) AS told(position, event_id)
            JOIN items i ON i.job_id = :job AND i.position = told.position JOIN jobs j ON j.id = i.job_id
            CROSS JOIN unnest(:endpoints) AS endpoint_id"""),
        {
            "job": job_id,
            "positions": sorted(positions),
            "events": [uuid7() for _ in positions],
            "endpoints": endpoints,
        },
    )


def tell_test(session: Session, endpoint_id: UUID) -> UUID:
    """A test for one endpoint; the event's id."""
    event_id = uuid7()
    session.execute(
        text("""
            INSERT INTO webhook_deliveries (endpoint_id, event_id, type, data, due_at, created_at)
            VALUES (:endpoint, :event, :type, '{}', clock_timestamp(), clock_timestamp())"""),
        {"endpoint": endpoint_id, "event": event_id, "type": TEST_EVENT},
    )
    return event_id


def _listening(session: Session, job_id: UUID, event: EventType) -> Sequence[UUID]:
    """Endpoints of the job's owner that hear of such events, kept from being swept away until this transaction is over.

    A statement of its own: all that it costs when nobody listens.
    """
    return session.scalars(
        text("""
            SELECT id FROM webhook_endpoints
            WHERE owner_id = (SELECT owner_id FROM jobs WHERE id = :job) AND state = 'enabled' AND :type = ANY(events)
            FOR KEY SHARE"""),
        {"job": job_id, "type": event},
    ).all()
