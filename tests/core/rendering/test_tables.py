from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from time import process_time

import pytest

from core.rendering.errors import RenderingError
from core.rendering.scene import Color, Fill, GlyphRun, Scene, Stroke
from tests.core.rendering.layouts import (
    COLUMNS,
    LOOK,
    baseline_of,
    composed,
    extent_of,
    flow_of,
    in_mm,
    lines_of,
    marks_of,
    paragraph,
    runs_of,
    table,
    visits,
)

TOTAL = {"cells": ["Total", "{total}"], "spans": [2, 1], "align": ["start", "end"], "style": "bold"}


def pages_of(scene: Scene) -> list[list[str]]:
    return [lines_of(page) for page in scene.pages]


HEADER = "No. | Client | Amount"
# A row is 12 points and 2 mm high: 8 of them fit into a frame of 50 mm.
PER_PAGE = 8


def test_a_row_is_set_in_its_columns() -> None:
    scene = composed(flow_of(table()), rows=visits(1))
    assert lines_of(scene) == [HEADER, "1 | Client 1 | ₹1.50"]
    number, client, amount = runs_of(scene)[3:]
    assert in_mm(extent_of(number)[0]) == pytest.approx(11, abs=0.01)
    assert in_mm(extent_of(client)[0]) == pytest.approx(21, abs=0.01)
    assert in_mm(extent_of(amount)[1]) == pytest.approx(109, abs=0.01)


@pytest.mark.parametrize("count", [1, 6, 7, 8, 15, 100, 500])
def test_rows_flow_over_pages_in_order_under_a_repeated_header(count: int) -> None:
    pages = pages_of(composed(flow_of(table()), rows=visits(count)))
    assert all(page[0] == HEADER for page in pages)
    assert all(len(page) <= PER_PAGE for page in pages)
    rows = [line for page in pages for line in page[1:]]
    assert rows == [f"{number} | Client {number} | ₹{number}.50" for number in range(1, count + 1)]


def test_a_header_that_is_not_repeated_stands_on_the_first_page_alone() -> None:
    pages = pages_of(composed(flow_of(table(repeat_header=False)), rows=visits(20)))
    assert [HEADER in page for page in pages] == [True, False, False]


@pytest.mark.parametrize("count", range(1, 30))
def test_totals_stand_once_at_the_end_and_never_without_a_row(count: int) -> None:
    pages = pages_of(composed(flow_of(table(totals=[TOTAL])), rows=visits(count), total="₹99"))
    assert sum(line == "Total | ₹99" for page in pages for line in page) == 1
    assert pages[-1][-1] == "Total | ₹99"
    assert pages[-1][-2].startswith(f"{count} |")


@pytest.mark.parametrize("count", [1, 7, 25])
def test_each_page_ends_with_the_sum_of_its_own_rows(count: int) -> None:
    prepared = flow_of(
        table(page_total="amount", totals=[TOTAL]), format_amount=lambda amount: f"₹{amount:.2f}"
    )
    pages = pages_of(composed(prepared, rows=visits(count), total="₹99"))
    number = 0
    for page in pages:
        rows = [line for line in page if " | Client " in line and line != HEADER]
        expected = sum(Decimal(number + index) + Decimal("0.5") for index in range(1, len(rows) + 1))
        number += len(rows)
        assert page[1 + len(rows)] == f"Total of this page | ₹{expected:.2f}"
        assert len(page) <= PER_PAGE
    assert number == count


def test_a_row_without_a_number_adds_nothing_to_a_page_and_nonsense_fails() -> None:
    prepared = flow_of(table(page_total="amount"))
    scene = composed(prepared, rows=({"client": "A"}, {"client": "B", "amount": "₹2", "amount.value": "2"}))
    assert lines_of(scene)[-1] == "Total of this page | 2.00"
    for nonsense in ("two", "NaN", "Infinity", "1,2"):
        with pytest.raises(RenderingError) as fault:
            composed(prepared, rows=({"client": "A", "amount.value": nonsense},))
        assert (fault.value.code, fault.value.field) == ("not_a_number", "rows/0/amount")


