from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from core.rendering.errors import RenderingError
from core.rendering.scene import Scene, Stroke
from tests.core.rendering.layouts import (
    baseline_of,
    composed,
    extent_of,
    flow_of,
    in_mm,
    lines_of,
    marks_of,
    paragraph,
    runs_of,
    text_box,
)

SENTENCE = "The house has always held that a good letter says what it means and says it once. "


def pages_of(scene: Scene) -> list[list[str]]:
    return [lines_of(page) for page in scene.pages]


def numbered(count: int) -> str:
    """A text of that many hard lines, each saying which it is."""
    return "\n".join(f"line {number}" for number in range(1, count + 1))


# A frame of 50 mm holds 11 lines of 12 points.
PER_PAGE = 11


def test_text_runs_over_as_many_pages_as_it_needs() -> None:
    scene = composed(flow_of(paragraph(SENTENCE * 30)))
    assert len(scene.pages) == 4
    words = " ".join(lines_of(scene)).split()
    assert words == (SENTENCE * 30).split()  # nothing lost, nothing twice


def test_lines_stay_inside_their_frame() -> None:
    for run in runs_of(composed(flow_of(paragraph(SENTENCE * 30, align="justify")))):
        left, right = map(in_mm, extent_of(run))
        assert 9.99 <= left < right <= 110.01
        assert 10 < in_mm(baseline_of(run)) < 60


def test_justified_lines_end_together_but_for_the_last() -> None:
    runs = runs_of(composed(flow_of(paragraph(SENTENCE * 3, align="justify"))))
    ends = [in_mm(extent_of(run)[1]) for run in runs]
    assert ends[:-1] == pytest.approx([110] * (len(ends) - 1), abs=0.01)
    assert ends[-1] < 109


def test_justified_text_grows_at_its_spaces_only() -> None:
    [run, *_] = runs_of(composed(flow_of(paragraph(SENTENCE * 3, align="justify"))))
    [plain, *_] = runs_of(composed(flow_of(paragraph(SENTENCE * 3))))
    assert run.text == plain.text
    letters = [cluster.text for cluster in run.clusters]
    steps, plain_steps = ([b.x - a.x for a, b in pairwise(line.glyphs)] for line in (run, plain))
    for step, other, letter in zip(steps, plain_steps, letters[:-1], strict=True):
        if letter == " ":
            assert step > other + 0.01
        else:
            assert step == pytest.approx(other)


def test_a_last_line_is_not_left_nearly_empty() -> None:
    texts = [SENTENCE * 2 + "and " * count + "so on." for count in range(12)]
    for text in texts:
        *_, last = runs_of(composed(flow_of(paragraph(text))))
        left, right = map(in_mm, extent_of(last))
        assert right - left > 10


@pytest.mark.parametrize(
    "before, lines, split",
    [
        (PER_PAGE - 1, 4, (0, 4)),  # one line would be left alone at the foot
        (PER_PAGE - 2, 4, (2, 2)),
        (PER_PAGE - 3, 4, (2, 2)),  # one line would be left alone at the head
        (PER_PAGE - 2, 3, (0, 3)),  # three lines can't be parted at all
        (PER_PAGE - 1, 1, (1, 0)),
    ],
)
def test_no_line_of_a_paragraph_stands_alone_on_a_page(
    before: int, lines: int, split: tuple[int, int]
) -> None:
    scene = composed(flow_of(paragraph(numbered(before)), paragraph("x\n" * (lines - 1) + "x")))
    counts = [sum(line == "x" for line in page) for page in pages_of(scene)]
    assert tuple([*counts, 0][:2]) == split


def test_a_heading_stays_with_what_follows_it() -> None:
    heading = paragraph("Heading", keep_with_next=True)
    scene = composed(flow_of(paragraph(numbered(PER_PAGE - 1)), heading, paragraph("x\nx\nx")))
    assert pages_of(scene)[1] == ["Heading", "x", "x", "x"]
    chain = composed(flow_of(paragraph(numbered(PER_PAGE - 3)), heading, heading, paragraph("x\nx")))
    assert pages_of(chain)[1] == ["Heading", "Heading", "x", "x"]


def test_spaces_between_blocks_add_up_and_vanish_at_the_top_of_a_page() -> None:
    first, second, top = runs_of(
        composed(
            flow_of(
                paragraph("a", space_before=7, space_after=3),
                paragraph("b", space_before=2),
                {"type": "spacer", "height": 45},
                paragraph("c", space_before=9),
            )
        )
    )
    assert in_mm(baseline_of(second) - baseline_of(first)) == pytest.approx(5 + in_mm(12), abs=0.01)
    assert baseline_of(top) == pytest.approx(baseline_of(first))


def test_later_pages_have_a_frame_of_their_own() -> None:
    scene = composed(flow_of(paragraph(SENTENCE * 20), later={"x": 40, "width": 40, "y": 20, "height": 30}))
    first, later = scene.pages[0], scene.pages[1]
    assert {round(in_mm(extent_of(run)[0])) for run in runs_of(first)} == {10}
    assert {round(in_mm(extent_of(run)[0])) for run in runs_of(later)} == {40}
    assert all(in_mm(extent_of(run)[1]) <= 80.01 for run in runs_of(later))
    assert " ".join(lines_of(scene)).split() == (SENTENCE * 20).split()


