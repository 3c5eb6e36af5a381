"""Scripts side by side, measured on what is drawn: one baseline, one distance between lines, nothing that touches."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pytest

from core.rendering.painters import paint_page
from core.rendering.scene import GlyphRun, Scene, ScenePage
from core.rendering.shapes import MM
from tests.core.rendering.layouts import (
    baseline_of,
    flow_of,
    fonts,
    in_mm,
    paragraph,
    runs_of,
    side_of,
    text_box,
)

NAMES: Final = {
    "Devanagari": "कुँवर शृङ्गारिणी द्विवेदी",
    "Bengali": "মৌসুমী ভট্টাচার্য কৃষ্ণেন্দু চক্রবর্তী",
    "Gurmukhi": "ਗੁਰਵਿੰਦਰ ਸਿੰਘ ਢਿੱਲੋਂ",
    "Gujarati": "જિજ્ઞેશ કૃપાબેન દેસાઈ",
    "Tamil": "ஸ்ரீதேவி கிருஷ்ணமூர்த்தி",
    "Telugu": "వెంకట లక్ష్మి శ్రావణి",
    "Kannada": "ಕೃಷ್ಣಮೂರ್ತಿ ಶ್ರೀಲಕ್ಷ್ಮಿ ಭಟ್",
    "Malayalam": "ശ്രീകുമാർ കൃഷ്ണൻ പിള്ള",
    "Urdu": "محمد عرفان لکھنؤ چودھری",
}
STACKS: Final = {
    "Devanagari": "ट्ठूँ",
    "Telugu": "క్ష్మ్రి",
    "Kannada": "ಭಟ್ಟ್ರ",
}  # as deep and as high as letters get
FAMILIES: Final = ("sans", "serif", "book", "modern", "display", "script")
DPI: Final = 200


def rows_of(page: ScenePage, *runs: GlyphRun) -> np.ndarray:
    """How much ink each row of pixels has, of these runs alone."""
    picture = paint_page(ScenePage(page.width, page.height, runs), dpi=DPI, fonts=fonts()).convert("L")
    ink: np.ndarray = (255 - np.asarray(picture, dtype=float)).sum(axis=1)
    return ink


def ink_of(page: ScenePage, *runs: GlyphRun) -> tuple[float, float, float]:
    """Where the ink of runs begins, has its middle and ends, in mm from the top of the page."""
    rows = rows_of(page, *runs)
    [found] = np.nonzero(rows > 40)
    middle = float((rows * np.arange(len(rows))).sum() / rows.sum())
    first, last = float(found[0]), float(found[-1] + 1)
    return first * 25.4 / DPI, (middle + 0.5) * 25.4 / DPI, last * 25.4 / DPI


def boxed(text: str, *, face: str, size: float = 30, **options: object) -> Scene:
    """A text in a box 16 mm high whose top is 12 mm from that of the page."""
    place = {"x": 5, "y": 12, "width": 180, "height": 16}
    styles = {"name": {"face": face, "size": size, "leading": options.pop("leading", 1.2)}}
    element = text_box(text, style="name", **{**place, **options})
    return side_of(element, styles=styles, page={"width": 190, "height": 60}).compose({})


@pytest.mark.parametrize("face", FAMILIES)
@pytest.mark.parametrize("script", NAMES)
def test_scripts_on_one_line_stand_on_one_baseline(script: str, face: str) -> None:
    runs = runs_of(boxed(f"Asha {NAMES[script]} Rao", face=face, size=14))
    assert len(runs) >= 3
    assert len({run.y for run in runs}) == 1
    assert {baseline_of(run) for run in runs} == {runs[0].y}


@pytest.mark.parametrize("leading", [1.2, 1.4])
@pytest.mark.parametrize("script", NAMES)
def test_lines_of_a_paragraph_are_evenly_apart_whatever_they_are_written_in(
    script: str, leading: float
) -> None:
    text = (
        f"This is to certify that Asha Rao, known to us as {NAMES[script]}, has been in our house for years. "
        * 3
    )
    styles = {"letter": {"face": "serif", "size": 10, "leading": leading}}
    scene = flow_of(paragraph(text, style="letter"), styles=styles).compose({})
    baselines = sorted({run.y for run in runs_of(scene)})
    gaps = [after - before for before, after in pairwise(baselines)]
    assert len(gaps) > 3
    assert gaps == pytest.approx([gaps[0]] * len(gaps))
    assert 10 * leading <= gaps[0] + 0.001 <= 14.01  # lines give way where they are close, and nowhere else


@pytest.mark.parametrize("face", FAMILIES)
@pytest.mark.parametrize("script", NAMES)
def test_signs_of_one_line_never_touch_those_of_the_next(script: str, face: str) -> None:
    text = "\n".join([f"{NAMES[script]} {STACKS.get(script, '')}"] * 3)
    scene = boxed(text, face=face, size=20, height=50, leading=0.95)
    [page] = scene.pages
    lines: dict[float, list[GlyphRun]] = {}
    for run in runs_of(scene):
        lines.setdefault(run.y, []).append(run)
    assert len(lines) == 3
    inks = [ink_of(page, *runs) for _, runs in sorted(lines.items())]
    for (*_, bottom), (top, *_) in pairwise(inks):
        assert top >= bottom


@pytest.mark.parametrize("face", FAMILIES)
@pytest.mark.parametrize("script", NAMES)
def test_no_sign_hangs_out_of_its_box_or_rises_above_it_more_than_an_accent(script: str, face: str) -> None:
    latin = boxed("É", face=face)
    accent = 12 - ink_of(latin.pages[0], *runs_of(latin))[0]
    for vertical in ("top", "middle", "bottom"):
        scene = boxed(NAMES[script], face=face, vertical=vertical)
        top, _, bottom = ink_of(scene.pages[0], *runs_of(scene))
        assert top >= 12 - accent - 0.2
        assert bottom <= 28 + 0.2


@pytest.mark.parametrize("face", ["sans", "serif", "book", "modern"])
@pytest.mark.parametrize("script", NAMES)
def test_a_name_in_any_script_looks_as_centred_as_a_latin_one(script: str, face: str) -> None:
    latin, other = (
        boxed(text, face=face, vertical="middle") for text in ("Asha Lakshmi Nair", NAMES[script])
    )
    here, there = (ink_of(scene.pages[0], *runs_of(scene))[1] for scene in (latin, other))
    assert abs(here - there) < in_mm(0.14 * 30)


def test_a_latin_name_stays_where_its_capitals_say_whatever_its_accents() -> None:
    plain, accented = (
        runs_of(boxed(text, face="book", vertical="top"))[0] for text in ("Asha", "Élise Śāstrī")
    )
    assert plain.y == accented.y == pytest.approx(12 * MM + 30 * 0.653, abs=0.05)
