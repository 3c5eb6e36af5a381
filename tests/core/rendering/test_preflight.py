from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.compose import PreparedLayout
from core.rendering.errors import RenderingError
from core.rendering.preflight import preflight
from core.rendering.report import Report
from core.rendering.scene import ImageSource, Scene
from core.rendering.values import Value
from tests.core.rendering.layouts import composed, flow_of, paragraph, runs_of, side_of, text_box

LONG_NAME = "Venkata Satyanarayana Subrahmanyam Krishnamurthy"
PORTRAIT = ImageSource("ab" * 32, b"", "image/png", 300, 600)


def report_of(prepared: PreparedLayout, **values: Value) -> Report:
    return preflight(prepared, values)


def image(**options: object) -> dict[str, Any]:
    """A picture in a box of 25.4 × 50.8 mm, so that a picture of 300 × 600 has 300 dpi there."""
    place = {"x": 10, "y": 5, "width": 25.4, "height": 50.8}
    return {"type": "image", "field": "photo", **place, **options}


def table(*columns: str, **options: object) -> dict[str, Any]:
    return {
        "type": "table",
        "rows_from": "lines",
        "columns": [{"header": name.title(), "text": f"{{{name}}}", "width": 1} for name in columns],
        "look": {"row_style": "text"},
        **options,
    }


class TestCharacters:
    def test_every_character_that_no_font_has_is_named_and_not_only_the_first(self) -> None:
        report = report_of(side_of(text_box("{name}")), name="Asha 😀 𓀀 Rao 😀")
        assert report.missing == {"name": ("😀", "𓀀")}
        [fault] = report.faults
        assert (fault.code, fault.field) == ("missing_glyph", "name")
        assert fault.detail == (
            "no font has the characters '😀' (U+1F600 GRINNING FACE), '𓀀' (U+13000 EGYPTIAN HIEROGLYPH A001)"
        )

    def test_of_one_character_it_says_what_compose_says(self) -> None:
        prepared = side_of(text_box("{name}"))
        with pytest.raises(RenderingError) as raised:
            composed(prepared, name="Asha 😀")
        assert [fault.detail for fault in report_of(prepared, name="Asha 😀").faults] == [raised.value.detail]

    def test_each_field_has_its_own(self) -> None:
        report = report_of(side_of(text_box("{name} and {other}")), name="😀", other="𓀀")
        assert report.missing == {"name": ("😀",), "other": ("𓀀",)}

    def test_what_is_left_of_the_text_is_fitted_all_the_same(self) -> None:
        prepared = side_of(text_box("{name}", max_lines=1, width=20, min_size=9))
        report = report_of(prepared, name=f"😀{LONG_NAME}")
        assert [fault.code for fault in report.faults] == ["missing_glyph", "text_does_not_fit"]

    def test_the_template_is_blamed_for_its_own(self) -> None:
        report = report_of(flow_of(paragraph("😀 {name}"), paragraph("{other}")), name="Asha", other="𓀀")
        assert report.missing == {"": ("😀",), "other": ("𓀀",)}

    def test_in_a_table_the_cell_is_named(self) -> None:
        lines = ({"what": "Tea", "who": "😀"}, {"what": "𓀀", "who": "Asha"})
        report = report_of(flow_of(table("what", "who")), lines=lines)
        assert report.missing == {"lines/0/who": ("😀",), "lines/1/what": ("𓀀",)}

    def test_a_character_that_only_exists_as_a_capital_is_missing_where_capitals_are_asked_for(self) -> None:
        styles = {"upper": {"based_on": "text", "capitals": "upper"}}
        report = report_of(side_of(text_box("{name}", style="upper"), styles=styles), name="Asha 😀")
        assert report.missing == {"name": ("😀",)}


