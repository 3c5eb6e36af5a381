from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from core.users import UserView
from tests.api.contract import Client
from tests.parts import Queue, StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


def test_a_job_is_polled_until_it_is_completed(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user, total=3)

    waiting = as_user.get(f"/jobs/{job_id}")
    assert (waiting.json["state"], waiting.headers["Retry-After"]) == ("waiting", "1")
    finish(job_id, failing={1})
    done = as_user.get(f"/jobs/{job_id}")

    assert done.json["state"] == "completed"
    counts = {name: done.json[name] for name in ("total", "issued", "failed", "cancelled", "percent")}
    assert counts == {"total": 3, "issued": 2, "failed": 1, "cancelled": 0, "percent": 100}
    assert done.json["completed_at"]
    assert "Retry-After" not in done.headers


def test_a_poll_that_learns_nothing_new_is_a_304(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    job_id = submit(user, total=2)
    etag = as_user.get(f"/jobs/{job_id}").headers["ETag"]
    clock.advance(seconds=30)

    assert as_user.get(f"/jobs/{job_id}", headers={"If-None-Match": etag}).status_code == 304
    finish(job_id)
    assert as_user.get(f"/jobs/{job_id}", headers={"If-None-Match": etag}).status_code == 200


def test_a_users_jobs_are_listed_newest_first_and_nobody_elses(
    as_user: Client,
    as_admin: Client,
    user: UserView,
    admin: UserView,
    submit: Submit,
    clock: StillClock,
) -> None:
    mine: list[str] = []
    for _ in range(3):
        clock.advance(seconds=1)
        mine.insert(0, str(submit(user)))
    clock.advance(seconds=1)
    theirs = str(submit(admin))

    first = as_user.get("/jobs?limit=2").json
    second = as_user.get(f"/jobs?limit=2&cursor={first['next']}").json

    assert [job["id"] for job in first["items"] + second["items"]] == mine
    assert second["next"] is None
    assert [job["id"] for job in as_admin.get("/jobs").json["items"]] == [theirs, *mine]


def test_jobs_are_found_by_state_and_by_the_clients_own_name(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    waiting = submit(user, external_id="course 7")
    finish(submit(user, external_id="course 8"))

    def found(query: str) -> list[str]:
        return [job["id"] for job in as_user.get(f"/jobs?{query}").json["items"]]

    assert found("state=waiting") == found("external_id=course 7") == [str(waiting)]
    assert found("state=waiting&external_id=course 8") == []


def test_items_show_their_certificate_or_their_problem(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user, total=3)
    first, third = finish(job_id, failing={1})

    items = as_user.get(f"/jobs/{job_id}/items").json["items"]

    assert [item["state"] for item in items] == ["issued", "failed", "issued"]
    assert [item["certificate_id"] for item in items] == [str(first), None, str(third)]
    assert items[0]["certificate_url"] == f"/certificates/{first}"
    assert items[1]["problem"]["code"] == "missing_glyph"
    failed = as_user.get(as_user.get(f"/jobs/{job_id}").json["links"]["failed_items"]).json["items"]
    assert [item["position"] for item in failed] == [1]


def test_items_come_page_by_page(as_user: Client, user: UserView, submit: Submit) -> None:
    job_id = submit(user, total=5)
    seen: list[int] = []
    address: str | None = f"/jobs/{job_id}/items?limit=2"
    while address:
        answer = as_user.get(address)
        seen += [item["position"] for item in answer.json["items"]]
        address = answer.headers["Link"].split(">")[0].strip("<") if "Link" in answer.headers else None

    assert seen == [0, 1, 2, 3, 4]


def test_cancelling_stops_what_waits(as_user: Client, user: UserView, submit: Submit) -> None:
    job_id = submit(user, total=2)

    cancelled = as_user.post(f"/jobs/{job_id}/cancel")

    assert (cancelled.json["state"], cancelled.json["cancelled"]) == ("cancelled", 2)
    again = as_user.post(f"/jobs/{job_id}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "job_at_rest")


def test_failed_items_may_be_tried_again(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, queue: Queue
) -> None:
    job_id = submit(user, total=2)
    finish(job_id, failing={0})
    queue.messages.clear()

    retried = as_user.post(f"/jobs/{job_id}/retry")

    assert (retried.status_code, retried.json["state"], retried.json["failed"]) == (202, "rendering", 0)
    assert retried.headers["Location"] == f"/jobs/{job_id}"
    assert len(queue.messages) == 1


def test_a_job_without_failed_items_is_not_tried_again(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user)
    finish(job_id)

    refused = as_user.post(f"/jobs/{job_id}/retry")

    assert (refused.status_code, refused.json["code"]) == (409, "nothing_failed")


def test_somebody_elses_job_is_not_there(
    as_stranger: Client, as_manager: Client, user: UserView, submit: Submit
) -> None:
    job_id = submit(user)

    for client, status in ((as_stranger, 404), (as_manager, 200)):
        assert client.get(f"/jobs/{job_id}").status_code == status
        assert client.get(f"/jobs/{job_id}/items").status_code == status
    assert as_stranger.post(f"/jobs/{job_id}/cancel").status_code == 404
    assert as_stranger.post(f"/jobs/{job_id}/retry").status_code == 404