def test_a_table_without_rows_says_so() -> None:
    prepared = flow_of(table(empty="No visits.", totals=[TOTAL], page_total="amount"))
    assert lines_of(composed(prepared, rows=(), total="₹0")) == [HEADER, "No visits.", "Total | ₹0"]
    assert lines_of(composed(prepared, total="₹0")) == [HEADER, "No visits.", "Total | ₹0"]


def test_long_cells_wrap_and_make_their_row_higher() -> None:
    rows = (
        {"client": "a client with a name of many words that needs two lines", "amount": "₹1"},
        {"client": "B"},
    )
    scene = composed(flow_of(table()), rows=rows)
    assert lines_of(scene)[1:] == [
        "1 | a client with a name of many | ₹1",
        "words that needs two lines",
        "2 | B",
    ]
    baselines = [baseline_of(run) for run in runs_of(scene) if run.text in ("1", "2")]
    assert baselines[1] - baselines[0] == pytest.approx(2 * 12 + 2 * 72 / 25.4)


def test_no_short_word_is_left_alone_at_the_end_of_a_cell() -> None:
    rows = ({"client": "Deep tissue massage with sesame oil"},)
    scene = composed(flow_of(table()), rows=rows)
    assert lines_of(scene)[1:] == ["1 | Deep tissue massage with", "sesame oil"]


def test_a_word_wider_than_its_column_is_cut() -> None:
    scene = composed(flow_of(table()), rows=({"client": "W" * 60},))
    assert "".join(run.text for run in runs_of(scene) if "W" in run.text) == "W" * 60
    assert all(in_mm(extent_of(run)[1]) <= 79.01 for run in runs_of(scene) if "W" in run.text)


def test_a_row_is_parted_only_if_it_is_taller_than_a_page() -> None:
    tall = "\n".join(f"part {number}" for number in range(30))
    pages = pages_of(
        composed(
            flow_of(table(totals=[TOTAL])),
            rows=({"client": "A"}, {"client": tall}, {"client": "Z"}),
            total="₹9",
        )
    )
    assert pages[0] == [HEADER, "1 | A"]
    assert pages[1][:2] == [HEADER, "2 | part 0"]
    parts = [line for page in pages for line in page if "part" in line]
    assert [part.removeprefix("2 | ") for part in parts] == tall.split("\n")
    assert pages[-1][-2:] == ["3 | Z", "Total | ₹9"]


def test_a_row_taller_than_a_page_begins_on_a_page_of_its_own() -> None:
    tall = "\n".join(f"part {number}" for number in range(15))
    pages = pages_of(composed(flow_of(paragraph("x\nx\nx"), table()), rows=({"client": tall},)))
    assert pages[0] == ["x", "x", "x"]
    assert pages[1][:2] == [HEADER, "1 | part 0"]
    assert pages[2][0] == HEADER


def test_the_sum_of_a_page_counts_a_parted_row_once() -> None:
    tall = "\n".join(f"part {number}" for number in range(30))
    rows = (
        {"client": tall, "amount": "₹5", "amount.value": "5"},
        {"client": "B", "amount": "₹2", "amount.value": "2"},
    )
    pages = pages_of(composed(flow_of(table(page_total="amount")), rows=rows))
    sums = [Decimal(line.split(" | ")[1]) for page in pages for line in page if line.startswith("Total of")]
    assert sum(sums) == 7


def test_facts_and_totals_without_a_value_are_left_out() -> None:
    facts = [
        {"cells": ["Phone", "{phone}"], "spans": [1, 2]},
        {"cells": ["Fax", "{fax}"], "spans": [1, 2]},
        {"cells": ["Country", "India"], "spans": [1, 2], "unless": "abroad"},
    ]
    prepared = flow_of(
        {"type": "table", "rows": facts, "columns": COLUMNS, "look": LOOK, "show_header": False}
    )
    assert lines_of(composed(prepared, phone="12345")) == ["Phone | 12345", "Country | India"]
    assert lines_of(composed(prepared, phone="12345", abroad="yes")) == ["Phone | 12345"]


