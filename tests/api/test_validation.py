from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from core.callers import Caller
from core.jobs.checking import Wanted
from core.jobs.validation import validate
from core.models import Asset, Item, Job
from core.parts import Parts
from core.spas import SpaView
from core.templates.builtin import publish_builtin
from core.users import UserView
from tests.api.conftest import BILL
from tests.api.contract import Answer, Client
from tests.jobs import THERAPIST

LETTERS = "Ŵ" * 60


@pytest.fixture(autouse=True)
def _published(runtime: Parts) -> None:
    publish_builtin(runtime)


def photo(width: int, height: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#8a6839").save(file, "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def validated(client: Client, *items: dict[str, Any], **job: Any) -> Any:
    answer: Answer = client.post(
        "/certificates/validate", json={"template": "therapist-classic", "items": items, **job}
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def told(faults: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in faults]


def test_what_is_right_is_valid(as_user: Client) -> None:
    assert validated(as_user, THERAPIST, THERAPIST) == {
        "valid": True,
        "total": 2,
        "accepted": 2,
        "preflighted": 2,
        "error_count": 0,
        "warning_count": 0,
        "errors": [],
        "warnings": [],
    }


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_items(as_user: Client) -> None:
    found = validated(
        as_user,
        {**THERAPIST, "candidate_name": f"{LETTERS}😀𓀀", "course_name": "Hot stone 😀"},
        THERAPIST,
        {**THERAPIST, "start_date": "soon", "colour": "red"},
        {**THERAPIST, "candidate_name": "😀"},
    )

    assert (found["valid"], found["total"], found["accepted"], found["preflighted"]) == (False, 4, 1, 3)
    assert told(found["errors"]) == [
        ("/items/0/candidate_name", "missing_glyph"),
        ("/items/0/course_name", "missing_glyph"),
        ("/items/0/candidate_name", "text_does_not_fit"),
        ("/items/2/start_date", "not_a_date"),
        ("/items/2/colour", "unknown_field"),
        ("/items/3/candidate_name", "missing_glyph"),
    ]
    assert found["error_count"] == 6
    both = found["errors"][0]["detail"]
    assert "U+1F600 GRINNING FACE" in both
    assert "U+13000 EGYPTIAN HIEROGLYPH A001" in both
    assert " pt; it would at " in found["errors"][2]["detail"]


def test_what_it_calls_valid_is_issued_and_what_it_refuses_fails(
    as_user: Client, runtime: Parts, queue: Any
) -> None:
    items = [
        THERAPIST,
        {**THERAPIST, "candidate_name": f"{LETTERS} 😀"},
        {**THERAPIST, "course_name": "Thai"},
    ]
    found = validated(as_user, *items)

    job = as_user.post(
        "/certificates/generate",
        json={"template": "therapist-classic", "items": items, "renditions": ["pdf"]},
    ).json
    queue.work(runtime)
    failed = as_user.get(f"/jobs/{job['id']}/items?state=failed").json["items"]

    refused = {(each["position"], each["problem"]["field"], each["problem"]["code"]) for each in failed}
    assert refused <= {
        (int(pointer.split("/")[2]), pointer.split("/")[3], code) for pointer, code in told(found["errors"])
    }
    assert {position for position, _, _ in refused} == {1}


def test_a_coarse_photo_is_warned_of_with_its_dots_and_a_fine_one_is_not(as_user: Client) -> None:
    found = validated(
        as_user,
        {**THERAPIST, "passport_size_photo": photo(60, 80)},
        {**THERAPIST, "passport_size_photo": photo(600, 800)},
    )

    assert (found["valid"], found["errors"]) == (True, [])
    assert told(found["warnings"]) == [("/items/0/passport_size_photo", "low_resolution")]
    assert " dpi where it is drawn (" in found["warnings"][0]["detail"]
    assert " mm)" in found["warnings"][0]["detail"]


def test_pictures_that_were_uploaded_are_judged_without_being_read(as_user: Client, tmp_path: Path) -> None:
    data = base64.b64decode(photo(60, 80).partition(",")[2])
    asset = as_user.post("/assets", data={"file": (io.BytesIO(data), "a.jpg")}).json["id"]
    digest = asset.removeprefix("sha256:")
    next(tmp_path.rglob(digest)).unlink()

    found = validated(as_user, {**THERAPIST, "passport_size_photo": asset})

    assert told(found["warnings"]) == [("/items/0/passport_size_photo", "low_resolution")]


def test_nothing_is_stored(as_user: Client, runtime: Parts, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with runtime.sessions() as session:
        assets_before = session.scalar(select(func.count()).select_from(Asset))

    validated(as_user, {**THERAPIST, "passport_size_photo": photo(60, 80)})

    with runtime.sessions() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Job, Item)] == [0, 0]
        assert session.scalar(select(func.count()).select_from(Asset)) == assets_before
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_spa_that_is_missing_does_not_hide_what_else_is_wrong(as_user: Client) -> None:
    line = {**BILL["lines"][0], "service_name": "Tea 😀"}
    bill = {**BILL, "lines": [BILL["lines"][0], line]}

    found = validated(as_user, bill, {**BILL, "bill_date": "never"}, template="invoice-classic")

    assert found["accepted"] == 0
    assert told(found["errors"]) == [
        ("/spa_id", "missing"),
        ("/items/0/lines/1/service_name", "missing_glyph"),
        ("/items/1/bill_date", "not_a_date"),
    ]
    assert found["errors"][1]["detail"].startswith("Lines, row 2: Service: no font has")


def test_a_number_that_comes_twice_is_told(as_user: Client, spa: SpaView) -> None:
    found = validated(as_user, BILL, BILL, template="invoice-classic", spa_id=str(spa.id))

    assert told(found["errors"]) == [("/items/1/bill_number", "not_unique")]
    assert found["accepted"] == 1


def test_a_coarse_picture_of_the_template_s_own_is_told_once_and_there(as_user: Client) -> None:
    emblem = as_user.post("/assets", json={"data": photo(40, 40)}).json["id"]
    box = {"x": 5, "y": 5, "width": 50.8, "height": 50.8}
    text = {"type": "text", "style": "text", "text": "{candidate_name}", **box}
    layout = {
        "page": {"size": "A4"},
        "styles": {"text": {"face": "sans"}},
        "sides": [{"elements": [text, {"type": "image", "asset": "emblem", **box}]}],
    }
    document = {
        "id": "own",
        "name": "Own",
        "kind": "spa_therapist",
        "assets": {"emblem": emblem},
        "layout": layout,
    }
    assert as_user.post("/certificates/templates", json={**document, "publish": True}).status_code == 201

    found = validated(as_user, THERAPIST, THERAPIST, template="own")
    job = {"template": "own", "items": [THERAPIST]}
    drawn = as_user.post("/certificates/preview", json=job)
    report = as_user.post("/certificates/preview?format=json", json=job).json
    sample = as_user.get("/certificates/templates/own/preview?format=json").json

    assert (found["valid"], told(found["warnings"])) == (True, [("/template", "low_resolution")])
    assert "the template's picture emblem has 20 dpi" in found["warnings"][0]["detail"].lower()
    assert (drawn.headers["X-Warnings"], report["warnings"]) == ("1", found["warnings"])
    assert told(sample["warnings"]) == [("", "low_resolution")]


def test_what_lies_with_the_spa_is_told_once_and_there(as_admin: Client) -> None:
    spa = as_admin.post("/spas", json={"code": "smile", "name": "Smile 😀 Spa"}).json["id"]

    found = validated(
        as_admin,
        BILL,
        {**BILL, "bill_number": "BLR/25-26/00419"},
        template="invoice-classic",
        spa_id=spa,
    )

    assert (found["accepted"], found["preflighted"]) == (0, 2)
    assert set(told(found["errors"])) == {("/spa_id", "missing_glyph")}
    assert found["errors"][0]["detail"].startswith("Spa name: no font has the character")
    assert found["error_count"] == 1


def test_documents_are_looked_at_for_a_bounded_time_and_fields_are_checked_always(
    runtime: Parts, user: UserView
) -> None:
    items = [{**THERAPIST, "candidate_name": "😀"}] * 4 + [{**THERAPIST, "start_date": "soon"}]
    wanted = Wanted(template="therapist-classic", items=items, renditions=("pdf",))

    found = validate(runtime, Caller(user.id, user.role, user.name), wanted, effort=0)

    assert (found.total, found.preflighted, found.accepted) == (5, 1, 3)
    assert [(fault.pointer, fault.code) for fault in found.errors] == [
        ("/items/0/candidate_name", "missing_glyph"),
        ("/items/4/start_date", "not_a_date"),
    ]


def test_of_many_faults_the_first_are_listed_and_all_are_counted(as_user: Client) -> None:
    found = validated(as_user, *[{**THERAPIST, "candidate_name": "😀"}] * 600)

    assert (found["error_count"], len(found["errors"]), found["accepted"]) == (600, 500, 0)
    assert found["errors"][499]["pointer"] == "/items/499/candidate_name"


def test_whoever_cannot_use_a_template_learns_nothing_of_it(
    as_stranger: Client, add_template: Callable[..., str], user: UserView
) -> None:
    mine = add_template("mine", "spa_therapist", owner=user, is_public=False)

    refused = as_stranger.post("/certificates/validate", json={"template": mine, "items": [THERAPIST]})

    assert (refused.status_code, refused.json["code"]) == (404, "template_not_found")
