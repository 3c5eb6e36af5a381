from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import func, select

from core.models import Job
from core.parts import Parts
from tests.api.conftest import THERAPIST
from tests.api.contract import Client


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
    assert not (tmp_path / "media").exists()


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