def test_columns_may_use_values_of_the_document_too() -> None:
    columns = [{"text": "{client}", "width": 1}, {"text": "{spa.city}", "width": 1}]
    prepared = flow_of(table(columns=columns, show_header=False))
    scene = prepared.compose({"rows": ({"client": "A"},), "spa.city": "Goa", "client": "never"})
    assert lines_of(scene) == ["A | Goa"]


def test_figures_at_the_right_of_a_column_have_one_width() -> None:
    columns = [{"text": "{amount}", "width": 1, "align": "end", "style": "inter"}]
    styles = {"text": {"size": 10}, "inter": {"face": "modern", "size": 10}}
    prepared = flow_of(table(columns=columns, show_header=False, look={"row_style": "text"}), styles=styles)
    ones, eights = runs_of(composed(prepared, rows=({"amount": "1111"}, {"amount": "8888"})))
    assert extent_of(ones) == pytest.approx(extent_of(eights))


AMOUNTS = ("₹1,23,456.50", "₹12", "(₹500.25)", "-3.5", "18%", "2.5%", "850.00 Dr", "७५०.५", "௧௨.௫", "Rs. 7")


def whole_ends(amounts: Sequence[str], **options: object) -> dict[str, float]:
    """For each amount of a column, where its last whole digit ends, in mm."""
    columns = [{"header": "A", "text": "{amount}", "width": 1, "align": "decimal", **options}]
    prepared = flow_of(table(columns=columns), first={"height": 150})
    scene = composed(prepared, rows=tuple({"amount": amount} for amount in amounts))
    by_line: dict[float, list[GlyphRun]] = {}
    for run in runs_of(scene)[1:]:
        by_line.setdefault(baseline_of(run), []).append(run)
    ends: dict[str, float] = {}
    for amount, runs in zip(amounts, by_line.values(), strict=True):
        assert "".join(run.text for run in runs) == amount
        before, after = re.split(r"(?<=\d)(?![\d,])", amount, maxsplit=1)
        position = 0
        for run in runs:
            for cluster in run.clusters:
                position += len(cluster.text)
                if position == len(before):
                    glyph = run.glyphs[cluster.last - 1]
                    ends[before + after] = in_mm(glyph.x + glyph.advance)
    return ends


@pytest.mark.parametrize("style", ["text", "serif", "bold"])
def test_figures_in_a_column_stand_on_their_decimal_points(style: str) -> None:
    ends = whole_ends(AMOUNTS, style=style)
    assert list(ends) == list(AMOUNTS)
    assert max(ends.values()) - min(ends.values()) < 0.01


def test_the_longest_decimals_end_where_their_column_does_and_a_bracket_hangs_over_it() -> None:
    columns = [{"text": "{amount}", "width": 1, "align": "decimal"}]
    prepared = flow_of(table(columns=columns, show_header=False))
    rows = tuple({"amount": amount} for amount in ("1.5", "(2.25)", "3"))
    one, two, three = runs_of(composed(prepared, rows=rows))
    bracket = two.glyphs[-1].advance
    assert in_mm(extent_of(two)[1] - bracket) == pytest.approx(109, abs=0.01)
    assert extent_of(three)[1] < extent_of(one)[1] < extent_of(two)[1] - bracket


def test_what_is_no_figure_stands_at_the_end_of_its_column() -> None:
    columns = [{"header": "Amount", "text": "{amount}", "width": 1, "align": "decimal"}]
    prepared = flow_of(table(columns=columns))
    rows = tuple({"amount": amount} for amount in ("1.50", "–", "nil", "2024-25", "10/12/2026", "۱۲ روپے"))
    header, figure, *others = runs_of(composed(prepared, rows=rows))
    for run in (header, figure):
        assert in_mm(extent_of(run)[1]) == pytest.approx(109, abs=0.01)
    ends: dict[float, float] = {}
    for run in others:
        ends[baseline_of(run)] = max(ends.get(baseline_of(run), 0.0), in_mm(extent_of(run)[1]))
    assert list(ends.values()) == pytest.approx([109] * 5, abs=0.01)


