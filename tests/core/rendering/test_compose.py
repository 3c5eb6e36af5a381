from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.compose import compose, prepare
from core.rendering.errors import RenderingError
from core.rendering.layout import Layout
from core.rendering.scene import ImageSource, Still
from tests.core.rendering.layouts import (
    STYLES,
    composed,
    extent_of,
    flow_of,
    fonts,
    in_mm,
    layout_of,
    paragraph,
    runs_of,
    side_of,
    text_box,
)

BORDER = {"type": "rectangle", "x": 1, "y": 1, "width": 118, "height": 68, "stroke": "#8a6839"}
CODE = {"type": "qr", "x": 90, "y": 40, "size": 20}
NAMES = ["Ananya Sharma", "क्षत्रिय राजेन्द्र", "தமிழ்ச்செல்வி", "প্রিয়াঙ্কা", "محمد علی قریشی", "Dr. محمد (Delhi) 123"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_values_give_the_same_scene(name: str) -> None:
    source = layout_of(
        sides=[{"elements": [BORDER, text_box("{name}", style="name", min_size=8, max_lines=1), CODE]}]
    )
    values = {"name": name, "verify_url": "https://certmill.example/verify/1"}
    prepared = prepare(source, fonts=fonts(), assets={})
    first = prepared.compose(values)
    composed(prepared, name="Somebody else entirely", verify_url="https://certmill.example/verify/2")
    assert repr(prepared.compose(values)) == repr(first)
    assert repr(compose(source, values, fonts=fonts(), assets={})) == repr(first)


def test_what_never_changes_is_drawn_once_and_shared() -> None:
    title = text_box("Certificate", style="name", y=5)
    prepared = side_of(BORDER, title, text_box("{name}", y=40), CODE)
    stills = []
    for name in NAMES:
        still, *others = composed(prepared, name=name).pages[0].parts
        assert isinstance(still, Still)
        assert [type(mark).__name__ for mark in still.marks] == ["Stroke", "GlyphRun"]
        assert others
        assert not any(isinstance(part, Still) for part in others)
        stills.append(still)
    assert all(still is stills[0] for still in stills)


def test_elements_cover_those_before_them() -> None:
    prepared = side_of(text_box("{first}"), BORDER, text_box("{second}"), text_box("third"))
    kinds = [
        getattr(mark, "text", "border") for mark in composed(prepared, first="1", second="2").pages[0].marks
    ]
    assert kinds == ["1", "border", "2", "third"]


@pytest.mark.parametrize(
    "page, size",
    [
        ({"size": "A4"}, (210, 297)),
        ({"size": "A4", "orientation": "landscape"}, (297, 210)),
        ({"size": "CR80", "orientation": "landscape"}, (85.6, 53.98)),
        ({"width": 100, "height": 60}, (100, 60)),
        ({"size": "A5", "height": 100}, (148, 100)),
    ],
)
def test_pages_are_as_large_as_the_layout_says(page: dict[str, Any], size: tuple[float, float]) -> None:
    source = layout_of(page={**page, "color": "#fffdf9"}, sides=[{"elements": []}, {"elements": []}])
    scene = compose(source, {}, fonts=fonts(), assets={})
    assert len(scene.pages) == 2
    for found in scene.pages:
        assert (in_mm(found.width), in_mm(found.height)) == pytest.approx(size)
        assert found.paper == (0xFF, 0xFD, 0xF9)


def test_a_part_that_is_the_same_in_every_document_fails_when_the_layout_is_prepared() -> None:
    with pytest.raises(RenderingError) as fault:
        side_of(text_box("far too long for so small a box", width=5, height=5, max_lines=1))
    assert (fault.value.code, fault.value.field) == ("text_does_not_fit", "")


def test_a_layout_in_a_right_to_left_language_starts_at_the_right() -> None:
    source = layout_of(sides=[{"elements": [text_box("{name}"), text_box("{name}", align="end", y=40)]}])
    scene = compose(source, {"name": "محمد"}, fonts=fonts(), assets={}, language="ur")
    start, end = runs_of(scene)
    assert in_mm(extent_of(start)[1]) == pytest.approx(110, abs=0.01)
    assert in_mm(extent_of(end)[0]) == pytest.approx(10, abs=0.01)


def test_styles_inherit_what_they_do_not_set() -> None:
    styles = {
        "base": {"face": "serif", "size": 12, "color": "#102030"},
        "strong": {"based_on": "base", "weight": "bold"},
        "loud": {"based_on": "strong", "size": 20, "opacity": 0.5},
    }
    [run] = runs_of(composed(side_of(text_box("x", style="loud"), styles=styles)))
    assert (run.face, run.size, run.color, run.opacity) == ("NotoSerif-Bold", 20, (16, 32, 48), 0.5)


def test_faults_survive_the_way_between_processes() -> None:
    fault = pickle.loads(pickle.dumps(RenderingError("missing_glyph", "name", "no font has it")))
    assert (fault.code, fault.field, fault.detail) == ("missing_glyph", "name", "no font has it")


VALUES = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [*NAMES, "", "{name}", "{0.__class__}", "a" * 300, "\n\n\n", " ", "\u200d", "\u0301", "्", "()[]«»"]
    ),
    st.just(ImageSource("ab" * 32, b"", "image/png", 3, 5)),
    st.just(({"client": "A", "amount.value": "1"},)),
)
EVERYTHING = {
    "page": {"width": 120, "height": 70},
    "styles": STYLES,
    "flow": {
        "first": {"x": 10, "y": 10, "width": 100, "height": 50},
        "later": {"x": 20, "y": 10, "width": 60, "height": 50},
        "blocks": [
            paragraph("Dear {name},\n{spa.name}", keep_with_next=True),
            paragraph("{text}", align="justify", marker="{clause}.", indent=5),
            {
                "type": "table",
                "rows_from": "rows",
                "columns": [
                    {"text": "{row} {client}", "width": 2},
                    {"text": "{amount}", "width": 1, "align": "end"},
                ],
                "look": {"row_style": "text"},
                "page_total": "amount",
                "totals": [{"cells": ["{text}"], "spans": [2]}],
            },
            {
                "type": "block",
                "height": 20,
                "elements": [text_box("{name}", min_size=4), {**CODE, "x": 0, "y": 0}],
            },
        ],
    },
    "every_page": [{"type": "image", "field": "photo", "x": 0, "y": 0, "width": 5, "height": 5}],
}


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "spa.name", "text", "rows", "photo", "verify_url"]), VALUES))
def test_whatever_the_values_a_document_is_drawn_or_refused_with_a_reason(values: dict[str, Any]) -> None:
    prepared = prepare(Layout.model_validate(EVERYTHING), fonts=fonts(), assets={})
    try:
        scene = prepared.compose(values)
    except RenderingError:
        return
    for run in runs_of(scene):
        assert all(glyph.id for glyph in run.glyphs)
        assert "".join(cluster.text for cluster in run.clusters) == run.text
        covered = sorted(index for cluster in run.clusters for index in range(cluster.first, cluster.last))
        assert covered == list(range(len(run.glyphs)))


def test_no_text_is_lost_on_its_way_into_a_scene() -> None:
    text = " ".join(NAMES * 20)
    placed = "".join(run.text for run in runs_of(composed(flow_of(paragraph("{text}")), text=text)))
    assert sorted(placed.replace(" ", "")) == sorted(text.replace(" ", ""))