def test_markers_stand_at_the_left_of_indented_text() -> None:
    scene = composed(flow_of(paragraph(SENTENCE * 2, marker="•", indent=8)))
    marker, *lines = runs_of(scene)
    assert marker.text == "•"
    assert in_mm(extent_of(marker)[0]) == pytest.approx(10, abs=0.01)
    assert baseline_of(marker) == baseline_of(lines[0])
    assert {round(in_mm(extent_of(line)[0]), 2) for line in lines} == {18}


def test_a_first_line_may_be_indented_or_hang() -> None:
    runs = runs_of(composed(flow_of(paragraph(SENTENCE * 3, first_indent=6))))
    assert [round(in_mm(extent_of(run)[0]), 2) for run in runs[:3]] == [16, 10, 10]
    runs = runs_of(composed(flow_of(paragraph(SENTENCE * 3, indent=6, first_indent=-6))))
    assert [round(in_mm(extent_of(run)[0]), 2) for run in runs[:3]] == [10, 16, 16]


def test_clauses_are_counted_as_they_are_drawn() -> None:
    clauses = [
        paragraph("Salary", marker="{clause}.", indent=8),
        paragraph("Probation", marker="{clause}.", indent=8, when="probation"),
        paragraph("Not counted"),
        paragraph("{gone}", marker="{clause}.", indent=8),
        paragraph("{leave}", marker="{clause}.", indent=8),
        paragraph("Clause {clause}: notice"),
    ]
    lines = lines_of(composed(flow_of(*clauses), leave="Leave"))
    assert lines == ["1. | Salary", "Not counted", "2. | Leave", "Clause 3: notice"]


def test_right_to_left_paragraphs_start_at_the_right() -> None:
    scene = composed(flow_of(paragraph("یہ ایک خط ہے", marker="•", indent=8)))
    marker, *text = runs_of(scene)
    assert in_mm(extent_of(marker)[1]) == pytest.approx(110, abs=0.01)
    assert max(in_mm(extent_of(run)[1]) for run in text) == pytest.approx(102, abs=0.01)


def test_a_block_is_never_parted() -> None:
    block = {"type": "block", "height": 20, "elements": [text_box("Signed", x=5, y=2)]}
    scene = composed(flow_of(paragraph(numbered(8)), block))
    assert pages_of(scene) == [numbered(8).split("\n"), ["Signed"]]
    [run] = runs_of(scene.pages[1])
    assert in_mm(run.glyphs[0].x) == pytest.approx(15, abs=0.1)
    assert 12 < in_mm(run.glyphs[0].y) < 15


def test_a_block_may_be_pushed_to_the_end_of_its_frame() -> None:
    line = {"type": "line", "x1": 0, "y1": 5, "x2": 50, "y2": 5, "stroke": "#000000"}
    block = {"type": "block", "height": 5, "at_bottom": True, "elements": [line]}
    [stroke] = marks_of(composed(flow_of(paragraph("text"), block)), Stroke)
    assert [in_mm(length) for length in stroke.path[0]] == pytest.approx([10, 60])


def test_pages_are_numbered_once_their_number_is_known() -> None:
    every = [text_box("Page {page} of {pages}", y=62, height=5)]
    scene = composed(flow_of(paragraph(numbered(PER_PAGE * 3)), every_page=every))
    assert [lines[-1] for lines in pages_of(scene)] == ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3"]


def test_elements_belong_to_the_first_the_later_the_last_or_every_page() -> None:
    def at(text: str, y: float) -> list[dict[str, object]]:
        return [text_box(text, y=y, height=5)]

    parts: dict[str, Any] = {
        "every_page": at("every", 1),
        "first_page": at("first", 4),
        "later_pages": at("later", 7),
        "last_page": at("last", 64),
    }
    scene = composed(flow_of(paragraph(numbered(PER_PAGE * 2 + 2)), **parts))
    kept = [[line for line in page if not line.startswith("line")] for page in pages_of(scene)]
    assert kept == [["every", "first"], ["every", "later"], ["every", "later", "last"]]
    alone = composed(flow_of(paragraph("x"), **parts))
    assert pages_of(alone) == [["every", "first", "x", "last"]]


def test_what_stands_on_every_page_is_drawn_below_the_text() -> None:
    paper = {"type": "rectangle", "x": 0, "y": 0, "width": 120, "height": 70, "fill": "#eeeeee"}
    [page] = composed(flow_of(paragraph("x"), every_page=[paper])).pages
    assert [type(mark).__name__ for mark in page.marks] == ["Fill", "GlyphRun"]


def test_a_flow_without_anything_to_say_is_one_page() -> None:
    assert len(composed(flow_of(paragraph("{nothing}"))).pages) == 1


def test_a_line_taller_than_its_frame_fails() -> None:
    prepared = flow_of(paragraph("{text}", style="name"), first={"height": 8}, later={"height": 8})
    with pytest.raises(RenderingError) as fault:
        composed(prepared, text="Asha")
    assert fault.value.code == "too_tall_for_the_page"


def test_a_document_that_never_ends_fails() -> None:
    prepared = flow_of(paragraph("{text}"), first={"height": 5}, later={"height": 5})
    with pytest.raises(RenderingError) as fault:
        composed(prepared, text="\n".join("x" * 600))
    assert fault.value.code == "too_many_pages"
