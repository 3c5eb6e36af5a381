from __future__ import annotations

from itertools import pairwise

import pytest

from core.rendering.errors import RenderingError
from core.rendering.scene import Scene
from tests.core.rendering.layouts import (
    baseline_of,
    composed,
    extent_of,
    fonts,
    in_mm,
    lines_of,
    runs_of,
    side_of,
    text_box,
)

LONG_NAME = "Venkata Satyanarayana Subrahmanyam Krishnamurthy"


def box(text: str, **options: object) -> Scene:
    return composed(side_of(text_box("{text}", **options)), text=text)


def size_of(scene: Scene) -> float:
    return runs_of(scene)[0].size


def test_text_that_fits_keeps_the_size_of_its_style() -> None:
    [run] = runs_of(box("Asha Rao", max_lines=1, min_size=5))
    assert (run.text, run.size, run.face) == ("Asha Rao", 10, "NotoSans-Regular")


def test_a_name_shrinks_until_it_fits_and_no_further() -> None:
    scene = box(LONG_NAME, style="name", min_size=10, max_lines=1)
    size = size_of(scene)
    assert 10 < size < 40
    left, right = extent_of(runs_of(scene)[0])
    assert in_mm(right - left) <= 100.02
    assert in_mm(right - left) * (size + 0.25) / size > 100  # a step larger it would not fit


def test_sizes_shrink_in_quarters_of_a_point() -> None:
    for width in (30, 37, 41, 53):
        assert size_of(box(LONG_NAME, width=width, min_size=3, max_lines=1)) * 4 % 1 == 0


def test_text_below_its_smallest_size_fails_and_names_the_longest_placeholder() -> None:
    prepared = side_of(text_box("{title} {name}", min_size=8, max_lines=1, width=40))
    with pytest.raises(RenderingError) as fault:
        composed(prepared, title="Dr.", name=LONG_NAME)
    assert (fault.value.code, fault.value.field) == ("text_does_not_fit", "name")
    assert "40.0 × 20.0 mm on 1 line at 8 pt" in fault.value.detail


def test_with_lines_to_spare_text_shrinks_onto_one_before_it_wraps() -> None:
    assert lines_of(box(LONG_NAME, max_lines=2, min_size=6, width=70)) == [LONG_NAME]
    wrapped = box(LONG_NAME, max_lines=2, min_size=9.5, width=60)
    assert len(lines_of(wrapped)) == 2
    assert size_of(wrapped) == 10


def test_without_a_number_of_lines_text_wraps_at_full_size_as_far_as_the_box_is_high() -> None:
    scene = box("one two three four five six seven eight nine ten " * 2, width=40, min_size=4, height=30)
    assert size_of(scene) == 10
    assert len(lines_of(scene)) > 3
    low = box("one two three four five six seven eight nine ten " * 2, width=40, min_size=4, height=10)
    assert 4 <= size_of(low) < 10


def test_wrapped_names_are_balanced() -> None:
    scene = box("Diploma in Ayurvedic Massage and Hydrotherapy", max_lines=2, align="center", width=60)
    first, second = lines_of(scene)
    assert (first, second) == ("Diploma in Ayurvedic", "Massage and Hydrotherapy")


@pytest.mark.parametrize(
    "text, lines",
    [
        ("deep-tissue massage", ["deep-", "tissue", "massage"]),
        ("therapist/manager", ["therapist/", "manager"]),
        ("2024-25 and 10/12", ["2024-25", "and 10/12"]),
        ("one\u00a0two three", ["one\u00a0two", "three"]),
        ("therapist\u200bmanager", ["therapist\u200b", "manager"]),
    ],
)
def test_lines_break_after_spaces_hyphens_and_slashes_between_letters(text: str, lines: list[str]) -> None:
    assert lines_of(box(text, width=19, height=60)) == lines


def test_a_word_too_long_for_its_box_is_cut_between_letters_as_the_last_resort() -> None:
    scene = box("क्षत्रिय" * 12, width=30, height=60)
    lines = lines_of(scene)
    assert "".join(lines) == "क्षत्रिय" * 12
    assert len(lines) > 1
    for line in lines:  # never inside a conjunct or before a vowel sign
        assert line[0] in "क्षतय"
        assert line[-1] != "्"


def test_right_to_left_words_are_cut_in_reading_order() -> None:
    text = "محمدعبدالرحمنقریشی" * 4
    lines = lines_of(box(text, width=30, height=60))
    assert len(lines) > 1
    assert "".join(lines) == text


def test_hard_breaks_are_lines_and_on_a_single_line_spaces() -> None:
    assert lines_of(box("12 Hill Road\nBandra\n\nMumbai")) == ["12 Hill Road", "Bandra", "Mumbai"]
    assert lines_of(box("12 Hill Road\nBandra", max_lines=1)) == ["12 Hill Road Bandra"]


