"""What happened is told in the transaction in which it happened, and only to those who listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from core.callers import Caller
from core.jobs.completion import complete_job
from core.jobs.control import cancel_job
from core.jobs.leases import take_lease
from core.jobs.recording import Drawn, Failed, record_chunk
from core.models import Certificate, Chunk, Delivery
from core.parts import Parts
from core.webhooks import endpoints
from core.webhooks.events import tell_certificates
from tests.core.jobs.conftest import AddJob
from tests.core.webhooks.conftest import AddEndpoint

URL = "https://hooks.example/in"
Deliveries = Callable[[], list[Delivery]]
Finish = Callable[..., None]


@pytest.fixture
def finish(runtime: Parts, chunks_of: Callable[[UUID], list[Chunk]]) -> Finish:
    """`finish(job_id, failing={1})`: record all of a job and complete it."""

    def record_all(job_id: UUID, *, failing: frozenset[int] | set[int] = frozenset()) -> None:
        problem = {
            "code": "missing_glyph",
            "field": "candidate_name",
            "detail": "No font has what Asha writes.",
        }
        for chunk in chunks_of(job_id):
            with runtime.sessions.begin() as session:
                lease = take_lease(session, chunk.id, seconds=20)
                assert lease
                drawn = [Drawn(each, {}) for each in lease.positions if each not in failing]
                failed = [Failed(each, problem) for each in lease.positions if each in failing]
                record_chunk(session, lease, drawn=drawn, failed=failed)
        complete_job(runtime, job_id)

    return record_all


def types(found: list[Delivery]) -> list[str]:
    return [each.type for each in found]


def test_each_certificate_each_failure_and_the_job_are_told_in_order(
    add_job: AddJob, add_endpoint: AddEndpoint, finish: Finish, deliveries: Deliveries
) -> None:
    add_endpoint(URL)
    job_id = add_job(6)
    finish(job_id, failing={2})
    found = deliveries()
    assert types(found) == ["certificate.issued"] * 5 + ["certificate.failed", "job.completed"]
    issued = [each.data["position"] for each in found if each.type == "certificate.issued"]
    assert issued == [0, 1, 3, 4, 5]
    assert {each.state for each in found} == {"waiting"}


def test_events_hold_ids_numbers_states_and_addresses_and_nobodys_name(
    runtime: Parts, add_job: AddJob, add_endpoint: AddEndpoint, finish: Finish, deliveries: Deliveries
) -> None:
    add_endpoint(URL)
    job_id = add_job(6)
    finish(job_id, failing={2})
    told: dict[str, Any] = {each.type: each.data for each in deliveries()}
    home = "https://certmill.example"
    with runtime.sessions.begin() as session:
        certificate = session.scalars(
            select(Certificate).where(Certificate.job_id == job_id, Certificate.position == 5)
        ).one()
    assert told["certificate.issued"] == {
        "id": str(certificate.id),
        "state": "valid",
        "number": certificate.number,
        "kind": "plain",
        "job_id": str(job_id),
        "position": 5,
        "links": {"self": f"{home}/certificates/{certificate.id}", "job": f"{home}/jobs/{job_id}"},
    }
    failed = told["certificate.failed"]
    assert (failed["state"], failed["position"]) == ("failed", 2)
    assert failed["problem"] == {"code": "missing_glyph", "field": "candidate_name"}
    job = told["job.completed"]
    assert (job["id"], job["state"], job["total"], job["issued"], job["failed"]) == (
        str(job_id),
        "completed",
        6,
        5,
        1,
    )
    assert "Person" not in str(told)
    assert "Asha" not in str(told)


def test_one_event_goes_to_every_endpoint_of_its_owner_under_one_id(
    add_job: AddJob, add_endpoint: AddEndpoint, finish: Finish, deliveries: Deliveries
) -> None:
    for number in range(3):
        add_endpoint(f"{URL}/{number}", events={"job.completed"})
    finish(add_job(6))
    found = deliveries()
    assert len(found) == 3
    assert len({each.event_id for each in found}) == 1


def test_nobody_hears_of_what_they_do_not_listen_to_or_do_not_own(
    runtime: Parts,
    add_job: AddJob,
    add_endpoint: AddEndpoint,
    finish: Finish,
    deliveries: Deliveries,
    add_user: Callable[..., Any],
    caller: Caller,
) -> None:
    stranger = add_user("admin", "Somebody else")
    add_endpoint(URL, owner=Caller(stranger.id, "admin", stranger.name))
    add_endpoint(URL, events={"certificate.revoked", "job.cancelled"})
    gone = add_endpoint(URL)
    with runtime.sessions.begin() as session:
        endpoints.remove_endpoint(session, caller, gone.id)
    finish(add_job(6))
    assert deliveries() == []


def test_what_is_rolled_back_was_never_told(
    runtime: Parts,
    add_job: AddJob,
    add_endpoint: AddEndpoint,
    chunks_of: Callable[[UUID], list[Chunk]],
    deliveries: Deliveries,
) -> None:
    add_endpoint(URL)
    (chunk,) = chunks_of(add_job(6))
    with runtime.sessions() as session:
        lease = take_lease(session, chunk.id, seconds=20)
        assert lease
        record_chunk(session, lease, drawn=[Drawn(0, {})], failed=[])
        session.rollback()
    assert deliveries() == []


def test_a_cancelled_job_is_told_as_such(
    runtime: Parts, add_job: AddJob, add_endpoint: AddEndpoint, deliveries: Deliveries, caller: Caller
) -> None:
    add_endpoint(URL)
    cancel_job(runtime, caller, add_job(6))
    (told,) = deliveries()
    assert (told.type, told.data["state"], told.data["cancelled"]) == ("job.cancelled", "cancelled", 6)


def test_what_is_revoked_is_told(
    runtime: Parts, add_job: AddJob, add_endpoint: AddEndpoint, finish: Finish, deliveries: Deliveries
) -> None:
    add_endpoint(URL, events={"certificate.revoked"})
    job_id = add_job(6)
    finish(job_id)
    with runtime.sessions.begin() as session:
        certificate = session.scalars(select(Certificate).where(Certificate.position == 3)).one()
        certificate.state = "revoked"
        session.flush()
        tell_certificates(session, job_id, [certificate.id], "certificate.revoked")
    (told,) = deliveries()
    assert (told.type, told.data["state"], told.data["position"]) == ("certificate.revoked", "revoked", 3)


def test_while_nobody_listens_a_chunk_costs_one_statement_more(
    runtime: Parts, add_job: AddJob, chunks_of: Callable[[UUID], list[Chunk]]
) -> None:
    (chunk,) = chunks_of(add_job(32))
    statements: list[str] = []
    event.listen(
        runtime.engine, "before_cursor_execute", lambda *call: statements.append(call[2]), named=False
    )
    with runtime.sessions.begin() as session:
        lease = take_lease(session, chunk.id, seconds=20)
        assert lease
        record_chunk(
            session,
            lease,
            drawn=[Drawn(each, {}) for each in lease.positions],
            failed=[],
        )
    assert len([each for each in statements if "webhook_" in each]) == 1
