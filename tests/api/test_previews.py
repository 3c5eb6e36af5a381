from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import func, select

from core.models import Job
from core.parts import Parts
from core.templates.builtin import publish_builtin
from tests.api.contract import Client
from tests.jobs import THERAPIST


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", None, "image/png"),
        ("", "image/webp", "image/webp"),
        ("", "application/pdf, image/png;q=0.5", "application/pdf"),
        ("?format=jpg", "application/pdf", "image/jpeg"),
    ],
)
def test_one_item_is_drawn_at_once_in_the_form_that_is_wanted(
    as_user: Client, template: str, query: str, accept: str | None, media_type: str
) -> None:
    drawn = as_user.post(
        f"/certificates/preview{query}",
        json={"template": template, "items": [THERAPIST]},
        headers={"Accept": accept} if accept else None,
    )

    assert (drawn.status_code, drawn.content_type) == (200, media_type)
    assert drawn.headers["X-Pages"] == "1"
    if media_type == "application/pdf":
        with pikepdf.open(BytesIO(drawn.data)) as pdf:
            assert len(pdf.pages) == 1
    else:
        with Image.open(BytesIO(drawn.data)) as image:
            assert image.size == (1754, 1240)


def test_nothing_of_a_preview_stays(as_user: Client, template: str, runtime: Parts, tmp_path: Path) -> None:
    as_user.post("/certificates/preview", json={"template": template, "items": [THERAPIST]})

    with runtime.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
    assert [file for file in (tmp_path / "media").rglob("*") if file.is_file()] == []


def test_what_is_wrong_is_pointed_at_in_the_item(as_user: Client, template: str) -> None:
    refused = as_user.post(
        "/certificates/preview", json={"template": template, "items": [{**THERAPIST, "start_date": "soon"}]}
    )

    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/items/0/start_date"}


def test_a_preview_is_of_one_item(as_user: Client, template: str) -> None:
    for items in ([], [THERAPIST, THERAPIST]):
        refused = as_user.post("/certificates/preview", json={"template": template, "items": items})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/items")


def test_a_form_that_no_preview_has_is_not_acceptable(as_user: Client, template: str) -> None:
    refused = as_user.post(
        "/certificates/preview",
        json={"template": template, "items": [THERAPIST]},
        headers={"Accept": "video/mp4"},
    )

    assert refused.status_code == 406


class TestReports:
    @pytest.fixture(autouse=True)
    def _published(self, runtime: Parts) -> None:
        publish_builtin(runtime)

    @pytest.mark.parametrize(("query", "accept"), [("?format=json", "image/png"), ("", "application/json")])
    def test_as_json_a_preview_is_the_report_of_each_field(
        self, as_user: Client, query: str, accept: str
    ) -> None:
        answer = as_user.post(
            f"/certificates/preview{query}",
            json={"template": "therapist-classic", "items": [{**THERAPIST, "candidate_name": LONG_NAME}]},
            headers={"Accept": accept},
        )

        assert (answer.status_code, answer.content_type) == (200, "application/json")
        report = answer.json
        assert (report["valid"], report["pages"], report["errors"]) == (True, 1, [])
        name = next(field for field in report["fields"] if field["name"] == "candidate_name")
        assert (name["pointer"], name["missing"], name["pictures"]) == ("/items/0/candidate_name", [], [])
        assert all(text["fits"] for text in name["texts"])
        assert min(text["shrink"] for text in name["texts"]) < 1
        for text in name["texts"]:
            assert text["shrink"] == pytest.approx(text["size"] / text["full_size"], abs=0.001)

    def test_what_would_stop_the_document_is_in_its_report(self, as_user: Client) -> None:
        item = {**THERAPIST, "candidate_name": "Ŵ" * 60, "course_name": "Hot stone 😀"}
        job = {"template": "therapist-classic", "items": [item]}

        report = as_user.post("/certificates/preview?format=json", json=job).json
        refused = as_user.post("/certificates/preview", json=job)

        assert report["valid"] is False
        assert {(fault["pointer"], fault["code"]) for fault in report["errors"]} == {
            ("/items/0/candidate_name", "text_does_not_fit"),
            ("/items/0/course_name", "missing_glyph"),
        }
        # A picture of it is refused for the same faults, all of them.
        assert (refused.status_code, refused.json["code"]) == (422, "invalid_values")
        assert refused.json["errors"] == [
            {name: value for name, value in fault.items() if value is not None} for fault in report["errors"]
        ]
        fields = {field["name"]: field for field in report["fields"]}
        assert fields["course_name"]["missing"] == [
            {"character": "😀", "code_points": ["U+1F600"], "names": ["GRINNING FACE"]}
        ]
        [text] = [text for text in fields["candidate_name"]["texts"] if not text["fits"]]
        overflow = text["overflow"]
        assert (
            overflow["needed_width"] > overflow["width"]
            or overflow["needed_height"] > overflow["height"]
            or text["lines"] > overflow["max_lines"]
        )
        assert 0 < overflow["fits_at"] < text["size"]

    def test_a_picture_says_how_many_things_may_not_please(self, as_user: Client) -> None:
        item = {**THERAPIST, "passport_size_photo": coarse_photo()}
        job = {"template": "therapist-classic", "items": [item]}

        drawn = as_user.post("/certificates/preview", json=job)
        report = as_user.post("/certificates/preview?format=json", json=job).json

        assert (drawn.status_code, drawn.headers["X-Warnings"]) == (200, "1")
        assert [fault["code"] for fault in report["warnings"]] == ["low_resolution"]
        [picture] = next(
            field["pictures"] for field in report["fields"] if field["name"] == "passport_size_photo"
        )
        assert picture["dpi"] < 200
        assert picture["dpi"] == pytest.approx(picture["pixel_width"] / picture["width"] * 25.4, abs=1)

    def test_values_that_are_wrong_have_no_report(self, as_user: Client) -> None:
        refused = as_user.post(
            "/certificates/preview?format=json",
            json={"template": "therapist-classic", "items": [{**THERAPIST, "start_date": "soon"}]},
        )

        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/items/0/start_date")

    def test_a_template_s_own_sample_has_one_too(self, as_user: Client) -> None:
        address = "/certificates/templates/invoice-classic/preview?format=json"

        report = as_user.get(address).json
        again = as_user.get(address)
        written = as_user.post(address, json={"values": {"customer_name": "😀"}}).json

        assert (report["valid"], report["errors"]) == (True, [])
        assert as_user.get(address, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
        assert [(fault["pointer"], fault["code"]) for fault in written["errors"]] == [
            ("/values/customer_name", "missing_glyph")
        ]

    def test_a_page_that_is_not_there_is_refused_in_good_english(self, as_user: Client) -> None:
        refused = as_user.post(
            "/certificates/preview?page=2", json={"template": "therapist-classic", "items": [THERAPIST]}
        )

        assert (refused.status_code, refused.json["detail"]) == (422, "The document has 1 page.")


LONG_NAME = "Venkata Satyanarayana Subrahmanyam Krishnamurthy"


def coarse_photo() -> str:
    file = BytesIO()
    Image.new("RGB", (70, 90), "#8a6839").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
