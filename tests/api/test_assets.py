from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from core.users import UserView
from tests.api.contract import Client


def a_photo(form: str = "JPEG", size: tuple[int, int] = (60, 80), mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "#8a6839" if mode != "RGBA" else (138, 104, 57, 90)).save(file, form, **options)
    return file.getvalue()


def upload(client: Client, data: bytes, name: str = "photo.jpg") -> Any:
    return client.post("/assets", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def test_a_picture_gets_an_id_and_is_kept_as_a_picture_of_our_own(as_user: Client) -> None:
    made = upload(as_user, a_photo())

    assert made.status_code == 201
    assert made.json["id"].startswith("sha256:")
    assert (made.json["media_type"], made.json["width"], made.json["height"]) == ("image/jpeg", 60, 80)
    kept = as_user.get(made.headers["Location"])
    assert (kept.status_code, kept.mimetype, len(kept.data)) == (200, "image/jpeg", made.json["size"])
    assert Image.open(io.BytesIO(kept.data)).size == (60, 80)


def test_the_same_picture_again_has_the_same_id(as_user: Client) -> None:
    first, second = upload(as_user, a_photo()), upload(as_user, a_photo(), "copy.png")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json


def test_a_picture_may_come_as_base64_or_as_a_data_url(as_user: Client) -> None:
    encoded = base64.b64encode(a_photo()).decode()

    plain = as_user.post("/assets", json={"data": encoded})
    as_url = as_user.post("/assets", json={"data": f"data:image/jpeg;base64,{encoded}"})

    assert (plain.status_code, as_url.status_code) == (201, 200)
    assert plain.json["id"] == as_url.json["id"]


def test_nobody_else_sees_it_but_admins_and_managers(
    as_user: Client, as_stranger: Client, as_manager: Client
) -> None:
    address = upload(as_user, a_photo()).headers["Location"]

    assert as_stranger.get(address).status_code == 404
    assert as_manager.get(address).status_code == 200


def test_an_unchanged_picture_is_not_sent_again(as_user: Client) -> None:
    address = upload(as_user, a_photo()).headers["Location"]
    etag = as_user.get(address).headers["ETag"]

    assert as_user.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "identity", ["sha256:" + "0" * 64, "0" * 64, "sha256:xyz", "..%2f..%2fetc%2fpasswd", "photo.jpg"]
)
def test_what_was_never_uploaded_is_not_there(as_user: Client, identity: str) -> None:
    assert as_user.get(f"/assets/{identity}").status_code == 404


FAULTY: dict[str, tuple[Callable[[], bytes], str]] = {
    "no picture": (lambda: b"%PDF-1.7 hello", "not_an_image_file"),
    "nothing": (lambda: b"", "not_an_image_file"),
    "a GIF": (lambda: a_photo("GIF"), "not_an_image_file"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image_file"),
    "cut short": (lambda: a_photo(size=(400, 400))[:900], "image_damaged"),
    "a long side": (lambda: a_photo("PNG", (12_001, 2), "L"), "image_too_large"),
    "many pixels": (lambda: a_photo("PNG", (5001, 5000), "1"), "image_too_large"),
    "an animation": (
        lambda: a_photo("PNG", save_all=True, append_images=[Image.new("RGB", (60, 80), "red")]),
        "image_animated",
    ),
    "a large profile": (lambda: a_photo(icc_profile=bytes(2 << 20)), "icc_too_large"),
}


@pytest.mark.parametrize("what", FAULTY)
def test_what_is_no_fair_picture_is_refused_with_its_reason(as_user: Client, what: str) -> None:
    make, code = FAULTY[what]

    refused = upload(as_user, make(), "innocent.jpg")

    assert refused.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in refused.json["errors"]] == [("/file", code)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("not base64!", "bad_base64"),
        ("QUJD\nREVG", "bad_base64"),
        ("QUI", "bad_base64"),
        ("data:image/svg+xml;base64,QUJD", "bad_data_url"),
        ("data:image/png,QUJD", "bad_data_url"),
        ("", "not_an_image_file"),
        ("नमस्ते", "bad_base64"),
    ],
)
def test_base64_is_read_strictly(as_user: Client, data: str, code: str) -> None:
    refused = as_user.post("/assets", json={"data": data})

    assert refused.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in refused.json["errors"]] == [("/data", code)]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": b"\x89PNG", "content_type": "image/png"}, 415),
        ({"data": {"picture": (io.BytesIO(b"x"), "x.png")}, "content_type": "multipart/form-data"}, 422),
        ({"json": {}}, 422),
        ({"json": {"data": 7}}, 422),
        ({"json": {"data": "", "name": "x"}}, 422),
    ],
)
def test_a_body_of_another_shape_is_refused(as_user: Client, options: dict[str, Any], status: int) -> None:
    assert as_user.post("/assets", **options).status_code == status


def test_nobody_uploads_without_a_key(client: Client, user: UserView) -> None:
    assert upload(client, a_photo()).status_code == 401
