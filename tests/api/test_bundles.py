"""All documents of a job at once: as a ZIP of the stored files, as one PDF, as cards on sheets."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import update

from api.app import create_app
from core.artifacts import artifact_key
from core.callers import Caller
from core.jobs import bundles
from core.models import Certificate, Item
from core.parts import Parts
from core.spas import SpaView
from core.users import UserView
from tests.api.contract import Client, client_with
from tests.core.rendering.painters.comparison import drawn_by_poppler
from tests.jobs import THERAPIST
from tests.parts import Queue

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]
NAMES = ("Ananya Sharma", "Meera O'Brien", "अनन्या शर्मा", "José Fernandes", "Tenzin / Dolma")


@pytest.fixture
def issued(as_user: Client, runtime: Parts, queue: Queue, built_in_templates: None) -> dict[str, Any]:
    """A completed job of five therapists' certificates, drawn by workers."""
    body = {
        "template": "therapist-modern",
        "items": [{**THERAPIST, "candidate_name": name} for name in NAMES],
        "renditions": ["pdf", "png", "thumbnail"],
    }
    location = as_user.post("/certificates/generate", json=body).headers["Location"]
    queue.work(runtime)
    job: dict[str, Any] = as_user.get(location).json
    assert job["issued"] == len(NAMES)
    return job


@pytest.fixture
def card_job(
    as_user: Client, runtime: Parts, queue: Queue, spa: SpaView, built_in_templates: None
) -> dict[str, Any]:
    """A completed job of thirteen identity cards, each with a photo of its own."""
    items = [
        {
            "candidate_name": f"{NAMES[number % 4]} {number}",
            "designation": "Spa Therapist",
            "date_of_joining": "2023-06-12",
            "contact_number": "+91 98450 31107",
            "candidate_photo": photo(number),
        }
        for number in range(13)
    ]
    body = {"template": "id-card-classic", "spa_id": str(spa.id), "items": items, "renditions": ["pdf"]}
    location = as_user.post("/certificates/generate", json=body).headers["Location"]
    queue.work(runtime)
    job: dict[str, Any] = as_user.get(location).json
    assert job["issued"] == 13
    return job


def photo(number: int) -> str:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), (20 * number, 120, 200)).save(written, "JPEG")
    return f"data:image/jpeg;base64,{b64encode(written.getvalue()).decode()}"


def erase(parts: Parts, job_id: str | UUID, position: int, state: str = "erased") -> None:
    """What erasing and revoking leave behind."""
    with parts.sessions.begin() as session:
        where = (Certificate.job_id == UUID(str(job_id)), Certificate.position == position)
        left: dict[str, Any] = {"files": {}} if state == "erased" else {}
        session.execute(update(Certificate).where(*where).values(state=state, **left))


