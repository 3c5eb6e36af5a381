from __future__ import annotations

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.assets import (
    Shelf,
    adopt_inline,
    decode_base64,
    digest_of,
    keep,
    record,
    storage_key,
    store_image,
    unknown,
)
from core.callers import Caller, Role
from core.errors import InvalidRequest, NotFound, TooLarge
from core.models import Asset
from core.parts import Parts
from core.pictures import PictureRefused
from core.storage import FileMissing
from core.users import UserView

LABELS = {"photo": "Photo", "signature": "Signature"}


def a_photo(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 30), colour).save(file, "PNG")
    return file.getvalue()


def as_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def test_inline_pictures_become_ids_and_equal_ones_are_decoded_once(runtime: Parts) -> None:
    red, blue = as_url(a_photo("red")), as_url(a_photo("blue"))
    items = [
        {"name": "Asha", "photo": red},
        {"name": "Ravi", "photo": red, "signature": blue},
        {"signature": "Ravi"},
    ]

    adopted = adopt_inline(runtime.decoder, LABELS, items)

    assert adopted.faults == ()
    assert len(adopted.images) == 2
    first, second, third = adopted.items
    assert first["photo"] == second["photo"] != second["signature"]
    assert str(first["photo"]).removeprefix("sha256:") in adopted.images
    assert (first["name"], third) == ("Asha", {"signature": "Ravi"})
    assert items[0]["photo"] == red


def test_a_faulty_inline_picture_is_told_with_its_item_and_field(runtime: Parts) -> None:
    items = [
        {"photo": as_url(a_photo())},
        {"photo": "data:image/png;base64,AAAA"},
        {"signature": "data:text/html,x"},
    ]

    adopted = adopt_inline(runtime.decoder, LABELS, items)

    assert [(fault.pointer, fault.code) for fault in adopted.faults] == [
        ("/items/1/photo", "not_an_image_file"),
        ("/items/2/signature", "bad_data_url"),
    ]
    assert adopted.faults[0].detail == "Photo is no PNG, JPEG or WebP picture."


def test_other_fields_may_say_what_they_like(runtime: Parts) -> None:
    items = [{"motto": "data:image/png;base64,AAAA", "photo": 7}]

    assert adopt_inline(runtime.decoder, LABELS, items).items == tuple(items)


def test_a_right_to_a_picture_is_noted_once(runtime: Parts, caller: Caller) -> None:
    first, is_new = store_image(runtime, caller, a_photo())
    again, is_still_new = store_image(runtime, caller, a_photo())

    assert (first, is_new, is_still_new) == (again, True, False)
    with runtime.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Asset)) == 1


def test_somebody_elses_picture_is_unknown_but_to_those_who_see_everything(
    runtime: Parts, caller: Caller, add_user: Callable[[Role, str], UserView]
) -> None:
    asset, _ = store_image(runtime, caller, a_photo())
    mine, nobodys = digest_of(asset.id), 64 * "0"
    stranger, manager = (add_user("user", "Stranger"), add_user("manager", "Meera"))

    with runtime.sessions() as session:
        assert unknown(session, caller, {mine, nobodys}) == {nobodys}
        assert unknown(session, Caller(stranger.id, "user", ""), {mine}) == {mine}
        assert unknown(session, Caller(manager.id, "manager", ""), {mine, nobodys}) == {nobodys}
        assert unknown(session, caller, []) == set()


def test_the_row_promises_bytes_that_are_there(runtime: Parts, caller: Caller) -> None:
    adopted = adopt_inline(runtime.decoder, LABELS, [{"photo": as_url(a_photo())}])

    keep(runtime.storage, adopted.images)
    with runtime.sessions.begin() as session:
        assert record(session, caller.user_id, adopted.images.values(), runtime.clock()) == 1

    for digest, image in adopted.images.items():
        with runtime.storage.open(storage_key(digest)) as file:
            assert file.read() == image.data


def test_a_shelf_reads_a_picture_once(runtime: Parts, caller: Caller) -> None:
    asset, _ = store_image(runtime, caller, a_photo())
    digest = digest_of(asset.id)
    shelf = Shelf(runtime.storage)

    first = shelf(digest)
    runtime.storage.delete(storage_key(digest))

    assert shelf(digest) is first
    assert (first.media_type, first.width, first.height) == ("image/png", 20, 30)
    with pytest.raises(FileMissing):
        Shelf(runtime.storage)(digest)


def test_a_file_is_measured_before_it_is_looked_at(runtime: Parts, caller: Caller) -> None:
    with pytest.raises(TooLarge):
        store_image(runtime, caller, bytes((10 << 20) + 1))
    with pytest.raises(PictureRefused) as refused:
        decode_base64("A" * (15 << 20))
    assert refused.value.code == "image_too_large"
    with pytest.raises(InvalidRequest):
        store_image(runtime, caller, bytes(10 << 20))


@pytest.mark.parametrize("text", ["QUJD=", "Q UJD", "QUJD\n", "QUJ", "=", "QU-_", "QUJDRA=", "ＱＵＪＤ"])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        decode_base64(text)
    assert refused.value.code == "bad_base64"


def test_an_id_is_a_digest_and_nothing_else() -> None:
    assert digest_of("sha256:" + 64 * "a") == digest_of(64 * "a") == 64 * "a"
    for text in ("", "sha256:", 63 * "a", 64 * "A", "../../etc/passwd", 64 * "a" + "\n"):
        with pytest.raises(NotFound):
            digest_of(text)
