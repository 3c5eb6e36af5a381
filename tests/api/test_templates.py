from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
import yaml
from PIL import Image
from sqlalchemy import select

from core.assets import storage_key
from core.models import TemplateVersion
from core.parts import Parts
from core.settings import ROOT
from core.templates.builtin import publish_builtin
from tests.api.contract import Client
from tests.api.test_assets import a_photo, upload
from tests.parts import Queue, StillClock

VOUCHER = """
name: Gift voucher
description: A voucher that a guest gives to another.
kind:
  label: Gift voucher
  recipient: guest_name
  number_prefix: GFT
  fields:
    - {type: text, name: guest_name, label: Guest, required: true, max_length: 60}
    - {type: money, name: worth, label: Worth, required: true, minimum: 1}
    - {type: date, name: valid_until, label: Valid until, required: true}
    - {type: image, name: portrait, label: Portrait}
  derived:
    - {derive: money_in_words, name: worth_in_words, label: Worth in words, of: worth}
date_format: d MMMM yyyy
title: "Voucher for {guest_name}"
layout:
  page: {size: A5, orientation: landscape}
  styles:
    name: {face: script, size: 34}
    text: {face: book, size: 12, color: "#20282b"}
  sides:
    - elements:
        - {type: text, x: 20, y: 30, width: 170, height: 25, style: name, text: "{guest_name}", min_size: 12, max_lines: 1}
        - {type: text, x: 20, y: 70, width: 120, height: 20, style: text, text: "{worth} · {worth_in_words}", min_size: 7}
        - {type: text, x: 20, y: 95, width: 120, height: 8, style: text, text: "Until {valid_until}, {spa.name}"}
        - {type: image, x: 160, y: 60, width: 30, height: 40, field: portrait}
        - {type: qr, x: 20, y: 110, size: 22}
"""
VALUES = {"guest_name": "Meher Khanna", "worth": "2500", "valid_until": "2026-12-31"}
YAML = "application/yaml"


@pytest.fixture
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(VOUCHER)
    return parsed


@pytest.fixture
def make(as_user: Client, document: dict[str, Any]) -> Callable[..., Any]:
    """`make(id="voucher", publish=True)`"""
    return lambda **options: as_user.post("/certificates/templates", json={**document, **options})


def faults_of(answer: Any) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]}


def test_somebody_makes_a_kind_of_their_own_and_gets_its_documents(
    as_user: Client, runtime: Parts, queue: Queue
) -> None:
    """The whole way, with no code touched: a YAML file, a look at it, publishing, a job, the document."""
    made = as_user.post("/certificates/templates", data=f"id: voucher\n{VOUCHER}", content_type=YAML)
    assert (made.status_code, made.json["kind"], made.json["draft"]) == (201, "gift_voucher", 1)
    address = made.headers["Location"]

    looked = as_user.post(f"{address}/preview", json={"values": VALUES})
    assert Image.open(io.BytesIO(looked.data)).format == "PNG"

    assert as_user.post(f"{address}/publish").json["published"] == 1
    fields = as_user.get(f"{address}/fields").json
    assert fields["required"] == ["guest_name", "worth", "valid_until"]
    assert fields["properties"]["worth"]["x-certmill-widget"] == "money"

    job = as_user.post("/certificates/generate", json={"template": "voucher", "items": [VALUES]})
    assert job.status_code == 202
    queue.work(runtime)

    done = as_user.get(job.headers["Location"]).json
    assert (done["state"], done["issued"], done["kind"]) == ("completed", 1, "gift_voucher")
    item = as_user.get(f"{job.headers['Location']}/items").json["items"][0]
    certificate = as_user.get(item["certificate_url"]).json
    assert certificate["recipient_name"] == "Meher Khanna"
    assert certificate["number"].startswith("GFT-2026-")
    (pdf,) = [file for file in certificate["files"] if file["url"].endswith(".pdf")]
    with pikepdf.open(io.BytesIO(as_user.get(pdf["url"]).data)) as opened:
        assert str(opened.docinfo["/Title"]) == "Voucher for Meher Khanna"