class TestTexts:
    def test_the_shrink_that_was_needed_is_what_compose_sets(self) -> None:
        prepared = side_of(text_box("{name}", style="name", min_size=10, max_lines=1))
        [text] = report_of(prepared, name=LONG_NAME).texts
        size = runs_of(composed(prepared, name=LONG_NAME))[0].size
        assert text.fields == ("name",)
        assert (text.full_size, text.size, text.lines) == (40, size, 1)
        assert text.shrink == size / 40

    def test_what_does_not_fit_is_told_with_what_it_would_need(self) -> None:
        prepared = side_of(text_box("{name}", max_lines=1, width=30, min_size=8))
        report = report_of(prepared, name=LONG_NAME)
        [text] = report.texts
        assert text.overflow is not None
        assert text.overflow.width == pytest.approx(30)
        assert text.size == 8
        assert text.overflow.fits_at is not None
        # At that size it does fit, and a step above it does not.
        fits_at = text.overflow.fits_at
        composed(side_of(text_box("{name}", max_lines=1, width=30, min_size=fits_at)), name=LONG_NAME)
        with pytest.raises(RenderingError):
            composed(
                side_of(text_box("{name}", max_lines=1, width=30, min_size=fits_at + 0.25)), name=LONG_NAME
            )
        # With so much room it fits at the smallest size.
        needed = text.overflow.needed_width
        assert runs_of(
            composed(side_of(text_box("{name}", max_lines=1, width=needed, min_size=8)), name=LONG_NAME)
        )
        assert report.faults[0].detail.endswith(f"at 8 pt; it would at {fits_at:g} pt")

    def test_a_text_of_many_lines_is_told_how_high_it_would_be(self) -> None:
        prepared = side_of(text_box("{story}", height=10))
        [text] = report_of(prepared, story="once upon a time " * 30).texts
        assert text.overflow is not None
        assert text.overflow.needed_width <= text.overflow.width
        assert text.overflow.needed_height > text.overflow.height
        needed = text.overflow.needed_height
        assert (
            report_of(side_of(text_box("{story}", height=needed)), story="once upon a time " * 30).faults
            == ()
        )

    def test_every_box_that_is_too_small_is_told(self) -> None:
        prepared = side_of(
            text_box("{name}", max_lines=1, width=20),
            text_box("{course}", max_lines=1, width=20),
            text_box("{short}", max_lines=1, width=20),
        )
        report = report_of(prepared, name=LONG_NAME, course=LONG_NAME, short="Tea")
        assert [fault.field for fault in report.faults] == ["name", "course"]

    def test_a_cut_word_and_much_smaller_type_are_warned_of(self) -> None:
        boxes = (
            text_box("{word}", width=10, height=60),
            text_box("{name}", style="name", min_size=10, max_lines=1, width=70),
        )
        report = report_of(side_of(*boxes), word="Donaudampfschifffahrt", name=LONG_NAME)
        assert report.faults == ()
        assert [(warning.code, warning.field) for warning in report.warnings] == [
            ("word_cut", "word"),
            ("text_shrunk", "name"),
        ]

    def test_words_cut_in_paragraphs_and_cells_are_found_too(self) -> None:
        blocks = (paragraph("{word}"), table("word", "what", "when", "where"))
        lines = ({"word": "W" * 20, "what": "Tea", "when": "now", "where": "here"},)
        report = report_of(flow_of(*blocks), word="W" * 60, lines=lines)
        assert [(each.code, each.field) for each in report.warnings] == [
            ("word_cut", "word"),
            ("word_cut", "lines/0/word"),
        ]

    def test_a_figure_that_is_set_smaller_in_its_column_is_told(self) -> None:
        lines = ({"a": "1,23,45,678.50", "b": "x", "c": "x", "d": "x", "e": "x"},)
        report = report_of(flow_of(table(*"abcde")), lines=lines)
        [text] = report.texts
        assert text.fields == ("lines/0/a",)
        assert 0.6 <= text.shrink < 1

    def test_what_is_hidden_is_not_looked_at(self) -> None:
        prepared = side_of(text_box("{name}", max_lines=1, width=5, when="other"), image(unless="name"))
        assert report_of(prepared, name=LONG_NAME, photo=PORTRAIT) == report_of(side_of(), other="")


class TestPictures:
    def test_the_resolution_is_that_of_the_place_where_it_is_drawn(self) -> None:
        [picture] = report_of(side_of(image()), photo=PORTRAIT).pictures
        assert (picture.field, round(picture.dpi)) == ("photo", 300)
        assert picture.width == pytest.approx(25.4)
        assert picture.height == pytest.approx(50.8)

    def test_what_is_cropped_away_does_not_count(self) -> None:
        report = report_of(side_of(image(fit="cover", width=50.8)), photo=PORTRAIT)
        [picture] = report.pictures
        assert picture.pixels == (300, 300)
        assert round(picture.dpi) == 150
        assert [(warning.code, warning.field) for warning in report.warnings] == [("low_resolution", "photo")]
        assert "150 dpi" in report.warnings[0].detail

    def test_a_stretched_picture_is_as_coarse_as_its_coarser_way(self) -> None:
        report = report_of(side_of(image(fit="stretch", width=50.8)), photo=PORTRAIT)
        assert round(report.pictures[0].dpi) == 150

    def test_a_signature_is_a_picture_or_a_text(self) -> None:
        place = {"x": 10, "y": 10, "width": 101.6, "height": 20}
        prepared = side_of({"type": "signature", "field": "sign", "style": "text", **place})
        assert report_of(prepared, sign=PORTRAIT).pictures[0].field == "sign"
        assert report_of(prepared, sign="Asha Rao").texts[0].fields == ("sign",)

    def test_a_text_where_a_picture_belongs_is_a_fault(self) -> None:
        report = report_of(side_of(image(), text_box("{name}")), photo="a text", name="😀")
        assert [(each.code, each.field) for each in report.faults] == [
            ("missing_glyph", "name"),
            ("not_an_image", "photo"),
        ]