def test_totals_stand_on_the_decimal_points_of_the_rows_above() -> None:
    total = {"cells": ["Total", "{total}"], "align": ["start", "decimal"], "spans": [2, 1], "style": "bold"}
    columns = [*COLUMNS[:2], {**COLUMNS[2], "align": "decimal"}]
    prepared = flow_of(table(columns=columns, totals=[total], page_total="amount"))
    rows = ({"client": "A", "amount": "5.125", "amount.value": "5.125"}, {"client": "B", "amount": "7"})
    *_, five, _, _, seven, _, page, _, whole = runs_of(composed(prepared, rows=rows, total="12"))
    points: list[float] = []
    for run in (five, seven, page, whole):
        digits = run.text.partition(".")[0]
        points.append(in_mm(run.glyphs[len(digits) - 1].x + run.glyphs[len(digits) - 1].advance))
    assert points == pytest.approx([points[0]] * 4, abs=0.01)


def test_a_figure_too_wide_for_its_place_never_leaves_its_column() -> None:
    columns = [{"text": "x", "width": 70}, {"text": "{amount}", "width": 20, "align": "decimal"}]
    prepared = flow_of(table(columns=columns, show_header=False))
    for wide in ("1,23,45,678", "1,23,45,678.50", "12,34,56,789.75"):
        scene = composed(prepared, rows=({"amount": wide}, {"amount": "1.1250"}))
        run = next(run for run in runs_of(scene) if run.text == wide)
        left, right = map(in_mm, extent_of(run))
        assert 10 + 100 * 70 / 90 <= left < right <= 109.01


def test_stripes_rules_and_frame_are_drawn_once_for_a_page_each() -> None:
    look = {
        **LOOK,
        "stripe_fill": "#eeeeee",
        "rule": "#dddddd",
        "header_rule": "#111111",
        "frame": "#222222",
        "column_rule": "#333333",
    }
    [page] = composed(flow_of(table(look=look)), rows=visits(4)).pages
    [stripes] = marks_of(page, Fill)
    assert len(stripes.path) == 2 * 5  # rows 2 and 4
    colors = {stroke.color: len(stroke.path) for stroke in marks_of(page, Stroke)}
    assert colors == {
        Color(0xDD, 0xDD, 0xDD): 4 * 2,
        Color(0x11, 0x11, 0x11): 2,
        Color(0x33, 0x33, 0x33): 2 * 2,
        Color(0x22, 0x22, 0x22): 5,
    }


def test_a_table_does_not_begin_with_its_header_alone() -> None:
    pages = pages_of(composed(flow_of(paragraph("x\n" * 8 + "x"), table()), rows=visits(3)))
    assert HEADER not in pages[0]
    assert pages[1][0] == HEADER


def test_a_heading_stays_with_the_first_row_of_its_table() -> None:
    heading = paragraph("Heading", keep_with_next=True)
    pages = pages_of(composed(flow_of(paragraph("x\n" * 7 + "x"), heading, table()), rows=visits(3)))
    assert pages[1][:3] == ["Heading", HEADER, "1 | Client 1 | ₹1.50"]


def test_what_can_not_be_drawn_in_a_row_is_named_with_its_row() -> None:
    with pytest.raises(RenderingError) as fault:
        composed(flow_of(table()), rows=({"client": "A"}, {"client": "😀"}))
    assert (fault.value.code, fault.value.field) == ("missing_glyph", "rows/1/client")


def test_a_value_that_is_no_rows_is_named() -> None:
    with pytest.raises(RenderingError) as fault:
        composed(flow_of(table()), rows="three")
    assert (fault.value.code, fault.value.field) == ("not_rows", "rows")


def test_a_day_of_five_hundred_rows_is_composed_in_a_moment() -> None:
    columns = [{"text": f"{{c{number}}}", "width": 1} for number in range(8)]
    prepared = flow_of(table(columns=columns, show_header=False))
    rows = tuple({f"c{number}": f"{number} {index}" for number in range(8)} for index in range(500))
    started = process_time()
    scene = composed(prepared, rows=rows)
    assert process_time() - started < 2  # a tenth of it on a quiet machine of 2026
    assert len(runs_of(scene)) == 500 * 8
