from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.compose import compose
from core.rendering.errors import LayoutError, RenderingError
from core.rendering.layout import Layout
from core.rendering.proof import proof
from core.rendering.report import Report
from core.rendering.scene import ImageSource, Scene
from core.rendering.values import Value
from tests.core.rendering.layouts import STYLES, fonts, layout_of, paragraph, text_box
from tests.core.rendering.test_preflight import (
    BLOCKS,
    ELEMENTS,
    GROUPS,
    LONG_NAME,
    PARAGRAPHS,
    PORTRAIT,
    STRIPS,
    STYLES_OF_FLOWS,
    TABLES,
    VALUES,
    image,
    table,
)
from tests.core.rendering.test_preflight import STYLES as MORE_STYLES

FRAME = {"x": 10, "y": 10, "width": 100, "height": 50}
TOO_NARROW = {"width": 9, "max_lines": 1}


def proof_of(source: Layout, *, assets: dict[str, ImageSource] | None = None, **values: Value) -> Report:
    return proof(source, values, fonts=fonts(), assets=assets or {})


def side(*elements: dict[str, Any]) -> Layout:
    return layout_of(sides=[{"elements": elements}])


def flow(*blocks: dict[str, Any], **parts: Any) -> Layout:
    return layout_of(flow={"first": FRAME, "later": FRAME, "blocks": blocks}, **parts)


def places(report: Report) -> list[tuple[str, str, str]]:
    return [(fault.place, fault.code, fault.field) for fault in report.faults]


def test_each_part_that_cannot_be_drawn_is_told_with_its_place() -> None:
    source = side(
        text_box("{name}", **TOO_NARROW),
        text_box("fine"),
        text_box("{name}", **TOO_NARROW),
        image(field="name"),
        {"type": "group", "elements": [text_box("fine"), text_box("{word} 𓀀")]},
    )

    assert places(proof_of(source, name=LONG_NAME, word="😀")) == [
        ("/sides/0/elements/4/elements/1", "missing_glyph", ""),
        ("/sides/0/elements/4/elements/1", "missing_glyph", "word"),
        ("/sides/0/elements/0", "text_does_not_fit", "name"),
        ("/sides/0/elements/2", "text_does_not_fit", "name"),
        ("/sides/0/elements/3", "not_an_image", "name"),
    ]


def test_what_is_the_same_in_every_document_does_not_hide_what_else_is_wrong() -> None:
    source = side(
        text_box(LONG_NAME, **TOO_NARROW),
        text_box("😀"),
        text_box("{name}"),
        text_box("{name}", **TOO_NARROW),
    )

    assert places(proof_of(source, name=LONG_NAME)) == [
        ("/sides/0/elements/1", "missing_glyph", ""),
        ("/sides/0/elements/0", "text_does_not_fit", ""),
        ("/sides/0/elements/3", "text_does_not_fit", "name"),
    ]


def test_in_a_flow_the_block_is_named() -> None:
    block = {"type": "block", "height": 10, "elements": [text_box("{name}", y=0, **TOO_NARROW)]}
    strips = [{"width": 1, "blocks": [paragraph("{one}"), paragraph("{two}")]}]
    source = flow(
        paragraph("fine"),
        block,
        table("what"),
        {"type": "side_by_side", "strips": strips},
        every_page=[text_box("{name}", **TOO_NARROW)],
        later_pages=[text_box(LONG_NAME, **TOO_NARROW), text_box("{name}", **TOO_NARROW)],
    )

    found = proof_of(source, name=LONG_NAME, one="Asha", two="😀", lines=({"what": "😀"},))

    assert set(places(found)) == {
        ("/flow/blocks/1/elements/0", "text_does_not_fit", "name"),
        ("/flow/blocks/2", "missing_glyph", "lines/0/what"),
        ("/flow/blocks/3/strips/0/blocks/1", "missing_glyph", "two"),
        ("/every_page/0", "text_does_not_fit", "name"),
        # There is no second page, but what every second page shows is drawn before any document is.
        ("/later_pages/0", "text_does_not_fit", ""),
    }


def test_a_body_without_end_is_told_at_the_flow() -> None:
    assert places(proof_of(flow(paragraph("{story}")), story="a\n" * 7000)) == [
        ("/flow", "too_many_pages", "")
    ]


def test_warnings_have_their_place_too() -> None:
    source = side(text_box("fine"), image(fit="stretch", width=50.8), text_box("{word}", width=10, height=60))

    assert [
        (each.place, each.code, each.field)
        for each in proof_of(source, photo=PORTRAIT, word="W" * 9).warnings
    ] == [
        ("/sides/0/elements/2", "word_cut", "word"),
        ("/sides/0/elements/1", "low_resolution", "photo"),
    ]


def test_its_own_pictures_are_judged_by_the_place_where_they_are_drawn() -> None:
    emblem = {"field": None, "asset": "emblem"}
    hidden = {"type": "group", "when": "nothing", "elements": [image(width=50.8, **emblem)]}
    block = {"type": "block", "height": 40, "elements": [image(width=101.6, height=203.2, **emblem)]}
    source = flow(block, every_page=[image(**emblem), hidden])

    found = proof_of(source, assets={"emblem": PORTRAIT})

    assert [(each.asset, each.place, round(each.dpi)) for each in found.own_pictures] == [
        ("emblem", "/every_page/0", 300),
        ("emblem", "/every_page/1/elements/0", 300),
        ("emblem", "/flow/blocks/0/elements/0", 75),
    ]
    [warning] = found.own_warnings
    assert (warning.code, warning.place) == ("low_resolution", "/flow/blocks/0/elements/0")
    assert warning.detail.startswith("the template's picture emblem has 75 dpi where it is drawn (101.6 ×")
    assert found.warnings == found.faults == ()


def test_a_layout_that_is_wrong_whatever_the_values_is_not_looked_at() -> None:
    with pytest.raises(LayoutError):
        proof_of(side(text_box("x", style="loud")))


def check_against_compose(source: Layout, values: dict[str, Value]) -> None:
    report = proof(source, values, fonts=fonts(), assets={})
    found = {(fault.code, fault.field) for fault in report.faults}
    match composed_or_refused(source, values):
        case RenderingError(code=code, field=field):
            assert (code, field) in found
        case Scene(pages=pages):
            assert (found, report.pages) == (set(), len(pages))


def composed_or_refused(source: Layout, values: dict[str, Value]) -> Scene | RenderingError:
    try:
        return compose(source, values, fonts=fonts(), assets={})
    except RenderingError as error:
        return error


SIDES = ELEMENTS | GROUPS | st.tuples(ELEMENTS, GROUPS).map(lambda both: [*both[0], *both[1]])


@settings(max_examples=200, deadline=None)
@given(SIDES, VALUES)
def test_what_a_side_is_refused_for_is_found_and_nothing_else(
    elements: list[dict[str, Any]], values: dict[str, Value]
) -> None:
    styles = {**STYLES, **MORE_STYLES}
    check_against_compose(layout_of(sides=[{"elements": elements}], styles=styles), values)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARAGRAPHS | TABLES | BLOCKS | STRIPS, max_size=4), SIDES, SIDES, VALUES)
def test_what_a_flow_is_refused_for_is_found_and_nothing_else(
    blocks: list[dict[str, Any]],
    every: list[dict[str, Any]],
    later: list[dict[str, Any]],
    values: dict[str, Value],
) -> None:
    styles = {**STYLES_OF_FLOWS, **MORE_STYLES}
    check_against_compose(flow(*blocks, every_page=every, later_pages=later, styles=styles), values)