def test_a_published_version_never_changes_whatever_is_written_after_it(
    as_user: Client,
    make: Callable[..., Any],
    document: dict[str, Any],
    runtime: Parts,
    clock: StillClock,
) -> None:
    address = make(id="voucher", publish=True).headers["Location"]
    first = as_user.get(address).json

    draft = as_user.put(address, json={**document, "name": "Gift voucher, new"})
    assert (draft.json["published"], draft.json["draft"], draft.json["version"]) == (1, 2, 2)
    rewritten = as_user.put(address, json={**document, "name": "Gift voucher, newer"})
    assert (rewritten.json["draft"], rewritten.json["document"]["name"]) == (2, "Gift voucher, newer")
    assert as_user.get(address).json["name"] == "Gift voucher"

    clock.advance(minutes=1)
    assert as_user.post(f"{address}/publish").json["published"] == 2

    assert as_user.get(address).json["document"]["name"] == "Gift voucher, newer"
    assert as_user.get(f"{address}?version=1").json["document"] == first["document"]
    versions = as_user.get(f"{address}/versions").json["items"]
    assert [(each["number"], each["published_at"] is not None) for each in versions] == [(2, True), (1, True)]
    assert as_user.post(f"{address}/publish").status_code == 409


def test_jobs_may_name_a_version(as_user: Client, make: Callable[..., Any], document: dict[str, Any]) -> None:
    address = make(id="voucher", publish=True).headers["Location"]
    as_user.put(address, json={**document, "name": "Two"})
    as_user.post(f"{address}/publish")

    for reference, status, version in (("voucher", 202, 2), ("voucher@1", 202, 1), ("voucher@3", 404, None)):
        job = as_user.post("/certificates/generate", json={"template": reference, "items": [VALUES]})
        assert (job.status_code, job.json.get("template_version")) == (status, version)


def test_a_draft_is_nobodys_to_use_and_its_writers_to_see(
    as_user: Client, as_stranger: Client, as_manager: Client, make: Callable[..., Any]
) -> None:
    address = make(id="voucher").headers["Location"]
    wanted = {"template": "voucher", "items": [VALUES]}

    assert as_user.post("/certificates/generate", json=wanted).status_code == 404
    assert [client.get(address).status_code for client in (as_user, as_manager, as_stranger)] == [
        200,
        200,
        404,
    ]
    assert [
        len(client.get("/certificates/templates?kind=gift_voucher").json["items"])
        for client in (as_user, as_stranger)
    ] == [1, 0]


def test_a_template_is_its_owners_until_a_manager_makes_one_public(
    as_user: Client,
    as_stranger: Client,
    as_manager: Client,
    make: Callable[..., Any],
    document: dict[str, Any],
) -> None:
    address = make(id="mine", publish=True).headers["Location"]
    assert as_stranger.get(address).status_code == 404
    assert as_stranger.put(address, json=document).status_code == 404
    assert make(id="ours", is_public=True).status_code == 403

    public = as_manager.post(
        "/certificates/templates", json={**document, "id": "ours", "is_public": True, "publish": True}
    )

    assert as_stranger.get(public.headers["Location"]).status_code == 200
    assert (
        as_stranger.post("/certificates/generate", json={"template": "ours", "items": [VALUES]}).status_code
        == 202
    )
    assert as_stranger.put(public.headers["Location"], json=document).status_code == 403
    assert as_stranger.delete(public.headers["Location"]).status_code == 403
    assert as_stranger.post(f"{public.headers['Location']}/publish").status_code == 403


def test_a_retired_template_is_used_no_more(as_user: Client, make: Callable[..., Any]) -> None:
    address = make(id="voucher", publish=True).headers["Location"]

    assert as_user.delete(address).status_code == 204

    assert (
        as_user.post("/certificates/generate", json={"template": "voucher", "items": [VALUES]}).status_code
        == 404
    )
    assert "voucher" not in [each["id"] for each in as_user.get("/certificates/templates").json["items"]]
    assert as_user.get(address).json["active"] is False


def test_an_id_is_taken_once_and_made_from_the_name_where_none_is_given(make: Callable[..., Any]) -> None:
    assert make().json["id"].startswith("gift-voucher-")
    assert make(id="voucher").status_code == 201
    taken, reserved = make(id="voucher"), make(id="schema")
    assert (taken.status_code, reserved.status_code) == (409, 409)
    assert faults_of(taken) == {("/id", "id_taken")}


