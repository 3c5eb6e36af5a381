from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from core.users import UserView
from tests.api.contract import Client
from tests.parts import StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


@pytest.fixture
def file(as_user: Client, user: UserView, submit: Submit, finish: Finish) -> dict[str, Any]:
    """A private PDF, as its certificate tells of it."""
    (certificate,) = finish(submit(user))
    files = as_user.get(f"/certificates/{certificate}").json["files"]
    pdf: dict[str, Any] = next(file for file in files if file["rendition"] == "pdf")
    return pdf


def test_the_bytes_are_those_that_the_address_names(as_user: Client, file: dict[str, Any]) -> None:
    answer = as_user.get(file["url"])

    assert sha256(answer.data).hexdigest() == file["digest"]
    assert len(answer.data) == file["size"] == answer.content_length
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == f'"{file["digest"]}"'


def test_a_head_says_all_but_the_bytes(as_user: Client, file: dict[str, Any]) -> None:
    head, whole = as_user.head(file["url"]), as_user.get(file["url"])

    assert head.data == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name], name


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-9", slice(0, 10)), ("bytes=10-", slice(10, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_range_is_answered_with_that_range(
    as_user: Client, file: dict[str, Any], wanted: str, part: slice
) -> None:
    whole = as_user.get(file["url"]).data

    answer = as_user.get(file["url"], headers={"Range": wanted})

    assert (answer.status_code, answer.data) == (206, whole[part])
    start, end, _ = part.indices(len(whole))
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"


def test_a_range_beyond_the_end_is_refused_with_the_length(as_user: Client, file: dict[str, Any]) -> None:
    answer = as_user.get(file["url"], headers={"Range": "bytes=9999999-"})

    assert (answer.status_code, answer.json["code"]) == (416, "requested_range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{file['size']}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "nonsense", "bytes=5-1"])
def test_a_range_that_makes_no_sense_is_ignored(as_user: Client, file: dict[str, Any], wanted: str) -> None:
    answer = as_user.get(file["url"], headers={"Range": wanted})

    assert (answer.status_code, len(answer.data)) == (200, file["size"])


def test_who_has_the_file_gets_a_304_even_for_a_range(as_user: Client, file: dict[str, Any]) -> None:
    for headers in ({}, {"Range": "bytes=0-9"}):
        answer = as_user.get(file["url"], headers={"If-None-Match": f'"{file["digest"]}"', **headers})
        assert (answer.status_code, answer.data) == (304, b"")


def test_a_range_of_another_file_is_answered_with_the_whole(as_user: Client, file: dict[str, Any]) -> None:
    answer = as_user.get(file["url"], headers={"Range": "bytes=0-9", "If-Range": '"other"'})

    assert answer.status_code == 200


def test_it_opens_in_the_browser_or_is_saved_under_its_number(as_user: Client, file: dict[str, Any]) -> None:
    shown, saved = as_user.get(file["url"]), as_user.get(f"{file['url']}?download=true")

    assert shown.headers["Content-Disposition"].startswith("inline; filename=")
    assert saved.headers["Content-Disposition"].startswith("attachment; filename=")
    assert saved.headers["Content-Disposition"].endswith(".pdf")


def test_a_private_file_is_its_owners(
    client: Client, as_stranger: Client, as_manager: Client, file: dict[str, Any]
) -> None:
    assert client.get(file["url"]).status_code == 404
    assert as_stranger.get(file["url"]).status_code == 404
    assert as_manager.get(file["url"]).status_code == 200


def test_a_public_file_is_everybodys_to_keep(
    client: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user, is_public=True))
    url = client.get("/certificates/generated/public").json["items"][0]["files"][0]["url"]

    answer = client.get(url)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_signed_address_needs_no_key_and_ends(
    client: Client, file: dict[str, Any], clock: StillClock
) -> None:
    assert client.get(file["signed_url"]).status_code == 200
    assert client.head(file["signed_url"]).status_code == 200

    clock.advance(minutes=10)

    ended = client.get(file["signed_url"])
    assert (ended.status_code, ended.json["code"]) == (403, "address_expired")


def test_a_signed_address_lives_between_five_and_ten_minutes(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    (certificate,) = finish(submit(user))
    for _ in range(60):
        clock.advance(seconds=17)
        signed = as_user.get(f"/certificates/{certificate}").json["files"][0]["signed_url"]
        left = int(parse_qs(urlsplit(signed).query)["expires"][0]) - clock().timestamp()
        assert 300 <= left <= 600


def test_a_certificate_shown_twice_in_a_row_has_one_etag(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    (certificate,) = finish(submit(user))
    etag = as_user.get(f"/certificates/{certificate}").headers["ETag"]
    clock.advance(seconds=20)

    again = as_user.get(f"/certificates/{certificate}", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_a_signature_opens_its_own_file_until_its_own_moment_only(
    client: Client, as_user: Client, file: dict[str, Any]
) -> None:
    certificate = file["url"].split("/")[2]
    other = as_user.get(f"/certificates/{certificate}").json["files"][1]["url"]
    query = parse_qs(urlsplit(file["signed_url"]).query)
    expires, signature = int(query["expires"][0]), query["signature"][0]
    key_id, _, signed = signature.partition(".")

    for url, until, proof in (
        (other, expires, signature),
        (file["url"], expires + 600, signature),
        (file["url"], expires, f"{key_id}.{signed[:-1]}"),
        (file["url"], expires, f"00000000.{signed}"),
        (file["url"], expires, ""),
        (file["url"], expires, "."),
    ):
        assert client.get(f"{url}?expires={until}&signature={proof}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + ".pdf",
        "0" * 64 + ".exe",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f" * 5 + "etc/passwd",
        "x.pdf",
        "0" * 63 + ".pdf",
    ],
)
def test_no_other_file_is_reached(as_user: Client, file: dict[str, Any], name: str) -> None:
    folder = file["url"].rpartition("/")[0]

    assert as_user.get(f"{folder}/{name}").status_code == 404
    assert as_user.get(f"{folder}/{file['digest']}.png").status_code == 404