@pytest.mark.parametrize("align, place", [("start", 0.0), ("center", 0.5), ("end", 1.0)])
def test_text_stands_at_the_side_it_is_aligned_to(align: str, place: float) -> None:
    left, right = map(in_mm, extent_of(runs_of(box("Asha Rao", align=align))[0]))
    assert left == pytest.approx(10 + (100 - (right - left)) * place, abs=0.01)


def test_tracked_text_is_centred_without_the_space_after_its_last_letter() -> None:
    styles = {"wide": {"face": "sans", "size": 10, "tracking": 40}}
    prepared = side_of(text_box("HH", style="wide", align="center"), styles=styles)
    [run] = runs_of(composed(prepared))
    left, end = extent_of(run)
    assert left + end - 0.4 * run.size == pytest.approx((10 + 60 - 10) * 2 * 72 / 25.4, abs=0.01)


def test_vertical_places_capitals_and_descenders_on_the_edges_of_the_box() -> None:
    face = fonts().face("NotoSans-Regular")
    cap, depth = (10 * height / face.units_per_em for height in (face.cap_height, face.letter_depth))
    top, middle, bottom = (
        in_mm(baseline_of(runs_of(box("Hp", vertical=vertical))[0]))
        for vertical in ("top", "middle", "bottom")
    )
    assert top == pytest.approx(10 + in_mm(cap), abs=0.01)
    assert middle == pytest.approx(20 + in_mm(cap) / 2, abs=0.01)
    assert bottom == pytest.approx(30 - in_mm(depth), abs=0.01)


def test_runs_stand_one_after_the_other_in_their_styles() -> None:
    runs = [
        {"text": "held from "},
        {"text": "{start}", "style": "bold"},
        {"text": " at {spa}", "when": "spa"},
    ]
    prepared = side_of(text_box(runs=runs))
    assert [(run.text, run.face) for run in runs_of(composed(prepared, start="1 May", spa="Lotus"))] == [
        ("held from ", "NotoSans-Regular"),
        ("1 May", "NotoSans-Bold"),
        (" at Lotus", "NotoSans-Regular"),
    ]
    assert lines_of(composed(prepared, start="1 May")) == ["held from 1 May"]
    assert lines_of(composed(prepared)) == []


def test_a_word_may_change_its_style_without_a_break() -> None:
    prepared = side_of(text_box(runs=[{"text": "re"}, {"text": "made", "style": "bold"}]))
    assert lines_of(composed(prepared)) == ["remade"]


def test_capitals_change_cased_scripts_only() -> None:
    styles = {"loud": {"face": "sans", "size": 10, "capitals": "upper"}}
    prepared = side_of(text_box("{name}", style="loud"), styles=styles)
    assert lines_of(composed(prepared, name="Asha Straße श्री")) == ["ASHA STRASSE श्री"]


def test_a_missing_glyph_names_the_placeholder_that_it_came_from() -> None:
    prepared = side_of(text_box("{greeting} {name}"))
    with pytest.raises(RenderingError) as fault:
        composed(prepared, greeting="Dear", name="Asha 😀")
    assert (fault.value.code, fault.value.field) == ("missing_glyph", "name")
    assert "U+1F600 GRINNING FACE" in fault.value.detail


def test_a_missing_glyph_is_found_behind_changed_capitals_too() -> None:
    styles = {"loud": {"face": "sans", "size": 10, "capitals": "upper"}}
    prepared = side_of(text_box("{name}", style="loud"), styles=styles)
    with pytest.raises(RenderingError) as fault:
        composed(prepared, name="Asha ა")  # Georgian
    assert fault.value.field == "name"


@pytest.mark.parametrize("text", ["محمد علی", "راشد Khan 123", "Dear محمد علی, welcome"])
def test_mixed_lines_are_seen_in_order_and_copied_in_order(text: str) -> None:
    runs = runs_of(box(text))
    assert "".join(run.text for run in runs) == text
    for run in runs:
        assert "".join(cluster.text for cluster in run.clusters) == run.text
        places = [glyph.x for glyph in run.glyphs]
        covered = sorted(index for cluster in run.clusters for index in range(cluster.first, cluster.last))
        assert covered == list(range(len(run.glyphs)))
        assert places[0] <= places[-1]
    spans = sorted(extent_of(run) for run in runs)
    for (_, end), (start, _) in pairwise(spans):
        assert start == pytest.approx(end, abs=0.01)  # no gap, no overlap


def test_right_to_left_text_in_an_english_layout_starts_at_the_left() -> None:
    left = min(extent_of(run)[0] for run in runs_of(box("محمد علی")))
    assert in_mm(left) == pytest.approx(10, abs=0.01)
