"""Strips side by side, joins between runs, rules that begin at a column, what is kept together, figures too wide for a column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from core.rendering.compose import compose
from core.rendering.errors import LayoutError
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.scene import GlyphRun, LineTo, MoveTo, Scene, ScenePage, Stroke
from core.rendering.values import Value
from core.settings import ROOT

MM = 72 / 25.4
RED = "#ff0000"


@cache
def fonts() -> FontLibrary:
    return FontLibrary.open(ROOT / "fonts")


def flow_of(blocks: list[dict[str, Any]], values: Mapping[str, Value] | None = None) -> Scene:
    """Blocks in a frame of 100 × 50 mm with a margin of 10 mm."""
    frame = {"x": 10, "y": 10, "width": 100, "height": 50}
    layout = {
        "page": {"width": 120, "height": 70},
        "styles": {"text": {"face": "sans", "size": 10, "leading": 1.2}},
        "flow": {"first": frame, "later": frame, "blocks": blocks},
    }
    return compose(Layout.model_validate(layout), values or {}, fonts=fonts(), assets={})


def words_of(page: ScenePage) -> list[tuple[str, float, float]]:
    """What stands on a page, with its place in mm."""
    runs = [mark for mark in page.marks if isinstance(mark, GlyphRun)]
    return [(run.text.strip(), run.glyphs[0].x / MM, run.glyphs[0].y / MM) for run in runs]


def place_of(scene: Scene, wanted: str) -> tuple[int, float, float]:
    """The page, from 1, and the place of a text that stands there once."""
    found = [
        (number, x, y)
        for number, page in enumerate(scene.pages, start=1)
        for text, x, y in words_of(page)
        if text == wanted
    ]
    assert len(found) == 1, f"{wanted} stands at {found}"
    return found[0]


def paragraph(text: str, **options: object) -> dict[str, Any]:
    return {"type": "paragraph", "text": text, "style": "text", **options}


def strips(*columns: list[dict[str, Any]], **options: object) -> dict[str, Any]:
    return {
        "type": "side_by_side",
        "strips": [{"blocks": blocks} for blocks in columns],
        "gap": 10,
        **options,
    }


def test_strips_begin_at_one_height_and_share_the_width_but_for_the_gap() -> None:
    scene = flow_of([strips([paragraph("left")], [paragraph("right")])])
    (_, left, left_y), (_, right, right_y) = place_of(scene, "left"), place_of(scene, "right")
    assert left_y == right_y
    assert right - left == pytest.approx(45 + 10, abs=0.3)


def test_what_follows_strips_stands_below_the_longest() -> None:
    scene = flow_of([strips([paragraph("one")], [paragraph("one\ntwo\nthree")]), paragraph("after")])
    line = 10 * 1.2 / MM
    assert place_of(scene, "after")[2] == pytest.approx(place_of(scene, "three")[2] + line, abs=0.01)


def test_a_strip_too_long_for_its_page_goes_on_at_its_place_on_the_next() -> None:
    long = paragraph("\n".join(f"line{number}" for number in range(20)))
    scene = flow_of([strips([paragraph("short")], [long]), paragraph("after")])
    first, last = place_of(scene, "line0"), place_of(scene, "line19")
    assert (first[0], last[0]) == (1, 2)
    assert last[1] == pytest.approx(first[1], abs=0.01)
    assert place_of(scene, "after")[0] == 2
    assert place_of(scene, "after")[2] > last[2]


def test_strips_do_not_begin_where_the_start_of_one_has_no_room() -> None:
    tall = {"type": "block", "height": 30, "elements": []}
    scene = flow_of(
        [{"type": "spacer", "height": 30}, strips([paragraph("left")], [paragraph("over"), tall])]
    )
    assert place_of(scene, "left")[0] == 1, "a paragraph alone fits"
    scene = flow_of([{"type": "spacer", "height": 30}, strips([paragraph("left")], [tall])])
    assert place_of(scene, "left")[0] == 2


@pytest.mark.parametrize("kept", [True, False])
def test_strips_that_stay_together_begin_where_all_of_them_fit(kept: bool) -> None:
    lines = [paragraph("left"), {"type": "block", "height": 20, "elements": []}]
    blocks = [{"type": "spacer", "height": 35}, strips(lines, [paragraph("right")], keep_together=kept)]
    assert place_of(flow_of(blocks), "left")[0] == (2 if kept else 1)


def test_a_flush_table_pads_between_columns_only() -> None:
    table = {
        "type": "table",
        "columns": [{"text": "", "width": 1}, {"text": "", "width": 1, "align": "end"}],
        "rows": [{"cells": ["III", "III"]}],
        "look": {"row_style": "text", "padding_x": 5, "flush": True},
        "show_header": False,
    }
    runs = [mark for mark in flow_of([table]).pages[0].marks if isinstance(mark, GlyphRun)]
    first, last = runs[0].glyphs[0], runs[1].glyphs[-1]
    assert (first.x / MM, (last.x + last.advance) / MM) == pytest.approx((10, 110), abs=0.01)


def test_clauses_count_on_through_strips() -> None:
    clause = paragraph("clause{clause}")
    scene = flow_of([clause, strips([clause], [clause]), clause])
    assert [text for text, _, _ in words_of(scene.pages[0])] == ["clause1", "clause2", "clause3", "clause4"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"street": "Hill Road", "area": "Bandra", "city": "Mumbai"}, ["Hill Road, Bandra", "Mumbai"]),
        ({"area": "Bandra", "city": "Mumbai"}, ["Bandra", "Mumbai"]),
        ({"street": "Hill Road"}, ["Hill Road"]),
        ({"city": "Mumbai"}, ["Mumbai"]),
    ],
)
def test_a_join_stands_only_between_what_is_there(values: dict[str, Value], shown: list[str]) -> None:
    runs = [{"text": "{street}"}, {"text": "{area}", "join": ", "}, {"text": "{city}", "join": "\n"}]
    scene = flow_of([{"type": "paragraph", "style": "text", "runs": runs}], values)
    lines: dict[float, str] = {}
    for mark in scene.pages[0].marks:
        if isinstance(mark, GlyphRun):
            lines[mark.glyphs[0].y] = lines.get(mark.glyphs[0].y, "") + mark.text
    assert [line.strip() for line in lines.values()] == shown


def test_rules_of_a_row_begin_at_the_column_that_it_names() -> None:
    table = {
        "type": "table",
        "columns": [{"text": "", "width": 60}, {"text": "", "width": 40}],
        "rows": [{"cells": ["a", "b"], "rule_above": RED, "rules_from": 1}],
        "look": {"row_style": "text"},
        "show_header": False,
    }
    (rule,) = [mark for mark in flow_of([table]).pages[0].marks if isinstance(mark, Stroke)]
    start, end = rule.path
    assert isinstance(start, MoveTo)
    assert isinstance(end, LineTo)
    assert (start.x / MM, end.x / MM) == pytest.approx((10 + 60, 10 + 100))


def test_a_rule_above_a_row_covers_the_one_below_the_row_before() -> None:
    table = {
        "type": "table",
        "columns": [{"text": "", "width": 1}],
        "rows": [{"cells": ["a"], "rule_above": RED}, {"cells": ["b"]}, {"cells": ["c"], "rule_above": RED}],
        "look": {"row_style": "text", "rule": "#00ff00"},
        "show_header": False,
    }
    strokes = [mark for mark in flow_of([table]).pages[0].marks if isinstance(mark, Stroke)]
    assert [(stroke.color.red, stroke.color.green) for stroke in strokes] == [(0, 255), (255, 0)]


def cells_of(text: str) -> list[GlyphRun]:
    """What is drawn of a text in the left column of two, 20 mm wide with its padding."""
    table = {
        "type": "table",
        "columns": [{"text": "", "width": 20, "align": "end"}, {"text": "", "width": 80}],
        "rows": [{"cells": [text, "beside"]}],
        "look": {"row_style": "text", "padding_x": 1},
        "show_header": False,
    }
    runs = [mark for mark in flow_of([table]).pages[0].marks if isinstance(mark, GlyphRun)]
    return [run for run in runs if run.text.strip() != "beside"]


def test_a_figure_too_wide_for_its_column_is_set_smaller_rather_than_cut() -> None:
    (figure,) = cells_of("₹9,99,99,999.00")
    last = figure.glyphs[-1]
    assert 6 <= figure.size < 10
    assert figure.glyphs[0].x >= (10 + 1) * MM - 0.05
    assert last.x + last.advance == pytest.approx((10 + 20 - 1) * MM, abs=0.05)


def test_words_that_can_be_broken_keep_their_size() -> None:
    runs = cells_of("Shirodhara with warm oil")
    assert {run.size for run in runs} == {10}
    assert len({run.glyphs[0].y for run in runs}) > 1


def test_a_word_that_no_size_fits_is_cut() -> None:
    runs = cells_of("supercalifragilisticexpialidocious")
    assert "".join(run.text for run in runs) == "supercalifragilisticexpialidocious"
    assert len(runs) > 1


def test_a_rule_cannot_begin_beyond_the_last_column() -> None:
    table = {
        "type": "table",
        "columns": [{"text": "", "width": 1}],
        "rows": [{"cells": ["a"], "rules_from": 1}],
        "look": {"row_style": "text"},
    }
    with pytest.raises(LayoutError) as caught:
        flow_of([table])
    assert [fault.pointer for fault in caught.value.faults] == ["/flow/blocks/0/rows/0/rules_from"]


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("kind", ["table", "block"])
def test_a_table_or_block_can_be_kept_with_what_follows(kind: str, kept: bool) -> None:
    cell = {"type": "text", "text": "words", "style": "text", "x": 0, "y": 0, "width": 50, "height": 6}
    first: dict[str, Any] = {
        "block": {"type": "block", "height": 10, "elements": [cell]},
        "table": {
            "type": "table",
            "columns": [{"text": "", "width": 1}],
            "rows": [{"cells": ["words"]}],
            "look": {"row_style": "text"},
            "show_header": False,
        },
    }[kind]
    tall = {"type": "block", "height": 20, "elements": []}
    scene = flow_of([{"type": "spacer", "height": 35}, {**first, "keep_with_next": kept}, tall])
    assert place_of(scene, "words")[0] == (2 if kept else 1)
