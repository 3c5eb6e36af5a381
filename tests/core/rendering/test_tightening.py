"""Closing up before type gets smaller: in the order that docs/templates.md promises."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.errors import RenderingError
from core.rendering.scene import GlyphRun, Scene
from core.rendering.shapes import MM
from tests.core.rendering.layouts import lines_of, runs_of, side_of, text_box

NAME: Final = "Venkata Satyanarayana Krishnamurthy"
STYLES: Final = {"big": {"face": "book", "size": 24}, "small": {"face": "book", "size": 9}}


def set_in(text: str, width: float, **options: object) -> Scene:
    """A text in a box so many points wide."""
    options = {"style": "big", "max_lines": 1, "min_size": 8, **options}
    return side_of(text_box(text, x=2, y=5, width=width / MM, **options), styles=STYLES).compose({})


def width_of(text: str, **options: object) -> float:
    return reach_of(runs_of(set_in(text, 900, min_size=None, **options)))


def reach_of(runs: Sequence[GlyphRun]) -> float:
    """From where the first of a line's glyphs begins to where the last one ends."""
    glyphs = [glyph for run in runs for glyph in run.glyphs]
    return max(glyph.x + glyph.advance for glyph in glyphs) - min(glyph.x for glyph in glyphs)


def words_of(run: GlyphRun) -> list[tuple[str, float, float]]:
    """Each word of a run with where it begins and how wide its letters stand, in points."""
    return [
        (word.text, start, (word.glyphs[-1].x + word.glyphs[-1].advance) * run.size)
        for start, word in run.words
        if word.text.strip()
    ]


def gaps_of(run: GlyphRun) -> list[float]:
    return [after[1] - before[1] - before[2] for before, after in pairwise(words_of(run))]


def test_a_name_a_hair_too_wide_keeps_its_size_and_its_words_come_closer() -> None:
    natural = width_of(NAME)
    [whole] = runs_of(set_in(NAME, natural + 0.1))
    [run] = runs_of(set_in(NAME, natural - 1.6))
    assert (run.size, run.text) == (24, NAME)
    assert [(text, width) for text, _, width in words_of(run)] == [
        (text, width) for text, _, width in words_of(whole)
    ]
    assert gaps_of(run) == pytest.approx([gap - 0.8 for gap in gaps_of(whole)])


def test_then_its_letters_do_and_fill_the_box_to_the_point() -> None:
    natural = width_of(NAME)
    [whole] = runs_of(set_in(NAME, natural + 0.1))
    [run] = runs_of(set_in(NAME, natural - 7))
    assert run.size == 24
    assert reach_of([run]) == pytest.approx(natural - 7, abs=0.01)
    assert gaps_of(run) == pytest.approx([gap * 0.8 for gap in gaps_of(whole)])
    for (_, _, close), (text, _, width) in zip(words_of(run), words_of(whole), strict=True):
        assert 0 < width - close <= 0.012 * 24 * (len(text) - 1) + 0.001


def test_only_then_its_type_is_smaller_and_stands_as_wide_as_it_was_drawn() -> None:
    natural = width_of(NAME)
    [run] = runs_of(set_in(NAME, natural * 0.95))
    assert 24 * 0.93 < run.size < 24
    [whole] = runs_of(set_in(NAME, natural + 0.1))
    assert gaps_of(run) == pytest.approx([gap * run.size / 24 for gap in gaps_of(whole)])


def test_a_name_that_would_fail_by_a_hair_is_closed_up_at_its_smallest_size() -> None:
    smallest = width_of(NAME) * 8 / 24
    [run] = runs_of(set_in(NAME, smallest - 0.6))
    assert run.size == 8
    with pytest.raises(RenderingError, match="does not fit"):
        set_in(NAME, smallest - 3)
    assert len(lines_of(set_in(NAME, smallest - 3, max_lines=2, height=20))) == 2


def test_letters_of_small_type_keep_apart() -> None:
    natural = width_of(NAME, style="small")
    assert runs_of(set_in(NAME, natural - 0.7, style="small", min_size=5))[0].size == 9
    assert runs_of(set_in(NAME, natural - 2.5, style="small", min_size=5))[0].size < 9


@pytest.mark.parametrize("name", ["राजेश्वरी कुलकर्णी", "মৌসুমী ভট্টাচার্য", "ਹਰਪ੍ਰੀਤ ਕੌਰ", "محمد عرفان"])
def test_letters_that_hang_together_are_left_alone(name: str) -> None:
    [whole] = runs_of(set_in(name, 900))
    natural = reach_of([whole])
    [run] = runs_of(set_in(name, natural - 0.5))
    assert run.size == whole.size
    assert [word.glyphs for _, word in run.words] == [word.glyphs for _, word in whole.words]
    assert runs_of(set_in(name, natural - 4))[0].size < whole.size


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(
        st.sampled_from([*NAME.split(), "Rao", "K.", "कुलकर्णी", "முருகன்", "AV"]), min_size=1, max_size=5
    ),
    share=st.floats(0.35, 1.1),
)
def test_what_is_set_stays_in_its_box_and_is_never_small_and_close_at_once(
    words: list[str], share: float
) -> None:
    name = " ".join(words)
    runs = runs_of(set_in(name, 900))
    natural = reach_of(runs)
    found = runs_of(set_in(name, natural * share))
    width = reach_of(found)
    factor = found[0].size / runs[0].size
    assert width <= natural * share + 0.06
    assert "".join(run.text for run in found) == name
    if factor == 1:
        assert width >= natural * 0.95
    elif factor > 8 / 24:
        assert width == pytest.approx(natural * factor, abs=0.05)
