from __future__ import annotations

from typing import Any

import pytest

from core.templates.document import parse_document
from core.templates.names import check_names

LOOK = {"row_style": "text"}
BOX = {"x": 0, "y": 0, "width": 50, "height": 10}


def faults_of(
    *,
    sides: list[Any] | None = None,
    flow: list[Any] | None = None,
    kind: str = "invoice_spa_bill",
    **more: Any,
) -> dict[str, str]:
    frame = {"x": 0, "y": 0, "width": 100, "height": 100}
    layout: dict[str, Any] = {"page": {"size": "A4"}, "styles": {"text": {"face": "sans"}}, **more}
    if sides is not None:
        layout["sides"] = [{"elements": sides}]
    if flow is not None:
        layout["flow"] = {"first": frame, "later": frame, "blocks": flow}
    document = parse_document({"name": "x", "kind": kind, "layout": layout})
    return {fault.pointer: fault.detail for fault in check_names(document)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "style": "text", "text": words, **BOX, **more}


def table(**more: Any) -> dict[str, Any]:
    columns = [{"text": "{row}. {service_name} {amount}", "width": 1}]
    return {"type": "table", "rows_from": "lines", "columns": columns, "look": LOOK, **more}


def test_fields_derived_values_and_facts_are_known() -> None:
    words = "{customer_name} {total} {total_in_words} {number} {issue_date} {code} {verify_url}"
    issuer = "{spa.name} {spa.gstin} {signatory.name}"

    assert faults_of(sides=[text(words), text(issuer), text("{page}/{pages}", when="card_number")]) == {}


def test_an_unknown_name_is_told_with_the_one_that_was_meant() -> None:
    found = faults_of(sides=[text("Dear {custmer_name}")])

    assert found == {
        "/layout/sides/0/elements/0/text": "custmer_name stands for no text here; did you mean customer_name?."
    }


def test_braces_that_are_doubled_are_text() -> None:
    assert faults_of(sides=[text("{{not_a_name}}")]) == {}


@pytest.mark.parametrize(
    ("element", "pointer"),
    [
        (text("{lines}"), "text"),  # a table is no text
        (text("x", when="nothing"), "when"),
        (text("x", unless="spa.nothing"), "unless"),
        ({"type": "image", "field": "customer_name", **BOX}, "field"),
        ({"type": "signature", "field": "spa.name", "style": "text", **BOX}, "field"),
        ({"type": "qr", "text": "{secret}", "x": 0, "y": 0, "size": 20}, "text"),
        ({"type": "text", "style": "text", "runs": [{"text": "a"}, {"text": "{b}"}], **BOX}, "runs/1/text"),
        ({"type": "text", "style": "text", "runs": [{"text": "a", "when": "b"}], **BOX}, "runs/0/when"),
        ({"type": "group", "elements": [text("{b}")]}, "elements/0/text"),
    ],
)
def test_every_place_of_an_element_is_looked_at(element: dict[str, Any], pointer: str) -> None:
    assert list(faults_of(sides=[element])) == [f"/layout/sides/0/elements/0/{pointer}"]


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        (table(rows_from="customer_name", columns=[{"text": "x", "width": 1}]), "rows_from"),
        (table(columns=[{"text": "{therapist}", "width": 1}]), "columns/0/text"),
        (table(columns=[{"text": "x", "header": "{service_name}", "width": 1}]), "columns/0/header"),
        (table(totals=[{"cells": ["{service_name}"]}]), "totals/0/cells/0"),
        (table(totals=[{"cells": ["x"], "when": "y"}]), "totals/0/when"),
        (table(page_total="service_name"), "page_total"),
        (table(empty="{row}"), "empty"),
        (table(when="y"), "when"),
        ({"type": "paragraph", "style": "text", "runs": [{"text": "x", "join": "{y}"}]}, "runs/0/join"),
        (
            {"type": "side_by_side", "strips": [{"blocks": []}, {"blocks": [table(when="y")]}]},
            "strips/1/blocks/0/when",
        ),
        ({"type": "paragraph", "style": "text", "text": "{page}"}, "text"),
        ({"type": "paragraph", "style": "text", "text": "x", "marker": "{row}"}, "marker"),
        ({"type": "block", "height": 9, "elements": [text("{b}")]}, "elements/0/text"),
    ],
)
def test_every_place_of_a_flow_is_looked_at(block: dict[str, Any], pointer: str) -> None:
    assert list(faults_of(flow=[block])) == [f"/layout/flow/blocks/0/{pointer}"]


def test_rows_clauses_and_pages_have_names_where_they_are_counted() -> None:
    clause = {"type": "paragraph", "style": "text", "text": "See {clause}.", "marker": "{clause}."}
    running = [text("{page} of {pages}, {number}")]

    assert faults_of(flow=[clause, table(page_total="amount")], every_page=running, last_page=running) == {}


def test_pictures_of_the_kind_and_of_the_issuer_are_known() -> None:
    images = [
        {"type": "image", "field": name, **BOX}
        for name in ("passport_size_photo", "spa.logo", "signatory.seal")
    ]
    signed = {"type": "signature", "field": "signatory.signature", "style": "text", **BOX}

    assert faults_of(sides=[*images, signed], kind="spa_therapist") == {}