class TestFlows:
    def test_faults_of_blocks_tables_and_pages_are_told_together(self) -> None:
        block = {"type": "block", "height": 10, "elements": [text_box("{name}", max_lines=1, width=9, y=0)]}
        footer = [text_box("{footer}", max_lines=1, width=9, y=60)]
        prepared = flow_of(block, table("what"), paragraph("{story}"), every_page=footer)
        lines = ({"what": "😀"},)
        report = report_of(prepared, name=LONG_NAME, lines=lines, story="𓀀", footer=LONG_NAME)
        assert {(each.code, each.field) for each in report.faults} == {
            ("text_does_not_fit", "name"),
            ("missing_glyph", "lines/0/what"),
            ("missing_glyph", "story"),
            ("text_does_not_fit", "footer"),
        }

    def test_strips_are_looked_into(self) -> None:
        strips = [
            {"width": 1, "blocks": [paragraph("{left}")]},
            {"width": 1, "blocks": [paragraph("{right}")]},
        ]
        report = report_of(flow_of({"type": "side_by_side", "strips": strips}), left="😀", right="𓀀")
        assert report.missing == {"left": ("😀",), "right": ("𓀀",)}

    def test_a_body_without_end_is_told(self) -> None:
        report = report_of(flow_of(paragraph("{story}")), story="a\n" * 7000)
        assert [each.code for each in report.faults] == ["too_many_pages"]

    def test_rows_that_are_none_and_amounts_that_are_none_are_told(self) -> None:
        summed = table("what", "rate", page_total="rate")
        lines = (
            {"rate": "a lot", "rate.value": "a lot"},
            {"rate": "2", "rate.value": "2"},
            {"rate.value": "x"},
        )
        assert [(each.code, each.field) for each in report_of(flow_of(summed), lines=lines).faults] == [
            ("not_a_number", "lines/0/rate"),
            ("not_a_number", "lines/2/rate"),
        ]
        assert [each.code for each in report_of(flow_of(summed), lines="none").faults] == ["not_rows"]

    def test_it_says_how_many_pages_there_are(self) -> None:
        assert report_of(flow_of(paragraph("{story}")), story="a\n" * 30).pages == 3
        assert report_of(side_of(text_box("x"))).pages == 1


