from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
import zstandard
from werkzeug import http

from api.app import create_app
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.spas import SpaView
from core.users import UserView
from tests.api.contract import Client
from tests.parts import Queue, StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


def ids(answer: object) -> list[str]:
    return [item["id"] for item in answer.json["items"]]  # type: ignore[attr-defined]


def linked(answer: object, relation: str) -> str | None:
    """Where an answer's `Link` header leads to."""
    links = http.parse_list_header(answer.headers.get("Link", ""))  # type: ignore[attr-defined]
    found = [link.split(">")[0].strip("<") for link in links if f'rel="{relation}"' in link]
    return found[0] if found else None


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
        address = linked(answer, "next")

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


def test_a_spa_or_user_with_a_new_name_has_it_in_every_listing_at_once(
    client: Client,
    as_admin: Client,
    user: UserView,
    spa: SpaView,
    submit: Submit,
    finish: Finish,
) -> None:
    finish(submit(user, is_public=True, spa_id=spa.id))
    narrowed = [f"/certificates?spa_id={spa.id}", "/certificates?kind=spa_therapist", "/certificates"]
    public = ["/certificates/generated/public", f"/certificates/generated/public?spa_id={spa.id}"]
    addresses = [*narrowed, f"/certificates/user/{user.id}", *public]
    for address in addresses * 2:
        as_admin.get(address)

    as_admin.put(f"/spas/{spa.id}", json={"code": "indiranagar", "name": "Sohana Rose Spa"})
    as_admin.put(f"/users/{user.id}", json={"name": "Uma Rao", "role": "user", "active": True})

    entries = [as_admin.get(address).json["items"][0] for address in addresses]
    assert {entry["spa"]["name"] for entry in entries} == {"Sohana Rose Spa"}
    assert {entry["user"]["name"] for entry in entries[: len(narrowed)]} == {"Uma Rao"}


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


def test_pages_lead_back_as_they_led_on(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user, total=7))
    pages = [as_user.get(f"/certificates/user/{user.id}?limit=2")]
    while address := linked(pages[-1], "next"):
        pages.append(as_user.get(address))
    assert [len(page.json["items"]) for page in pages] == [2, 2, 2, 1]
    assert pages[0].json["previous"] is None

    back = [pages[-1]]
    while address := linked(back[-1], "prev"):
        back.append(as_user.get(address))

    # The last page had one entry only, and is walked back from: two by two from there.
    assert [ids(page) for page in back[1:]] == [ids(page) for page in reversed(pages[:-1])]
    assert back[-1].json["previous"] is None
    assert back[-1].json["next"] is not None


def test_what_came_meanwhile_is_before_the_page_that_was_first(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user, total=4))
    first = as_user.get(f"/certificates/user/{user.id}?limit=2")
    second = as_user.get(linked(first, "next") or "")
    (fresh,) = finish(submit(user))

    back = as_user.get(linked(second, "prev") or "")
    newest = as_user.get(linked(back, "prev") or "")

    assert ids(back) == ids(first)
    assert ids(newest) == [str(fresh)]
    assert newest.json["previous"] is None


@pytest.mark.parametrize("cursor", ["WyIyMDI2LTAxLTA1VDEyOjAwOjAwKzAwOjAwIiwiMDAiXQ", "e30", "newer"])
def test_a_cursor_that_no_listing_gave_is_refused(as_user: Client, user: UserView, cursor: str) -> None:
    refused = as_user.get(f"/certificates/user/{user.id}?cursor={cursor}")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "?cursor")


def test_a_cursor_that_leads_back_is_none_of_a_list_that_does_not(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user, total=3))
    second = as_user.get(linked(as_user.get(f"/certificates/user/{user.id}?limit=1"), "next") or "")
    assert as_user.get(f"/jobs?cursor={second.json['previous']}").status_code == 422


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0, identity", None),
        ("identity;q=1, gzip;q=0.5", None),
        ("br", None),
        ("*", "zstd"),
    ],
)
def test_a_listing_comes_in_the_coding_that_the_client_likes_best(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, accepted: str | None, coding: str | None
) -> None:
    finish(submit(user, total=3))
    address = f"/certificates/user/{user.id}"
    plain = as_user.get(address)
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    answer = as_user.get(address, headers=headers)
    decode: dict[str | None, Callable[[bytes], bytes]] = {
        "gzip": gzip.decompress,
        "zstd": zstandard.decompress,
    }
    decoded = decode.get(coding, bytes)(answer.data)
    assert answer.headers.get("Content-Encoding") == coding
    assert decoded == plain.data
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["ETag"] == plain.headers["ETag"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_job_of_one_kind_leaves_pages_of_another_kind_and_of_other_users_in_the_cache(
    as_user: Client,
    as_manager: Client,
    as_stranger: Client,
    user: UserView,
    submit: Submit,
    finish: Finish,
) -> None:
    stranger = as_stranger.get("/me").json["user_id"]
    untouched = [
        (as_manager, "/certificates?kind=id_card"),
        (as_manager, "/certificates/generated/public?kind=id_card"),
        (as_manager, f"/certificates?spa_id={UUID(int=7)}"),
        (as_manager, "/certificates?template=other"),
        (as_stranger, f"/certificates/user/{stranger}"),
    ]
    touched = [
        (as_manager, "/certificates"),
        (as_manager, "/certificates?kind=spa_therapist"),
        (as_manager, "/certificates?template=plain&kind=spa_therapist"),
        (as_manager, "/certificates/generated/public?template=plain"),
        (as_user, f"/certificates/user/{user.id}?kind=id_card"),
    ]
    for client, address in (*untouched, *touched):
        client.get(address)

    finish(submit(user, is_public=True))

    assert [client.get(address).headers["X-Cache"] for client, address in untouched] == ["hit"] * 5
    assert [client.get(address).headers["X-Cache"] for client, address in touched] == ["miss"] * 5


def test_a_listing_says_how_many_there_are_to_who_asks(
    as_user: Client, as_manager: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user, total=3, is_public=True))
    finish(submit(user, total=2))
    totals = {
        address: as_manager.get(f"{address}{'&' if '?' in address else '?'}limit=1&count=true").json["total"]
        for address in (
            "/certificates",
            f"/certificates/user/{user.id}",
            "/certificates/generated/public",
            "/certificates?kind=id_card",
            "/certificates?kind=spa_therapist&template=plain@1&state=valid",
            "/certificates?q=अनन्या",
            "/certificates?issued_from=2026-01-05&issued_to=2026-01-05",
            "/certificates?issued_from=2026-01-06",
        )
    }
    assert list(totals.values()) == [5, 5, 3, 0, 5, 5, 5, 0]
    assert "total" not in as_user.get(f"/certificates/user/{user.id}").json