def unpacked(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, json.loads(files.pop("manifest.json"))


def text_of(data: bytes, page: int) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return str(document[page].get_textpage().get_text_range())


def titles(data: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_outline() as outline:
        return [item.title for item in outline.root]


def test_a_zip_has_every_file_as_it_was_issued(as_user: Client, issued: dict[str, Any]) -> None:
    answer = as_user.get(issued["links"]["zip"])

    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    files, manifest = unpacked(answer.data)
    shown = as_user.get(issued["links"]["items"]).json["items"]
    certificates = [as_user.get(item["certificate_url"]).json for item in shown]
    wanted = {
        file["digest"] for each in certificates for file in each["files"] if file["rendition"] != "thumbnail"
    }
    assert {sha256(data).hexdigest() for data in files.values()} == wanted
    assert [item["number"] for item in manifest["items"]] == [each["number"] for each in certificates]
    for item in manifest["items"]:
        assert (item["state"], item["missing"], len(item["files"])) == ("valid", [], 2)
        for file in item["files"]:
            assert sha256(files[file["name"]]).hexdigest() == file["sha256"]
            assert len(files[file["name"]]) == file["size"]


def test_names_in_a_zip_say_what_they_are_and_are_safe(as_user: Client, issued: dict[str, Any]) -> None:
    files, manifest = unpacked(as_user.get(f"{issued['links']['zip']}&rendition=pdf").data)

    numbers = [item["number"] for item in manifest["items"]]
    assert list(files) == [
        f"000000-{numbers[0]}-Ananya-Sharma.pdf",
        f"000001-{numbers[1]}-Meera-O'Brien.pdf",
        f"000002-{numbers[2]}-अनन्या-शर्मा.pdf",
        f"000003-{numbers[3]}-José-Fernandes.pdf",
        f"000004-{numbers[4]}-Tenzin-Dolma.pdf",
    ]


def test_thumbnails_are_in_a_zip_where_they_are_asked_for(as_user: Client, issued: dict[str, Any]) -> None:
    files, _ = unpacked(as_user.get(f"{issued['links']['zip']}&rendition=thumbnail").data)

    assert [name.endswith("-thumbnail.jpg") for name in files] == [True] * len(NAMES)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ('a\\b:c*d?e"f<g>h|i', "a-b-c-d-e-f-g-h-i"),
        (" . ", ""),
        ("A\u202eB\x07C\u200d", "A-B-C"),
        ("BLR/25-26/00418", "BLR-25-26-00418"),
        ("अ" * 100, "अ" * 40),
    ],
)
def test_a_part_of_a_name_is_safe_on_every_system(text: str, safe: str) -> None:
    assert bundles._safe(text) == safe


def test_a_pdf_has_every_document_under_its_bookmark(as_user: Client, issued: dict[str, Any]) -> None:
    answer = as_user.get(issued["links"]["pdf"])

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    items = as_user.get(issued["links"]["items"]).json["items"]
    assert titles(answer.data) == [f"{item['number']} {item['recipient_name']}" for item in items]
    for place, item in enumerate(items):
        text = text_of(answer.data, place)
        assert item["number"] in text
        assert item["recipient_name"] in " ".join(text.split())
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == len(NAMES)
        assert str(pdf.docinfo.Title).endswith(": 5 documents")


def test_a_pdf_shows_what_was_issued(as_user: Client, issued: dict[str, Any]) -> None:
    files, _ = unpacked(as_user.get(f"{issued['links']['zip']}&rendition=pdf").data)
    together = as_user.get(issued["links"]["pdf"]).data

    with pypdfium2.PdfDocument(together) as pdf:
        for place, alone in enumerate(files.values()):
            with pypdfium2.PdfDocument(alone) as single:
                assert pdf[place].render().to_pil() == single[0].render().to_pil()
    assert len(together) < sum(map(len, files.values())) / 2


def test_cards_come_ten_to_a_sheet_with_their_photos_once(
    as_user: Client, card_job: dict[str, Any], debian_tool: Callable[[str], Path]
) -> None:
    answer = as_user.get(f"{card_job['links']['pdf']}&layout=sheets")

    assert answer.status_code == 200
    assert len(titles(answer.data)) == 13
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert [len(page.Resources.XObject) for page in pdf.pages] == [10, 10, 3, 3]
        images = [
            each
            for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]
        assert len(images) == 13  # the photos; this card's ground is drawn
        assert {tuple(map(round, map(float, page.MediaBox))) for page in pdf.pages} == {(0, 0, 595, 842)}
    sheet = drawn_by_poppler(debian_tool("pdftoppm"), answer.data, 72).convert("RGB")
    left, top, width, height = 54.99, 38.41, 242.65, 153.01
    for number in range(10):
        row, column = divmod(number, 2)
        # The photo's own colour, in the middle of where the card shows it.
        red, _, _ = sheet.getpixel((round(left + column * width + 35), round(top + row * height + 100)))  # type: ignore[misc]
        assert abs(red - 20 * number) < 12, number
        assert f"{NAMES[number % 4]} {number}" in " ".join(text_of(answer.data, 0).split())