def test_the_kind_of_a_published_template_stays(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    address = make(id="voucher", publish=True).headers["Location"]

    refused = as_user.put(address, json={**document, "kind": {**document["kind"], "name": "other"}})

    assert faults_of(refused) == {("/kind", "kind_changed")}


def test_a_document_of_a_wrong_form_is_refused_with_every_fault(
    as_user: Client, document: dict[str, Any]
) -> None:
    document["kind"]["fields"][1] |= {"minimum": "lots", "colour": "red"}
    document["layout"]["sides"][0]["elements"][0] |= {"x": "left"}
    document["layout"]["sides"][0]["elements"].append({"type": "blink"})
    document["layout"]["page"]["size"] = "A9"

    refused = as_user.post(
        "/certificates/templates",
        json={
            **document,
            "id": "Not an id",
            "is_public": "yes",
            "date_format": "hh:mm",
            "language": "English",
            "x": 1,
        },
    )

    assert refused.status_code == 422
    assert {pointer for pointer, _ in faults_of(refused)} == {
        "/id",
        "/is_public",
        "/x",
        "/date_format",
        "/language",
        "/kind/fields/1/minimum",
        "/kind/fields/1/colour",
        "/layout/page/size",
        "/layout/sides/0/elements/0/x",
        "/layout/sides/0/elements/5/type",
    }


def test_publishing_names_everything_that_cannot_be_drawn(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    elements = document["layout"]["sides"][0]["elements"]
    elements[0] |= {"text": "{gest_name}", "when": "worht"}
    elements[1] |= {"style": "loud"}
    elements[2] |= {"text": "{0.__class__}"}
    elements[3] |= {"field": "worth"}
    elements.append({"type": "image", "x": 1, "y": 1, "width": 5, "height": 5, "asset": "emblem"})
    document["layout"]["styles"]["name"]["face"] = "comic"
    document["title"] = "{nobody}"
    address = as_user.post("/certificates/templates", json={**document, "id": "voucher"}).headers["Location"]

    refused = as_user.post(f"{address}/publish")

    assert refused.status_code == 422
    assert faults_of(refused) == {
        ("/title", "unknown_placeholder"),
        ("/layout/sides/0/elements/0/text", "unknown_placeholder"),
        ("/layout/sides/0/elements/0/when", "unknown_placeholder"),
        ("/layout/sides/0/elements/1/style", "unknown_style"),
        ("/layout/sides/0/elements/2/text", "bad_placeholder"),
        ("/layout/sides/0/elements/3/field", "unknown_placeholder"),
        ("/layout/sides/0/elements/5/asset", "missing_asset"),
        ("/layout/styles/name/face", "unknown_face"),
    }
    assert any("did you mean guest_name?" in fault["detail"] for fault in refused.json["errors"])
    assert as_user.get(address).json["published"] is None


def test_publishing_names_every_part_that_cannot_be_drawn_and_not_only_the_first(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any], runtime: Parts
) -> None:
    elements = document["layout"]["sides"][0]["elements"]
    elements[1] |= {"width": 4}
    elements[2] |= {"width": 4}
    elements.append({**elements[2], "text": "One visit 😀"})
    elements.append({**elements[2], "text": "No cash, no change, no refund"})
    lost = upload(as_user, a_photo(size=(9, 9))).json["id"]
    elements.append({"type": "image", "x": 1, "y": 1, "width": 5, "height": 5, "asset": "lost"})
    document["assets"] = {"lost": lost}
    document["sample"] = {**VALUES, "guest_name": "Meher 😀", "valid_until": "soon"}
    runtime.storage.delete(storage_key(lost.removeprefix("sha256:")))

    refused = make(id="voucher", publish=True)

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_template")
    assert [(fault["pointer"], fault["code"]) for fault in refused.json["errors"]] == [
        ("/sample/valid_until", "not_a_date"),
        ("/assets/lost", "missing_image"),
        ("/sample/guest_name", "missing_glyph"),
        ("/layout/sides/0/elements/5", "missing_glyph"),
        ("/layout/sides/0/elements/1", "text_does_not_fit"),
        ("/layout/sides/0/elements/2", "text_does_not_fit"),
        ("/layout/sides/0/elements/6", "text_does_not_fit"),
    ]
    details = [fault["detail"] for fault in refused.json["errors"]]
    assert details[2].startswith("Guest: no font has the character '😀'")
    assert details[4].startswith(
        "Worth in words: the text does not fit into its box of 4.0 × 20.0 mm at 7 pt"
    )
    # As a draft it may be stored, and publishing that says the same.
    address = make(id="voucher").headers["Location"]
    assert as_user.post(f"{address}/publish").json["errors"] == refused.json["errors"]
    assert as_user.get(address).json["published"] is None


def test_a_name_of_the_wrong_type_is_told_once(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    elements = document["layout"]["sides"][0]["elements"]
    elements[3] |= {"field": "worth"}
    elements[1] |= {"width": 4}

    assert faults_of(make(publish=True)) == {
        ("/layout/sides/0/elements/3/field", "unknown_placeholder"),
        ("/layout/sides/0/elements/1", "text_does_not_fit"),
    }


def test_what_may_not_please_is_told_with_what_is_published(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    emblem = upload(as_user, a_photo(size=(40, 40))).json["id"]
    portrait = upload(as_user, a_photo(size=(60, 80))).json["id"]
    image = {"type": "image", "x": 1, "y": 1, "width": 25.4, "height": 25.4, "asset": "emblem"}
    document["layout"]["sides"][0]["elements"].append(image)
    document |= {"assets": {"emblem": emblem}, "sample": {**VALUES, "portrait": portrait}}

    at_once = make(id="one", publish=True)
    draft = make(id="two")
    published = as_user.post(f"{draft.headers['Location']}/publish")

    assert (at_once.status_code, draft.json["warnings"]) == (201, [])
    assert [(each["pointer"], each["code"]) for each in at_once.json["warnings"]] == [
        ("/sample/portrait", "low_resolution"),
        ("/layout/sides/0/elements/5", "low_resolution"),
    ]
    assert published.json["warnings"] == at_once.json["warnings"]
    assert at_once.json["warnings"][1]["detail"] == (
        "The template's picture emblem has 40 dpi where it is drawn (25.4 × 25.4 mm); 200 make it look sharp."
    )


def test_nobody_is_warned_of_stand_ins(make: Callable[..., Any], document: dict[str, Any]) -> None:
    """The grey portrait has as many pixels as it has, and labels are not what names will be."""
    document["layout"]["sides"][0]["elements"][3] |= {"width": 120, "height": 110}
    document["layout"]["sides"][0]["elements"][0] |= {"width": 10, "min_size": 4}

    assert make(id="voucher", publish=True).json["warnings"] == []


def test_a_layout_that_cannot_hold_its_own_sample_is_not_published(make: Callable[..., Any]) -> None:
    long = {
        **VALUES,
        "guest_name": "Wilhelmina Georgiana Featherstonehaugh-Cholmondeley of Wolfenbüttel"[:60],
    }

    refused = make(id="voucher", publish=True, sample={**long, "worth": "-1"})
    assert faults_of(refused) == {("/sample/worth", "money_range")}

    assert make(id="voucher", publish=True, sample=long).status_code == 201


def test_a_template_shows_pictures_that_its_author_has(
    as_user: Client, as_stranger: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    emblem = upload(as_user, a_photo("PNG", mode="RGBA")).json["id"]
    theirs = upload(as_stranger, a_photo(size=(9, 9))).json["id"]
    image = {"type": "image", "x": 1, "y": 1, "width": 5, "height": 5, "asset": "emblem"}
    document["layout"]["sides"][0]["elements"].append(image)

    assert make(id="voucher", assets={"emblem": emblem}, publish=True).status_code == 201
    refused = make(id="other", assets={"emblem": theirs}, sample={**VALUES, "portrait": theirs})
    assert faults_of(refused) == {("/assets/emblem", "unknown_asset"), ("/sample/portrait", "unknown_asset")}


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"", YAML, 400, "empty_body"),
        (b"name: [", YAML, 400, "malformed_yaml"),
        (b"name: x\nname: y", YAML, 400, "malformed_yaml"),
        (b"name: !!python/object/apply:os.system [id]", YAML, 400, "malformed_yaml"),
        (b"[" * 200, YAML, 400, "malformed_yaml"),
        (b"a: &a [*a]", YAML, 400, "malformed_yaml"),
        (b"\xff\xfe", YAML, 400, "malformed_yaml"),
        (b"just text", YAML, 422, "invalid_template"),
        (b"[]", "application/json", 422, "invalid_template"),
        (b"{", "application/json", 400, "malformed_json"),
        (b"{}", "text/plain", 415, "unsupported_body"),
    ],
)
def test_a_body_that_is_no_document_is_refused(
    as_user: Client, data: bytes, content_type: str, status: int, code: str
) -> None:
    refused = as_user.post("/certificates/templates", data=data, content_type=content_type)

    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_yaml_and_json_of_one_template_are_one_document(as_user: Client, document: dict[str, Any]) -> None:
    written = as_user.post("/certificates/templates", data=VOUCHER, content_type=YAML)
    sent = as_user.post("/certificates/templates", json=document)

    assert written.json["digest"] == sent.json["digest"]


def test_the_language_has_a_published_schema_that_takes_every_template(
    as_user: Client, document: dict[str, Any]
) -> None:
    import jsonschema  # type: ignore[import-untyped]

    schema = as_user.get("/certificates/templates/schema").json
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)

    assert list(validator.iter_errors(document)) == []
    assert list(validator.iter_errors({**document, "kind": "spa_therapist"})) == []
    assert list(validator.iter_errors({**document, "kind": "nothing"})) != []
    assert list(validator.iter_errors({**document, "layout": {"page": {"size": "A9"}, "styles": {}}})) != []


