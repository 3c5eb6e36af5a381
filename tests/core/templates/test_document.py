from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidRequest
from core.kinds import BUILT_IN
from core.templates.document import TemplateDocument, digest_of, parse_document

TEXT = {"type": "text", "x": 1, "y": 2, "width": 30, "height": 5, "style": "text", "text": "{candidate_name}"}
DOCUMENT: dict[str, Any] = {
    "name": "Plain",
    "kind": "spa_therapist",
    "layout": {"page": {"size": "A4"}, "styles": {"text": {"face": "sans"}}, "sides": [{"elements": [TEXT]}]},
}


def faults_of(raw: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refused:
        parse_document(raw)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def test_a_document_comes_back_as_it_was_written() -> None:
    assert parse_document(DOCUMENT).to_json() == DOCUMENT


def test_what_stands_at_its_default_makes_no_difference() -> None:
    spoken = {**DOCUMENT, "language": "en", "public_listing": False, "assets": {}}

    assert digest_of(parse_document(spoken)) == digest_of(parse_document(DOCUMENT))


def test_every_difference_makes_another_digest() -> None:
    others = [
        {**DOCUMENT, "name": "Plainer"},
        {**DOCUMENT, "date_format": "d MMM yy"},
        {**DOCUMENT, "public_listing": True},
        {**DOCUMENT, "kind": {"label": "Note", "recipient": "to", "fields": [FIELD]}},
    ]

    assert len({digest_of(parse_document(each)) for each in [DOCUMENT, *others]}) == 5


FIELD = {"type": "text", "name": "to", "label": "To", "required": True}


def test_a_built_in_kind_is_named_and_ones_own_is_written_out() -> None:
    assert parse_document(DOCUMENT).kind is BUILT_IN["spa_therapist"]

    own = parse_document(
        {**DOCUMENT, "kind": {"label": "Thank-you note", "recipient": "to", "fields": [FIELD]}}
    )

    assert own.kind.name == "thank_you_note"
    assert TemplateDocument.model_validate(own.to_json()) == own


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"kind": "spa_therapst"}, {("/kind", "unknown_kind")}),
        ({"kind": 7}, {("/kind", "not_an_object")}),
        (
            {"kind": {"label": "Invoice", "name": "id_card", "recipient": "to", "fields": [FIELD]}},
            {("/kind/name", "name_taken")},
        ),
        (
            {"kind": {"label": "Note", "recipient": "from", "fields": [FIELD]}},
            {("/kind/recipient", "inconsistent")},
        ),
        ({"name": "  "}, {("/name", "too_short")}),
        ({"name": "a\u202eb"}, {("/name", "bidi_override")}),
        ({"title": ""}, {("/title", "too_short")}),
        ({"assets": {"Logo": "logo.png"}}, {("/assets/Logo", "bad_pattern")}),
        ({"layout": {}}, {("/layout/page", "missing"), ("/layout/styles", "missing")}),
        ({"layout": []}, {("/layout", "not_an_object")}),
        ({"scripts": "alert(1)"}, {("/scripts", "unknown_field")}),
    ],
)
def test_a_fault_is_told_where_it_stands(change: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    found = faults_of({**DOCUMENT, **change})

    assert {(pointer.removesuffix("/[key]"), code) for pointer, code in found} >= faults


@pytest.mark.parametrize("raw", [None, [], "text", 7, True])
def test_what_is_no_object_is_no_document(raw: object) -> None:
    assert faults_of(raw) == {("", "not_an_object")}