NAMES = ("one", "two", "three")
TEXTS = st.text(alphabet="aWé ßक्ষ안א1,.-\u00a0\n😀𓀀\u0301", max_size=40) | st.sampled_from(
    ("", "Asha", LONG_NAME, "W" * 50, "1,23,45,678.50")
)
ROWS = st.lists(st.dictionaries(st.sampled_from((*NAMES, "one.value")), TEXTS, max_size=4), max_size=4).map(
    tuple
)
VALUES = st.dictionaries(st.sampled_from((*NAMES, "lines")), TEXTS | ROWS | st.just(PORTRAIT), max_size=4)
PIECES = st.lists(
    st.sampled_from(("{one}", "{two}", "{three} ", "{page}", "Certificate ", "of\n", "😀")),
    min_size=1,
    max_size=4,
).map("".join)
CONDITIONS = st.fixed_dictionaries(
    {}, optional={"when": st.sampled_from(NAMES), "unless": st.sampled_from(NAMES)}
)
LENGTHS = st.sampled_from((4, 12, 30, 90))
STYLE_NAMES = st.sampled_from(("text", "bold", "name", "upper"))
RUNS = st.lists(
    st.builds(
        lambda text, style, conditions: {"text": text, "style": style, "join": " · ", **conditions},
        PIECES,
        STYLE_NAMES,
        CONDITIONS,
    ),
    min_size=1,
    max_size=3,
)
WORDS = st.builds(lambda text: {"text": text}, PIECES) | st.builds(lambda runs: {"runs": runs}, RUNS)
BOXES = st.builds(
    lambda words, style, width, height, lines, shrinks, conditions: {
        "type": "text",
        "x": 0,
        "y": 0,
        "style": style,
        "width": width,
        "height": height,
        "max_lines": lines,
        **({"min_size": 6} if shrinks else {}),
        **words,
        **conditions,
    },
    WORDS,
    STYLE_NAMES,
    LENGTHS,
    LENGTHS,
    st.sampled_from((None, 1, 2)),
    st.booleans(),
    CONDITIONS,
)
PICTURES = st.builds(
    lambda kind, field, conditions: {
        "type": kind,
        "field": field,
        "x": 0,
        "y": 0,
        "width": 20,
        "height": 9,
        **({"style": "text"} if kind == "signature" else {}),
        **conditions,
    },
    st.sampled_from(("image", "signature")),
    st.sampled_from(NAMES),
    CONDITIONS,
)
CODES = st.builds(lambda text: {"type": "qr", "x": 0, "y": 0, "size": 20, "text": text}, PIECES)
ELEMENTS = st.lists(BOXES | PICTURES | CODES, max_size=4).map(list)
GROUPS = ELEMENTS.map(lambda elements: [{"type": "group", "x": 1, "y": 1, "elements": elements}])
PARAGRAPHS = st.builds(
    lambda words, style, marker, conditions: {
        "type": "paragraph",
        "style": style,
        **({"marker": marker} if marker else {}),
        **words,
        **conditions,
    },
    WORDS,
    STYLE_NAMES,
    st.sampled_from((None, "{clause}.", "{one}")),
    CONDITIONS,
)
TABLES = st.builds(
    lambda header, totals, align, summed, columns: {
        "type": "table",
        "rows_from": "lines",
        "look": {"row_style": "text"},
        "columns": [
            {"header": header, "text": text, "width": 1, "align": align} for text in ("{one}", *columns)
        ],
        "totals": [{"cells": [totals]}],
        **({"page_total": "one"} if summed else {}),
    },
    PIECES,
    PIECES,
    st.sampled_from(("start", "end", "decimal")),
    st.booleans(),
    st.lists(PIECES, max_size=4),
)
BLOCKS = ELEMENTS.map(lambda elements: {"type": "block", "height": 20, "elements": elements})
BODY = st.lists(PARAGRAPHS | TABLES | BLOCKS, max_size=3)
STRIPS = st.lists(st.builds(lambda blocks: {"width": 1, "blocks": blocks}, BODY), min_size=2, max_size=2).map(
    lambda strips: {"type": "side_by_side", "strips": strips}
)
STYLES = {"upper": {"face": "serif", "size": 14, "capitals": "upper"}}


def check_against_compose(prepared: PreparedLayout, values: Mapping[str, Value]) -> None:
    report = preflight(prepared, values)
    found = {(fault.code, fault.field) for fault in report.faults}
    match composed_or_refused(prepared, values):
        case RenderingError(code=code, field=field):
            assert (code, field) in found
        case Scene(pages=pages):
            assert (found, report.pages) == (set(), len(pages))


def composed_or_refused(prepared: PreparedLayout, values: Mapping[str, Value]) -> Scene | RenderingError:
    try:
        return prepared.compose(values)
    except RenderingError as error:
        return error


@settings(max_examples=300, deadline=None)
@given(ELEMENTS | GROUPS, VALUES)
def test_what_compose_refuses_on_a_side_is_reported_and_nothing_else(
    elements: list[dict[str, Any]], values: dict[str, Value]
) -> None:
    try:
        prepared = side_of(*elements, styles=STYLES)
    except RenderingError:
        return  # the template's own, whatever the values
    check_against_compose(prepared, values)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARAGRAPHS | TABLES | BLOCKS | STRIPS, max_size=4), ELEMENTS, VALUES)
def test_what_compose_refuses_in_a_flow_is_reported_and_nothing_else(
    blocks: list[dict[str, Any]], footer: list[dict[str, Any]], values: dict[str, Value]
) -> None:
    try:
        prepared = flow_of(*blocks, every_page=footer, styles={**STYLES_OF_FLOWS, **STYLES})
    except RenderingError:
        return
    check_against_compose(prepared, values)


STYLES_OF_FLOWS = {
    "text": {"face": "sans", "size": 10, "leading": 1.2},
    "bold": {"based_on": "text", "weight": "bold"},
    "name": {"face": "script", "size": 40},
}