def test_the_file_in_the_documentation_works_as_it_stands(as_user: Client) -> None:
    page = (ROOT / "docs" / "templates.md").read_text()
    file = page.partition("```yaml\n")[2].partition("```")[0]

    made = as_user.post("/certificates/templates", data=f"{file}\npublish: true\n", content_type=YAML)

    assert (made.status_code, made.json["published"]) == (201, 1)
    assert as_user.get(made.json["links"]["preview"]).status_code == 200


class TestPreviews:
    def test_missing_values_are_stood_in_for_and_wrong_ones_refused(
        self, as_user: Client, make: Callable[..., Any]
    ) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview"

        assert as_user.post(address, json={}).status_code == 200
        assert as_user.post(address, json={"values": {"guest_name": "Meher"}}).status_code == 200
        refused = as_user.post(
            address, json={"values": {"worth": "many", "valid_until": "2026-02-30", "x": 1}}
        )
        assert faults_of(refused) == {
            ("/values/worth", "not_money"),
            ("/values/valid_until", "not_a_date"),
            ("/values/x", "unknown_field"),
        }

    def test_what_does_not_fit_is_told_at_its_field(self, as_user: Client, make: Callable[..., Any]) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview"

        wide = as_user.post(address, json={"values": {"guest_name": "Ŵ" * 60}})
        strange = as_user.post(address, json={"values": {"guest_name": "𓀀𓀁"}})

        assert (wide.status_code, faults_of(wide)) == (422, {("/values/guest_name", "text_does_not_fit")})
        assert faults_of(strange) == {("/values/guest_name", "missing_glyph")}

    def test_pictures_may_be_ones_own_or_come_along(
        self, as_user: Client, as_stranger: Client, make: Callable[..., Any]
    ) -> None:
        import base64

        address = f"{make(id='voucher').headers['Location']}/preview"
        mine = upload(as_user, a_photo()).json["id"]
        theirs = upload(as_stranger, a_photo(size=(9, 9))).json["id"]
        inline = "data:image/jpeg;base64," + base64.b64encode(a_photo(size=(12, 12))).decode()

        for portrait in (mine, inline):
            assert as_user.post(address, json={"values": {"portrait": portrait}}).status_code == 200
        refused = as_user.post(address, json={"values": {"portrait": theirs}})
        assert faults_of(refused) == {("/values/portrait", "unknown_asset")}

    @pytest.mark.parametrize(
        ("query", "accept", "media_type"),
        [
            ("", None, "image/png"),
            ("", "application/pdf", "application/pdf"),
            ("", "image/webp,*/*;q=0.1", "image/webp"),
            ("?format=jpg", "image/png", "image/jpeg"),
            ("?format=pdf", None, "application/pdf"),
        ],
    )
    def test_a_preview_comes_in_the_form_that_is_asked_for(
        self, as_user: Client, make: Callable[..., Any], query: str, accept: str | None, media_type: str
    ) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview{query}"
        headers = {} if accept is None else {"Accept": accept}

        answers = [as_user.get(address, headers=headers), as_user.post(address, json={}, headers=headers)]

        assert {(answer.status_code, answer.mimetype) for answer in answers} == {(200, media_type)}

    def test_it_is_marked_and_stores_nothing(
        self, as_user: Client, make: Callable[..., Any], runtime: Parts
    ) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview?dpi=40"
        before = sorted(runtime.storage.walk())

        picture = Image.open(io.BytesIO(as_user.post(address, json={"values": VALUES}).data)).convert("L")

        # A voucher has nothing in its middle; the mark crosses it.
        assert picture.size == (331, 233)
        assert min(picture.crop((140, 90, 190, 140)).tobytes()) < 255
        assert sorted(runtime.storage.walk()) == before

    @pytest.mark.parametrize(
        ("query", "body"),
        [
            ("?dpi=1000", {}),
            ("?format=gif", {}),
            ("?page=2", {}),
            ("", {"values": []}),
            ("", {"spa_id": "indiranagar"}),
            ("", {"spa_id": "00000000-0000-0000-0000-000000000000"}),
            ("", {"version": "one"}),
        ],
    )
    def test_a_wish_that_makes_no_sense_is_refused(
        self, as_user: Client, make: Callable[..., Any], query: str, body: dict[str, Any]
    ) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview{query}"

        assert as_user.post(address, json=body).status_code == 422

    def test_an_unchanged_sample_is_not_drawn_again(self, as_user: Client, make: Callable[..., Any]) -> None:
        address = f"{make(id='voucher').headers['Location']}/preview"
        etag = as_user.get(address).headers["ETag"]

        assert as_user.get(address, headers={"If-None-Match": etag}).status_code == 304