def test_a_page_too_large_for_a_sheet_is_told(as_user: Client, issued: dict[str, Any]) -> None:
    answer = as_user.get(f"{issued['links']['pdf']}&layout=sheets")

    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json["errors"]] == [
        ("?layout", "page_too_large")
    ]


def test_a_part_of_a_job(as_user: Client, issued: dict[str, Any]) -> None:
    for query, wanted in (
        ("&from=1&to=3", [1, 2, 3]),
        ("&from=3", [3, 4]),
        ("&to=0", [0]),
        ("&to=99", [0, 1, 2, 3, 4]),
    ):
        _, manifest = unpacked(as_user.get(issued["links"]["zip"] + query).data)
        assert [item["position"] for item in manifest["items"]] == wanted
        assert len(titles(as_user.get(issued["links"]["pdf"] + query).data)) == len(wanted)


def test_what_is_erased_or_gone_is_left_out_and_said(
    as_user: Client, issued: dict[str, Any], runtime: Parts
) -> None:
    erase(runtime, issued["id"], 1)
    erase(runtime, issued["id"], 3, state="revoked")
    items = as_user.get(issued["links"]["items"]).json["items"]
    gone = as_user.get(items[2]["certificate_url"]).json
    digest = next(file["digest"] for file in gone["files"] if file["rendition"] == "png")
    runtime.storage.delete(
        artifact_key(
            job_id=UUID(issued["id"]),
            position=2,
            certificate_id=UUID(gone["id"]),
            digest=digest,
            extension="png",
        )
    )

    files, manifest = unpacked(as_user.get(issued["links"]["zip"]).data)

    assert len(files) == 7
    assert [item["state"] for item in manifest["items"]] == ["valid", "erased", "valid", "revoked", "valid"]
    assert "files" not in manifest["items"][1]
    assert manifest["items"][2]["missing"] == ["png"]
    found = titles(as_user.get(issued["links"]["pdf"]).data)
    assert found[1] == f"{items[1]['number']}: erased"
    assert len(found) == 5


def test_a_damaged_file_is_not_sent_as_if_it_were_whole(
    as_user: Client, issued: dict[str, Any], tmp_path: Path
) -> None:
    path = next((tmp_path / "media" / "documents").rglob("*.pdf"))
    path.write_bytes(path.read_bytes()[:-1])

    files, manifest = unpacked(as_user.get(f"{issued['links']['zip']}&rendition=pdf").data)

    assert len(files) == 4
    assert [item["missing"] for item in manifest["items"]].count(["pdf"]) == 1


def test_what_cannot_be_drawn_any_more_is_said_in_its_place(
    as_user: Client, issued: dict[str, Any], runtime: Parts
) -> None:
    with runtime.sessions.begin() as session:
        where = (Item.job_id == UUID(issued["id"]), Item.position == 2)
        session.execute(
            update(Item)
            .where(*where)
            .values(values={**THERAPIST, "passport_size_photo": f"sha256:{'0' * 64}"})
        )

    answer = as_user.get(issued["links"]["pdf"])

    assert "left out. A picture is not in storage" in titles(answer.data)[2]
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == 4


def test_failed_items_are_in_the_manifest_only(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user, total=3)
    finish(job_id, failing={1})

    files, manifest = unpacked(as_user.get(f"/jobs/{job_id}/bundle").data)

    assert len(files) == 4
    assert [item["state"] for item in manifest["items"]] == ["valid", "failed", "valid"]
    assert "recipient_name" not in manifest["items"][1]


def test_a_job_under_way_or_without_anything_issued_has_no_bundle(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, runtime: Parts
) -> None:
    job_id = submit(user, total=2)
    assert as_user.get(f"/jobs/{job_id}/bundle").json["code"] == "job_under_way"
    finish(job_id, failing={0, 1})
    answer = as_user.get(f"/jobs/{job_id}/bundle")
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_issued")

    other = submit(user)
    finish(other)
    erase(runtime, other, 0)
    assert as_user.get(f"/jobs/{other}/bundle?format=pdf").json["code"] == "nothing_issued"


