"""How far a job is costs who polls it nothing, and is never told wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from api.app import create_app
from core.jobs.chunks import render
from core.models import Chunk, Job
from core.parts import Parts
from core.runtime import build_runtime
from core.scopes import job_scope
from core.settings import Settings
from core.users import UserView
from tests.api.contract import Client, client_with
from tests.parts import Queue, StillClock
from tests.queries import Asked

SOME = UUID(int=1)

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


def test_a_second_poll_asks_no_database(
    as_user: Client, user: UserView, submit: Submit, queries: list[Asked]
) -> None:
    job_id = submit(user, total=3)
    first = as_user.get(f"/jobs/{job_id}")
    queries.clear()
    again = as_user.get(f"/jobs/{job_id}")
    unchanged = as_user.get(f"/jobs/{job_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.json, again.headers["X-Cache"]) == (first.json, "hit")
    assert again.headers["Retry-After"] == first.headers["Retry-After"]
    assert unchanged.status_code == 304
    assert queries == []


def test_each_chunk_that_ends_is_seen_by_the_next_poll(
    runtime: Parts, as_user: Client, user: UserView, template: str, submit: Submit
) -> None:
    job_id = submit(user, total=70)
    with runtime.sessions() as session:
        chunks = session.scalars(select(Chunk.id).where(Chunk.job_id == job_id).order_by(Chunk.id)).all()
    seen = [as_user.get(f"/jobs/{job_id}").json["issued"]]
    for chunk_id in chunks:
        render(runtime, chunk_id)
        seen.append(as_user.get(f"/jobs/{job_id}").json["issued"])
    assert seen == [0, 32, 64, 70]
    assert as_user.get(f"/jobs/{job_id}").json["state"] == "completed"


def test_cancelling_and_trying_again_are_seen_at_once(
    runtime: Parts, as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    cancelled, failing = submit(user, total=3), submit(user, total=3)
    finish(failing, failing={1})
    for job_id in (cancelled, failing):
        as_user.get(f"/jobs/{job_id}")
    as_user.post(f"/jobs/{cancelled}/cancel")
    assert as_user.get(f"/jobs/{cancelled}").json["state"] == "cancelled"
    as_user.post(f"/jobs/{failing}/retry")
    assert as_user.get(f"/jobs/{failing}").json["state"] == "rendering"


def test_a_job_between_its_last_item_and_completed_is_kept_by_nobody(
    runtime: Parts, as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user)
    finish(job_id)
    with runtime.sessions.begin() as session:
        session.execute(update(Job).where(Job.id == job_id).values(completed_at=None, state="rendering"))
    runtime.answers.start_generation([job_scope(job_id)])
    answer = as_user.get(f"/jobs/{job_id}")
    for _ in range(2):
        answer = as_user.get(f"/jobs/{job_id}")
        assert (answer.json["percent"], answer.headers["X-Cache"]) == (100, "miss")
    with runtime.sessions.begin() as session:  # by a worker that died before it could stamp it
        session.execute(
            update(Job).where(Job.id == job_id).values(completed_at=runtime.clock(), state="completed")
        )
    told = as_user.get(f"/jobs/{job_id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert told.json["state"] == "completed"


def test_how_far_a_job_is_stands_in_one_place_which_is_why_it_never_goes_back(
    runtime: Parts, as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    """What a process kept to itself would be older than what another loaded after a chunk that could not be told."""
    going, at_rest = submit(user, total=3), submit(user, total=1)
    finish(at_rest)
    for _ in range(3):
        for job_id in (going, at_rest):
            as_user.get(f"/jobs/{job_id}")
    with runtime.sessions.begin() as session:
        session.execute(update(Job).where(Job.id == going).values(issued=2))
    kept = list(runtime.cache.scan_iter("answer2:job:*"))
    assert sorted(runtime.cache.pttl(key) > 1000 for key in kept) == [False, True]
    runtime.cache.delete(*kept)
    assert as_user.get(f"/jobs/{going}").json["issued"] == 2
    assert as_user.get(f"/jobs/{at_rest}").headers["X-Cache"] == "hit"


def test_without_the_cache_polls_are_as_right(
    settings: Settings,
    clock: StillClock,
    queue: Queue,
    user: UserView,
    user_key: str,
    submit: Submit,
    finish: Finish,
) -> None:
    parts = build_runtime(replace(settings, cache_url="redis://127.0.0.1:1/0"), send=queue, clock=clock)
    client = client_with(create_app(parts), user_key)
    job_id = submit(user)
    first = client.get(f"/jobs/{job_id}")
    etag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/jobs/{job_id}", headers=etag).status_code == 304
    finish(job_id)
    done = client.get(f"/jobs/{job_id}", headers=etag)
    assert (done.status_code, done.json["state"], done.headers["X-Cache"]) == (200, "completed", "bypass")
    assert [job["state"] for job in client.get(f"/jobs?ids={job_id}").json["items"]] == ["completed"]
    parts.engine.dispose()
    parts.cache.close()


def test_somebody_elses_job_is_not_there_although_it_is_kept(
    as_user: Client, as_stranger: Client, as_manager: Client, user: UserView, submit: Submit
) -> None:
    job_id = submit(user)
    for client, status in ((as_user, 200), (as_stranger, 404), (as_manager, 200), (as_stranger, 404)):
        assert client.get(f"/jobs/{job_id}").status_code == status


def test_many_jobs_are_polled_at_once_in_the_order_asked(
    as_user: Client,
    as_stranger: Client,
    user: UserView,
    submit: Submit,
    finish: Finish,
    queries: list[Asked],
) -> None:
    jobs = [submit(user) for _ in range(3)]
    address = f"/jobs?ids={jobs[2]},{uuid4()},{jobs[0]},{jobs[1]}"
    first = as_user.get(address)
    assert [job["id"] for job in first.json["items"]] == [str(jobs[place]) for place in (2, 0, 1)]
    finish(jobs[0])
    again = as_user.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert [job["state"] for job in again.json["items"]] == ["waiting", "completed", "waiting"]
    known = f"/jobs?ids={jobs[2]},{jobs[0]},{jobs[1]}"
    etag = as_user.get(known).headers["ETag"]
    queries.clear()
    assert as_user.get(known, headers={"If-None-Match": etag}).status_code == 304
    assert queries == []
    assert as_stranger.get(known).json["items"] == []


@pytest.mark.parametrize("query", ["ids=", "ids=1", "ids=*", f"ids={SOME}&state=waiting", f"ids={SOME},"])
def test_what_names_no_jobs_is_refused_at_ids(as_user: Client, query: str) -> None:
    refused = as_user.get(f"/jobs?{query}")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "?ids")


def test_a_hundred_jobs_are_polled_at_once_and_no_more(as_user: Client) -> None:
    ids = [str(uuid4()) for _ in range(101)]
    assert as_user.get(f"/jobs?ids={','.join(ids[:100])}").json["items"] == []
    assert as_user.get(f"/jobs?ids={','.join(ids)}").status_code == 422