class TestBuiltIn:
    @pytest.fixture(autouse=True)
    def _published(self, runtime: Parts) -> None:
        publish_builtin(runtime)

    def test_there_is_one_for_each_kind_and_everybody_may_use_it(self, as_user: Client) -> None:
        found = as_user.get("/certificates/templates?limit=200").json["items"]

        built_in = {each["kind"] for each in found if each["owner_id"] is None}
        assert built_in == {
            "spa_therapist",
            "manager_salary",
            "offer_letter",
            "experience_letter",
            "appointment_letter",
            "invoice_spa_bill",
            "id_card",
            "daily_sheet",
        }
        for each in found:
            assert as_user.get(each["links"]["fields"]).status_code == 200
            assert as_user.get(f"{each['links']['preview']}?dpi=40").status_code == 200

    def test_publishing_them_again_changes_nothing(self, runtime: Parts) -> None:
        with runtime.sessions() as session:
            before = session.execute(select(TemplateVersion.template_id, TemplateVersion.number)).all()

        assert publish_builtin(runtime) == []

        with runtime.sessions() as session:
            assert (
                session.execute(select(TemplateVersion.template_id, TemplateVersion.number)).all() == before
            )

    def test_nobody_changes_them(self, as_admin: Client, document: dict[str, Any]) -> None:
        address = "/certificates/templates/therapist-classic"

        for answer in (
            as_admin.put(address, json=document),
            as_admin.delete(address),
            as_admin.post(f"{address}/publish"),
        ):
            assert (answer.status_code, answer.json["code"]) == (403, "built_in_template")


def test_a_file_may_be_sent_back_with_its_id_and_with_no_other(
    as_user: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    address = make(id="voucher").headers["Location"]

    assert as_user.put(address, json={**document, "id": "voucher"}).status_code == 200
    refused = as_user.put(address, json={**document, "id": "other"})
    assert [(fault["pointer"], fault["code"]) for fault in refused.json["errors"]] == [
        ("/id", "unknown_field")
    ]


def test_only_who_sees_everything_opens_the_public_listing(
    as_user: Client, as_manager: Client, make: Callable[..., Any], document: dict[str, Any]
) -> None:
    address = make(id="voucher").headers["Location"]

    assert as_user.put(address, json={**document, "public_listing": True}).status_code == 403
    assert make(id="listed", public_listing=True).status_code == 403
    assert as_manager.put(address, json={**document, "public_listing": True}).status_code == 200
    assert as_user.put(address, json={**document, "public_listing": True}).status_code == 200
