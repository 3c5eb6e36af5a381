"""The image and the PDF show the same: what two PDF readers draw is what the image painter draws, but for antialiasing.

The readers draw at four times the resolution, brought down by averages, so that an edge has the share of a pixel that it
should have. Blurred by one pixel, no channel of any pixel may then differ by more than `TOLERANCE`; averaged over blocks of
32 × 32 pixels, by no more than `BLOCK_TOLERANCE`, which finds what is faint and large.

Where readers draw at 150 dpi itself they move glyphs and edges to whole pixels, each in its own way. There, every pixel must
lie between the darkest and the lightest of its neighbours in the other picture, give or take `ROUGH_TOLERANCE`.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from core.rendering.fonts import FontLibrary
from core.rendering.painters import paint_page, paint_pdf
from core.rendering.scene import (
    Color,
    Fill,
    GlyphRun,
    LineTo,
    Mark,
    MoveTo,
    Picture,
    Scene,
    ScenePage,
    Stroke,
)
from tests.core.rendering.painters.comparison import (
    BLOCK_TOLERANCE,
    ROUGH_TOLERANCE,
    TOLERANCE,
    Reader,
    blocks,
    blurred,
    difference,
    rough_difference,
)
from tests.core.rendering.painters.scenes import (
    METADATA,
    ellipse,
    pixels_of,
    polygon,
    portrait,
    rectangle,
    source_of,
    written,
)

DPI = 150
FINER = 4
INK, GOLD, PLUM = Color(38, 30, 20), Color(150, 110, 40), Color(120, 20, 80)
GREEN = Color(20, 160, 60)


@pytest.fixture(scope="module")
def rich(fonts: FontLibrary) -> ScenePage:
    """Something of everything, in every script."""
    texts = [
        ("GreatVibes-Regular", "Ananya Raghunathan", 40, INK),
        ("EBGaramond-Italic", "has completed the course of training, affluently", 15, INK),
        ("NotoSans-Bold", "Certificate № 12345/2026", 10, GOLD),
        ("NotoSansDevanagari-Regular", "क्षत्रिय श्रीकृष्ण ज्ञानेश्वरी", 18, INK),
        ("NotoSerifBengali-Regular", "শ্রীমতী ঐন্দ্রিলা বন্দ্যোপাধ্যায়", 18, INK),
        ("NotoSansTamil-Bold", "தமிழ்ச்செல்வி கௌரி", 16, PLUM),
        ("NotoSansTelugu-Regular", "శ్రీలక్ష్మి కృష్ణమూర్తి", 18, INK),
        ("NotoSansKannada-Regular", "ಶ್ರೀಲಕ್ಷ್ಮಿ ಕೃಷ್ಣಮೂರ್ತಿ", 18, INK),
        ("NotoSansMalayalam-Regular", "ശ്രീലക്ഷ്മി കൃഷ്ണൻകുട്ടി", 18, INK),
        ("NotoSansGujarati-Regular", "શ્રીમતી કૃષ્ણા", 18, INK),
        ("NotoSansGurmukhi-Regular", "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", 18, INK),
        ("NotoNaskhArabic-Regular", "عبد الله فَاطِمَة چوہدری", 20, INK),
    ]
    lines = [
        written(fonts.face(face), text, 60.3, 66 + 27.9 * row, size=size, color=color)
        for row, (face, text, size, color) in enumerate(texts)
    ]
    photo = portrait()
    signature = source_of(
        pixels_of("....\n.BB.\nB..B", alpha=".").resize((160, 120), Image.Resampling.BICUBIC)
    )
    marks: list[Mark] = [
        Fill(rectangle(20.2, 20.7, 555, 380), Color(252, 248, 238)),
        Stroke(rectangle(20.2, 20.7, 555, 380), GOLD, 2.5),
        Stroke(rectangle(26, 26, 543, 369), GOLD, 0.6, dash=(5, 2.5)),
        *lines,
        written(fonts.face("Cinzel-Bold"), "SPECIMEN", 330, 300, size=44, color=PLUM, opacity=0.2),
        Picture(450, 60, 90, 112.5, photo, (0, 0, 120, 150)),
        Picture(360.4, 60.6, 70, 70, photo, (20, 30, 110, 120), ellipse(395.4, 95.6, 35, 35)),
        Picture(440, 330, 110, 50, signature, (0, 0, 160, 120), opacity=0.8),
        Fill(ellipse(400, 210, 40, 40) + ellipse(400, 210, 25, 25), GOLD, 0.7, even_odd=True),
        Stroke(ellipse(490, 220, 50, 25), PLUM, 5, 0.6, (9, 6), "round"),
        Stroke((MoveTo(340, 330), LineTo(370, 380), LineTo(400, 330)), INK, 6, join="miter"),
        Stroke((MoveTo(405, 375), LineTo(425, 340), LineTo(435, 375)), INK, 6, join="round", cap="square"),
        Fill(polygon((500, 260), (550, 300), (520, 320)), PLUM),
    ]
    return ScenePage(595.276, 420.945, tuple(marks))


def test_the_image_shows_what_readers_show_of_the_pdf(
    fonts: FontLibrary, rich: ScenePage, reader: Reader
) -> None:
    data = paint_pdf(Scene((rich,)), fonts=fonts, metadata=METADATA)
    image = paint_page(rich, dpi=DPI, fonts=fonts)
    fine = reader(data, DPI * FINER).reduce(FINER)
    assert difference(blurred(image), blurred(fine)) <= TOLERANCE
    assert difference(blocks(image), blocks(fine)) <= BLOCK_TOLERANCE
    assert rough_difference(image, reader(data, DPI)) <= ROUGH_TOLERANCE


def test_the_comparison_finds_whatever_is_out_of_place(
    fonts: FontLibrary, rich: ScenePage, reader: Reader
) -> None:
    data = paint_pdf(Scene((rich,)), fonts=fonts, metadata=METADATA)
    fine = reader(data, DPI * FINER).reduce(FINER)
    blurred_fine, blocks_fine = blurred(fine), blocks(fine)
    faults = dict(_faults(rich))
    assert len(faults) > 60
    for fault, page in faults.items():
        image = paint_page(page, dpi=DPI, fonts=fonts)
        found = difference(blurred(image), blurred_fine) > TOLERANCE
        found |= difference(blocks(image), blocks_fine) > BLOCK_TOLERANCE
        assert found, f"nobody sees that {fault}"


def test_the_rough_comparison_finds_a_glyph_a_point_away(
    fonts: FontLibrary, rich: ScenePage, reader: Reader
) -> None:
    rough = reader(paint_pdf(Scene((rich,)), fonts=fonts, metadata=METADATA), DPI)
    number = next(number for number, mark in enumerate(rich.marks) if isinstance(mark, GlyphRun))
    moved = _with(rich, number, _moved(rich.marks[number], dx=1))
    assert rough_difference(paint_page(moved, dpi=DPI, fonts=fonts), rough) > ROUGH_TOLERANCE


def _faults(page: ScenePage) -> Iterator[tuple[str, ScenePage]]:
    """Pages on which one mark each is a point away, of another colour, or missing."""
    for number, mark in enumerate(page.marks):
        if isinstance(mark, GlyphRun) and mark.opacity == 1:
            yield f"a glyph of line {number} is a point to the right", _with(page, number, _moved(mark, dx=1))
            yield f"a glyph of line {number} is a point too low", _with(page, number, _moved(mark, dy=1))
        if isinstance(mark, (Fill, Stroke)):
            yield f"mark {number} is green", _with(page, number, replace(mark, color=GREEN))
        if isinstance(mark, GlyphRun):
            yield f"mark {number} is green", _with(page, number, mark._replace(color=GREEN))
        yield f"mark {number} is missing", replace(page, parts=page.marks[:number] + page.marks[number + 1 :])


def _moved(mark: Mark, *, dx: float = 0, dy: float = 0) -> GlyphRun:
    """The run with its second glyph elsewhere."""
    assert isinstance(mark, GlyphRun)
    (start, word), *others = mark.words
    first, second, *rest = word.glyphs
    second = second._replace(x=second.x + dx / mark.size, y=second.y + dy / mark.size)
    moved = replace(word, glyphs=(first, second, *rest))
    return mark._replace(words=((start, moved), *others))


def _with(page: ScenePage, number: int, mark: Mark) -> ScenePage:
    return replace(page, parts=(*page.marks[:number], mark, *page.marks[number + 1 :]))
