from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from api.app import create_app
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.users import UserView
from tests.api.contract import Client
from tests.parts import Queue, StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


def ids(answer: object) -> list[str]:
    return [item["id"] for item in answer.json["items"]]  # type: ignore[attr-defined]


def test_the_public_listing_has_what_job_and_template_both_make_public(
    client: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    (public,) = finish(submit(user, is_public=True))
    finish(submit(user))

    listing = client.get("/certificates/generated/public")

    assert ids(listing) == [str(public)]
    assert listing.json["items"][0].keys() == {
        "id", "number", "kind", "recipient_name", "spa", "issued_at", "files",
    }  # fmt: skip


def test_a_users_listing_is_theirs_and_their_managers(
    as_user: Client,
    as_stranger: Client,
    as_manager: Client,
    user: UserView,
    submit: Submit,
    finish: Finish,
) -> None:
    (private,) = finish(submit(user))

    assert ids(as_user.get(f"/certificates/user/{user.id}")) == [str(private)]
    assert ids(as_manager.get(f"/certificates/user/{user.id}")) == [str(private)]
    assert as_stranger.get(f"/certificates/user/{user.id}").status_code == 404


def test_the_whole_listing_names_each_user_and_is_for_those_who_see_everything(
    as_user: Client, as_manager: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user))

    assert as_manager.get("/certificates").json["items"][0]["user"] == {"id": str(user.id), "name": "Uma"}
    assert as_user.get("/certificates").status_code == 403


def test_whoever_saw_a_job_completed_finds_it_listed(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    listing = f"/certificates/user/{user.id}"
    for _ in range(5):
        assert as_user.get(listing).headers["X-Cache"] in ("miss", "hit")
        job_id = submit(user)
        (certificate,) = finish(job_id)
        assert as_user.get(f"/jobs/{job_id}").json["state"] == "completed"
        assert str(certificate) in ids(as_user.get(listing))


def test_a_listing_comes_from_the_cache_the_second_time_and_as_a_304_to_who_has_it(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user))
    address = f"/certificates/user/{user.id}?limit=5"

    first, second = as_user.get(address), as_user.get(address)

    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert first.json == second.json
    assert as_user.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_listing_without_its_cache_is_the_same_listing(
    settings: Settings,
    clock: StillClock,
    queue: Queue,
    runtime: Parts,
    user: UserView,
    submit: Submit,
    finish: Finish,
) -> None:
    (public,) = finish(submit(user, is_public=True))
    parts = build_runtime(replace(settings, cache_url="redis://127.0.0.1:1/0"), send=queue, clock=clock)

    answer = create_app(parts).test_client().get("/certificates/generated/public")

    assert ids(answer) == [str(public)]
    assert answer.headers["X-Cache"] == "bypass"
    parts.engine.dispose()
    parts.cache.close()


def test_pages_follow_each_other_without_gap_or_double(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    issued: set[UUID] = set()
    for _ in range(3):
        issued |= set(finish(submit(user, total=3)))
        clock.advance(seconds=1)
    address: str | None = f"/certificates/user/{user.id}?limit=2"
    seen: list[str] = []
    moments: list[str] = []
    while address:
        answer = as_user.get(address)
        seen += ids(answer)
        moments += [item["issued_at"] for item in answer.json["items"]]
        address = answer.headers["Link"].split(">")[0].strip("<") if "Link" in answer.headers else None

    assert sorted(seen) == sorted(map(str, issued))
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=spa_therapist", True),
        ("kind=id_card", False),
        ("template=plain", True),
        ("template=other", False),
        ("template=plain@1", True),
        ("template=plain@2", False),
        ("q=अनन्या", True),
        ("q=न्या", False),
        ("q=%25", False),
        ("q=_____", False),
        ("q=cer", None),
        ("state=valid", True),
        ("state=revoked", False),
        ("issued_from=2026-01-05", True),
        ("issued_from=2026-01-06", False),
        ("issued_to=2026-01-05", True),
        ("issued_to=2026-01-04", False),
        ("issued_from=2026-01-01&issued_to=2026-01-31&kind=spa_therapist&q=अनन्या", True),
    ],
)
def test_a_listing_is_narrowed(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, query: str, found: bool | None
) -> None:
    (certificate,) = finish(submit(user))
    if found is None:  # by the beginning of its number, in small letters
        number = as_user.get(f"/certificates/{certificate}").json["number"]
        query, found = f"q={number[:6].lower()}", True

    assert bool(ids(as_user.get(f"/certificates/user/{user.id}?{query}"))) is found


@pytest.mark.parametrize("reference", ["plain@", "plain@0", "plain@latest", "Plain", "plain@1@1", ""])
def test_what_names_no_template_is_refused_at_the_filter(
    as_user: Client, user: UserView, reference: str
) -> None:
    refused = as_user.get(f"/certificates/user/{user.id}?template={reference}")

    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "?template")


def test_days_are_those_of_the_issuers_calendar(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    clock.advance(hours=12)  # 18:30 UTC on the 5th: midnight of the 6th in Kolkata
    finish(submit(user))

    assert ids(as_user.get(f"/certificates/user/{user.id}?issued_from=2026-01-06"))
    assert not ids(as_user.get(f"/certificates/user/{user.id}?issued_to=2026-01-05"))


def test_one_certificate_shows_all_of_itself_to_its_owner_only(
    as_user: Client, as_stranger: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    (certificate,) = finish(submit(user, is_public=True))

    shown = as_user.get(f"/certificates/{certificate}")

    assert shown.json["data"]["course_name"] == "Balinese massage"
    assert shown.json["verify_url"] == f"https://certmill.example/verify/{shown.json['code']}"
    assert {file["rendition"] for file in shown.json["files"]} == {"pdf", "png"}
    # It is public, but what stands in it is not: the public listing tells what there is to tell.
    assert as_stranger.get(f"/certificates/{certificate}").status_code == 404
