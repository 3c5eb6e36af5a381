from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core.rendering.checks import check_layout
from core.rendering.compose import prepare
from core.rendering.errors import LayoutError
from core.rendering.layout import Layout
from tests.core.rendering.layouts import STYLES, fonts, layout_of, paragraph, text_box

COLUMN = {"text": "{client}", "width": 1}
TABLE = {"type": "table", "rows_from": "rows", "columns": [COLUMN], "look": {"row_style": "text"}}
FRAME = {"x": 0, "y": 0, "width": 100, "height": 50}
ROW = {"type": "table", "columns": [COLUMN, COLUMN], "look": {"row_style": "text"}}


def faults_of(layout: Layout) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in check_layout(layout, fonts=fonts(), assets={"seal"})}


def element_faults(**element: object) -> set[tuple[str, str]]:
    found = faults_of(layout_of(sides=[{"elements": [element]}]))
    return {(pointer.removeprefix("/sides/0/elements/0"), code) for pointer, code in found}


def block_faults(**block: object) -> set[tuple[str, str]]:
    found = faults_of(layout_of(flow={"first": FRAME, "later": FRAME, "blocks": [block]}))
    return {(pointer.removeprefix("/flow/blocks/0"), code) for pointer, code in found}


def test_a_sound_layout_has_no_fault() -> None:
    image = {"type": "image", "asset": "seal", "x": 0, "y": 0, "width": 5, "height": 5}
    ornament = {"type": "path", "d": "M0 0 A5 5 0 0 1 5 5 Z", "fill": "#000000"}
    assert faults_of(layout_of(sides=[{"elements": [text_box("{name}"), image, ornament]}])) == set()
    assert block_faults(**TABLE, page_total="client") == set()


@pytest.mark.parametrize(
    "element, fault",
    [
        (text_box("{name}", style="nowhere"), ("/style", "unknown_style")),
        (text_box("{0.__class__}"), ("/text", "bad_placeholder")),
        (text_box(runs=[{"text": "{"}]), ("/runs/0/text", "bad_placeholder")),
        (text_box(runs=[{"text": "x", "style": "nowhere"}]), ("/runs/0/style", "unknown_style")),
        (text_box("x", runs=[{"text": "y"}]), ("", "text_or_runs")),
        (text_box(), ("", "text_or_runs")),
        (text_box("x", width=0), ("/width", "empty_box")),
        (text_box("x", min_size=11), ("/min_size", "min_size_above_size")),
        (
            {"type": "image", "asset": "sea", "x": 0, "y": 0, "width": 5, "height": 5},
            ("/asset", "missing_asset"),
        ),
        ({"type": "image", "x": 0, "y": 0, "width": 5, "height": 5}, ("", "field_or_asset")),
        ({"type": "qr", "text": "{verify url}", "x": 0, "y": 0, "size": 20}, ("/text", "bad_placeholder")),
        ({"type": "path", "d": "L1 2"}, ("/d", "bad_path")),
        ({"type": "group", "elements": [text_box("}")]}, ("/elements/0/text", "bad_placeholder")),
        (
            {"type": "signature", "field": "s", "style": "nowhere", "x": 0, "y": 0, "width": 5, "height": 5},
            ("/style", "unknown_style"),
        ),
    ],
)
def test_a_fault_of_an_element_is_told_with_its_place(
    element: Mapping[str, Any], fault: tuple[str, str]
) -> None:
    assert element_faults(**element) == {fault}


@pytest.mark.parametrize(
    "block, fault",
    [
        (paragraph("{", marker="•"), ("/text", "bad_placeholder")),
        (paragraph("x", marker="{"), ("/marker", "bad_placeholder")),
        ({"type": "block", "height": 51, "elements": []}, ("/height", "block_too_high")),
        ({**TABLE, "rows_from": None}, ("", "no_rows")),
        ({**TABLE, "page_total": "amount"}, ("/page_total", "no_such_column")),
        ({**TABLE, "look": {"row_style": "nowhere"}}, ("/look/row_style", "unknown_style")),
        ({**TABLE, "columns": [{**COLUMN, "header": "}"}]}, ("/columns/0/header", "bad_placeholder")),
        ({**ROW, "rows": [{"cells": ["a", "b", "c"]}]}, ("/rows/0", "cells_and_columns")),
        ({**ROW, "rows": [{"cells": ["a", "b"], "spans": [2, 1]}]}, ("/rows/0", "cells_and_columns")),
        ({**ROW, "totals": [{"cells": ["{"], "spans": [2]}]}, ("/totals/0/cells/0", "bad_placeholder")),
    ],
)
def test_a_fault_of_a_block_is_told_with_its_place(block: Mapping[str, Any], fault: tuple[str, str]) -> None:
    assert block_faults(**block) == {fault}


@pytest.mark.parametrize(
    "parts, fault",
    [
        ({"page": {}}, ("/page", "no_page_size")),
        ({"page": {"width": 100}}, ("/page", "no_page_size")),
        ({"sides": []}, ("/sides", "no_pages")),
        ({"every_page": [text_box("x")]}, ("/flow", "no_flow")),
        ({"flow": {"first": FRAME, "later": FRAME, "blocks": []}}, ("/sides", "sides_and_flow")),
        (
            {"styles": {"a": {"based_on": "b"}, "b": {"based_on": "a"}}},
            ("/styles/a/based_on", "circular_style"),
        ),
        ({"styles": {"a": {"based_on": "nowhere"}}}, ("/styles/a/based_on", "unknown_style")),
        ({"styles": {"a": {"face": "comic"}}}, ("/styles/a/face", "unknown_face")),
    ],
)
def test_a_fault_of_the_whole_is_told_with_its_place(
    parts: Mapping[str, Any], fault: tuple[str, str]
) -> None:
    assert fault in faults_of(layout_of(**{"sides": [{"elements": []}], **parts}))


def test_a_frame_of_a_flow_needs_room() -> None:
    flat = {**FRAME, "height": 0}
    assert faults_of(layout_of(flow={"first": flat, "later": FRAME, "blocks": []})) == {
        ("/flow/first", "empty_box")
    }


def test_a_layout_with_faults_is_not_prepared_and_all_of_them_are_told() -> None:
    source = layout_of(sides=[{"elements": [text_box("{"), text_box("x", style="nowhere")]}], styles=STYLES)
    with pytest.raises(LayoutError) as refused:
        prepare(source, fonts=fonts(), assets={})
    assert [fault.pointer for fault in refused.value.faults] == [
        "/sides/0/elements/0/text",
        "/sides/0/elements/1/style",
    ]