def test_somebody_elses_bundle_is_not_there(
    as_stranger: Client, as_manager: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user)
    finish(job_id)

    assert as_stranger.get(f"/jobs/{job_id}/bundle").status_code == 404
    assert as_manager.get(f"/jobs/{job_id}/bundle").status_code == 200


def test_a_head_and_a_304_cost_nothing(as_user: Client, issued: dict[str, Any], runtime: Parts) -> None:
    for link in (issued["links"]["zip"], issued["links"]["pdf"]):
        whole, head = as_user.get(link), as_user.head(link)
        assert (head.status_code, head.data) == (200, b"")
        assert "Content-Length" not in head.headers
        for name in ("Content-Type", "ETag", "Content-Disposition", "Cache-Control"):
            assert head.headers[name] == whole.headers[name], name
        assert whole.headers["Cache-Control"] == "private, no-cache"
        assert whole.headers["Content-Disposition"].startswith("attachment; filename=")
        etag = {"If-None-Match": whole.headers["ETag"]}
        assert as_user.get(link, headers=etag).status_code == 304
        erase(runtime, issued["id"], 0 if "zip" in link else 1)
        assert as_user.get(link, headers=etag).status_code == 200
        assert as_user.get(f"{link}&from=2", headers=etag).status_code == 200


def test_one_pdf_has_a_limit_of_documents(
    runtime: Parts, user_key: str, user: UserView, issued: dict[str, Any]
) -> None:
    settings = replace(runtime.settings, bundle_documents=4)
    client = client_with(create_app(replace(runtime, settings=settings)), user_key)

    refused = client.get(issued["links"]["pdf"])

    assert refused.status_code == 422
    (fault,) = refused.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("?format", "too_many_documents")
    assert client.get(f"{issued['links']['pdf']}&from=1").status_code == 200
    assert client.get(issued["links"]["zip"]).status_code == 200


def test_few_bundles_are_sent_at_once_and_an_ended_one_makes_room(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    job_id = submit(user)
    finish(job_id)
    held = [as_user.get(f"/jobs/{job_id}/bundle", buffered=False) for _ in range(bundles.AT_ONCE)]

    refused = as_user.get(f"/jobs/{job_id}/bundle")
    assert (refused.status_code, refused.json["code"]) == (503, "too_many_bundles")
    assert refused.headers["Retry-After"]
    assert as_user.head(f"/jobs/{job_id}/bundle").status_code == 200

    for answer in held:
        answer.close()
    assert as_user.get(f"/jobs/{job_id}/bundle").status_code == 200


def test_no_transaction_is_open_while_a_client_reads(
    as_user: Client, user: UserView, issued: dict[str, Any], runtime: Parts
) -> None:
    caller = Caller(user.id, user.role, user.name)
    for form in ("zip", "pdf"):
        with runtime.sessions() as session:
            bundle = bundles.find_bundle(session, runtime, caller, UUID(issued["id"]), bundles.Wish(form))
        pieces = bundles.pieces_of(runtime, bundle)
        for _ in pieces:
            assert runtime.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_large_job_is_sent_without_being_held(
    user: UserView, submit: Submit, finish: Finish, runtime: Parts
) -> None:
    job_id = submit(user, total=1500)
    finish(job_id)
    caller = Caller(user.id, user.role, user.name)
    with runtime.sessions() as session:
        bundle = bundles.find_bundle(session, runtime, caller, job_id, bundles.Wish())
    pieces = bundles.pieces_of(runtime, bundle)
    tracemalloc.start()
    try:
        for _ in range(5800):  # two pieces a file, two files an item
            next(pieces)
        held = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()

    # The directory and the manifest, and one batch of rows: not the five megabytes that were sent.
    ours = held.filter_traces(
        [tracemalloc.Filter(True, "*/core/*"), tracemalloc.Filter(True, "*/sqlalchemy/*")]
    )
    assert sum(trace.size for trace in ours.traces) < 900_000
    assert sum(map(len, pieces)) > 0
