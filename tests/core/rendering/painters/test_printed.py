"""Lines that come again. Nobody can tell that they were painted before."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageChops

from core.rendering.fonts import FontLibrary
from core.rendering.painters import paint_page
from core.rendering.scene import Fill, GlyphRun, Mark, ScenePage, Stroke
from core.rendering.shapes import line
from tests.core.rendering.painters.scenes import GREEN, extrema_of, page, rectangle, written
from tests.core.rendering.painters.some_pages import FONTS, marks
from tests.properties import EXAMPLES

LONG_TEXT = written(FONTS.face("NotoSerif-Regular"), "Qu Xi, 4 %", size=4)


@given(
    some.lists(marks(), max_size=2),
    some.floats(0, 40),
    some.floats(5, 60),
    some.sampled_from([72, 150]),
    some.lists(some.booleans(), min_size=4, max_size=7),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_line_looks_as_if_it_had_never_been_painted(
    below: list[Mark], x: float, y: float, dpi: float, turns: list[bool]
) -> None:
    run = anew(LONG_TEXT._replace(x=x, y=y))
    for is_bare in turns:
        ground = () if is_bare else tuple(below)
        known, new = (
            paint_page(ScenePage(64, 64, (*ground, each)), dpi=dpi, fonts=FONTS) for each in (run, anew(run))
        )
        assert known.tobytes() == new.tobytes()


def anew(run: GlyphRun) -> GlyphRun:
    """The same in words that no painter has seen."""
    return run._replace(words=tuple((start, replace(word)) for start, word in run.words))


def test_a_line_looks_the_same_each_time_it_comes(fonts: FontLibrary) -> None:
    face = fonts.face("NotoSansDevanagari-Regular")
    run = written(face, "नमस्ते प्रमाणपत्र", 4.3, 30.4, size=9)
    first, *later = [_drawn(fonts, run) for _ in range(4)]
    assert ImageChops.invert(first).getbbox() is not None
    assert [ImageChops.difference(first, image).getbbox() for image in later] == [None] * 3
    lower = _drawn(fonts, run._replace(y=37.4))
    assert ImageChops.difference(first, ImageChops.offset(lower, 0, -7)).getbbox() is None


def test_a_line_that_came_before_is_drawn_over_what_stands_there_now(fonts: FontLibrary) -> None:
    run = written(fonts.face("NotoSans-Regular"), "over a box and another", 4, 30, size=8)
    box = Fill(rectangle(10, 20, 40, 20), GREEN)
    over_box = _drawn(fonts, box, run)
    for _ in range(3):
        _drawn(fonts, run)
    assert ImageChops.difference(over_box, _drawn(fonts, box, run)).getbbox() is None
    assert ImageChops.difference(over_box, _drawn(fonts, run, box)).getbbox() is not None


def test_a_line_that_the_edge_of_a_page_cut_is_whole_elsewhere(fonts: FontLibrary) -> None:
    face = fonts.face("NotoSans-Regular")
    cut, new = (written(face, "beyond the edge", 4, y, size=12) for y in (60, 30))
    for _ in range(3):
        _drawn(fonts, cut)
    assert ImageChops.difference(_drawn(fonts, cut._replace(y=30)), _drawn(fonts, new)).getbbox() is None


def _drawn(fonts: FontLibrary, *marks: Mark) -> Image.Image:
    return paint_page(page(*marks, width=120, height=60), dpi=72, fonts=fonts)


@given(some.floats(-5, 60), some.floats(-5, 60), some.floats(0.1, 4), some.integers(2, 5))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_rule_looks_as_if_it_had_never_been_painted(x: float, y: float, width: float, times: int) -> None:
    """The third time it is painted by what was kept; of the rectangle in its place nothing is."""
    stroke = Stroke(line(x, y, x + 30, y), GREEN, width)
    whole = Fill(rectangle(x, y - width / 2, 30, width), GREEN)
    rules = [paint_page(page(stroke, width=64, height=64), dpi=150, fonts=FONTS) for _ in range(times)]
    assert len({image.tobytes() for image in rules}) == 1
    seen = paint_page(page(whole, width=64, height=64), dpi=150, fonts=FONTS)
    assert max(high for _, high in extrema_of(ImageChops.difference(rules[-1], seen))) <= 20
