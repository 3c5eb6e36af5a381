import dataclasses
import math
import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from core.rendering.fonts import FontLibrary
from core.rendering.painters import paint_page
from core.rendering.painters.coverage import MOST_POINTS
from core.rendering.scene import (
    Close,
    Color,
    Fill,
    LineTo,
    Link,
    Mark,
    Modules,
    MoveTo,
    Path,
    Picture,
    ScenePage,
    Stroke,
)
from tests.core.rendering.painters.scenes import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    color_at,
    drawing_of,
    ellipse,
    extrema_of,
    page,
    pixels_of,
    polygon,
    portrait,
    rectangle,
    shares_of,
    source_of,
    written,
)

Paint = Callable[..., Image.Image]
Cap = Literal["butt", "round", "square"]
Join = Literal["miter", "round", "bevel"]


@pytest.fixture
def paint(fonts: FontLibrary) -> Paint:
    """Marks on a page of 8 × 5 points, one pixel for each."""

    def paint(*marks: Mark, width: float = 8, height: float = 5) -> Image.Image:
        return paint_page(page(*marks, width=width, height=height), dpi=72, fonts=fonts)

    return paint


def horizontal(y: float, left: float, right: float, **look: Any) -> Stroke:
    return Stroke((MoveTo(left, y), LineTo(right, y)), BLACK, **look)


def picture(
    drawing: str, x: float, y: float, width: float, height: float, *, alpha: str = "", **look: Any
) -> Picture:
    source = source_of(pixels_of(drawing, alpha=alpha))
    crop = look.pop("crop", (0, 0, source.width, source.height))
    return Picture(x, y, width, height, source, crop, **look)


def test_later_marks_cover_earlier_ones(paint: Paint) -> None:
    image = paint(Fill(rectangle(1, 1, 6, 3), BLACK), Fill(rectangle(3, 2, 2, 1), RED))
    assert drawing_of(image) == "________\n_KKKKKK_\n_KKRRKK_\n_KKKKKK_\n________"


def test_the_paper_has_its_colour(fonts: FontLibrary) -> None:
    assert drawing_of(paint_page(page(paper=BLUE, width=3, height=2), dpi=72, fonts=fonts)) == "BBB\nBBB"


def test_a_page_has_as_many_pixels_as_its_resolution_says(fonts: FontLibrary) -> None:
    a4 = page(width=841.89, height=595.276)
    assert paint_page(a4, dpi=150, fonts=fonts).size == (1754, 1240)
    assert paint_page(a4, dpi=300, fonts=fonts).size == (3508, 2480)
    assert paint_page(page(width=0.1, height=0.1), dpi=72, fonts=fonts).size == (1, 1)


def test_a_pixel_is_as_dark_as_the_share_of_it_that_is_covered(paint: Paint) -> None:
    assert shares_of(paint(Fill(rectangle(1.25, 1, 3.5, 1), BLACK)), 1) == [0, 75, 100, 100, 75, 0, 0, 0]
    assert shares_of(paint(Fill(rectangle(1, 1.25, 2, 0.5), BLACK)), 1) == [0, 50, 50, 0, 0, 0, 0, 0]
    assert shares_of(paint(Fill(rectangle(2.25, 2.25, 0.5, 0.5), BLACK)), 2) == [0, 0, 25, 0, 0, 0, 0, 0]


def test_a_slanted_edge_covers_what_it_covers(paint: Paint) -> None:
    shares = shares_of(paint(Fill(polygon((0, 0), (8, 0), (8, 1)), BLACK)), 0)
    assert shares == pytest.approx([6.25, 18.75, 31.25, 43.75, 56.25, 68.75, 81.25, 93.75], abs=1)


def test_rectangles_drawn_as_boxes_and_as_outlines_look_alike(paint: Paint) -> None:
    box = rectangle(1.3, 0.6, 4.9, 3.1)
    outline = (*box[:2], LineTo(6.2, 1.7), *box[2:])  # a corner more on a straight side: no box any more
    difference = ImageChops.difference(paint(Fill(box, RED)), paint(Fill(outline, RED)))
    assert max(high for _, high in extrema_of(difference)) <= 4  # 1/64 pixel


def test_a_ring_is_hollow_by_the_even_odd_rule_and_full_by_the_other(paint: Paint) -> None:
    ring = rectangle(1, 0, 6, 5) + rectangle(3, 1, 2, 3)
    assert drawing_of(paint(Fill(ring, RED, even_odd=True))).split()[2] == "_RR__RR_"
    assert drawing_of(paint(Fill(ring, RED))).split()[2] == "_RRRRRR_"


def test_a_stroke_lies_half_on_either_side_of_its_path(paint: Paint) -> None:
    image = paint(horizontal(2, 1, 7, width=2))
    assert drawing_of(image) == "________\n_KKKKKK_\n_KKKKKK_\n________\n________"


def test_level_and_upright_lines_cover_their_shares(paint: Paint) -> None:
    lines = (MoveTo(1, 1.75), LineTo(7, 1.75), MoveTo(3.25, 5), LineTo(3.25, 2.5))
    image = paint(Stroke(lines, BLACK, 1))
    assert [shares_of(image, y)[5] for y in range(5)] == pytest.approx([0, 75, 25, 0, 0], abs=1)
    assert shares_of(image, 4) == pytest.approx([0, 0, 25, 75, 0, 0, 0, 0], abs=1)


@pytest.mark.parametrize(("cap", "row"), [("butt", "__KKKK__"), ("square", "_KKKKKK_")])
def test_a_stroke_ends_as_its_cap_says(paint: Paint, cap: Cap, row: str) -> None:
    assert drawing_of(paint(horizontal(2, 2, 6, width=2, cap=cap))).split()[1] == row


def test_a_round_cap_is_half_a_disc(paint: Paint) -> None:
    image = paint(horizontal(10, 10, 30, width=10, cap="round"), width=40, height=20)
    ink = sum(sum(shares_of(image, y)) for y in range(20)) / 100
    assert ink == pytest.approx(20 * 10 + math.pi * 25, rel=0.01)


@pytest.mark.parametrize(("join", "area"), [("miter", 4), ("bevel", 2), ("round", math.pi)])
def test_a_corner_is_as_its_join_says(paint: Paint, join: Join, area: float) -> None:
    corner = Stroke((MoveTo(0, 10), LineTo(10, 10), LineTo(10, 0)), BLACK, 4, join=join)
    image = paint(corner, width=12, height=12)
    ink = sum(sum(shares_of(image, y)) for y in range(12)) / 100
    assert ink == pytest.approx(2 * 10 * 4 - 4 + area, abs=0.3)


def test_a_closed_stroke_has_no_gap_at_its_start(paint: Paint) -> None:
    image = paint(Stroke(rectangle(1.5, 1.5, 5, 2), RED, 1))
    assert drawing_of(image) == "________\n_RRRRRR_\n_R____R_\n_RRRRRR_\n________"


def test_dashes_leave_gaps(paint: Paint) -> None:
    assert drawing_of(paint(horizontal(0.5, 0, 8, width=1, dash=(3, 2)))).split()[0] == "KKK__KKK"


def test_a_stroke_without_width_draws_nothing(paint: Paint) -> None:
    assert set(drawing_of(paint(horizontal(2, 0, 8, width=0)))) == {"_", "\n"}


def test_opacity_lets_the_ground_through(paint: Paint) -> None:
    half = paint(Fill(rectangle(0, 0, 8, 5), BLUE), Fill(rectangle(0, 0, 8, 2), RED, opacity=0.5))
    assert color_at(half, (3, 1)) == (128, 0, 127)
    slanted = paint(
        Fill(rectangle(0, 0, 8, 5), BLUE), Fill(polygon((0, 0), (8, 0), (8, 5), (0, 4)), RED, opacity=0.5)
    )
    assert color_at(slanted, (3, 1)) == (128, 0, 127)


def test_a_thin_stroke_that_crosses_itself_is_thin_once(paint: Paint) -> None:
    cross = (MoveTo(0, 2.5), LineTo(8, 2.5), MoveTo(4.5, 0), LineTo(4.5, 5))
    image = paint(Stroke(cross, BLACK, 1, opacity=0.4))
    assert shares_of(image, 2) == [40] * 8


def test_what_reaches_beyond_the_page_is_cut_off(paint: Paint) -> None:
    marks = (
        Fill(rectangle(-5, -5, 7, 7), RED),
        Fill(ellipse(8, 5, 2, 2), GREEN),
        Fill(rectangle(20, 20, 5, 5), BLACK),
        Fill(ellipse(-50, 2, 5, 5), BLACK),
        Stroke((MoveTo(-9000, 4), LineTo(-8000, 4)), BLACK, 1),
    )
    rows = drawing_of(paint(*marks)).split()
    assert (rows[0], rows[4][-1]) == ("RR______", "G")


def test_a_picture_fills_its_rectangle(paint: Paint) -> None:
    image = paint(picture("RG BK", 2, 1, 4, 2), width=8, height=4)
    rows = drawing_of(image.reduce(1)).split()
    assert rows[0] == rows[3] == "________"
    assert {row[0:2] + row[6:8] for row in rows} == {"____"}
    for x, y, nearest in ((2, 1, RED), (5, 1, GREEN), (2, 2, BLUE), (5, 2, BLACK)):
        assert sum(abs(a - b) for a, b in zip(color_at(image, (x, y)), nearest, strict=True)) < 130


def test_a_picture_of_the_same_size_keeps_every_pixel(paint: Paint) -> None:
    drawing = "RGBKRG\nKRGBKR\nBKRGBK"
    rows = drawing_of(paint(picture(drawing, 1, 1, 6, 3))).split()
    assert "\n".join(row[1:7] for row in rows[1:4]) == drawing


def test_a_transparent_picture_of_the_same_size_keeps_every_shade(paint: Paint) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (5, 8, 4), np.uint8)
    image = Image.fromarray(pixels, "RGBA")
    expected = Image.new("RGB", image.size, "white")
    expected.paste(image, mask=image)
    assert paint(Picture(0, 0, 8, 5, source_of(image), (0, 0, 8, 5))).tobytes() == expected.tobytes()


def test_only_the_crop_of_a_picture_shows(paint: Paint) -> None:
    drawing = "KKKK\nKRGK\nKKKK"
    rows = drawing_of(paint(picture(drawing, 1, 1, 2, 1, crop=(1, 1, 3, 2)))).split()
    assert rows[1] == "_RG_____"


def test_transparent_pixels_show_the_ground(paint: Paint) -> None:
    image = paint(Fill(rectangle(0, 0, 8, 5), GREEN), picture("R.R\nRRR", 1, 1, 3, 2, alpha="."))
    assert drawing_of(image).split()[1:3] == ["GRGRGGGG", "GRRRGGGG"]


def test_a_picture_shows_through_its_clip_alone(paint: Paint) -> None:
    image = paint(picture("R", 0, 0, 20, 20, clip=ellipse(10, 10, 10, 10)), width=20, height=20)
    assert color_at(image, (10, 10)) == RED
    assert color_at(image, (0, 0)) == (255, 255, 255)
    covered = sum(255 - color_at(image, (x, y))[1] for x in range(20) for y in range(20)) / 255
    assert covered == pytest.approx(math.pi * 100, rel=0.01)


def test_a_picture_between_pixels_covers_shares_of_them(paint: Paint) -> None:
    assert shares_of(paint(picture("K", 1.25, 1, 3.5, 1)), 1) == [0, 75, 100, 100, 75, 0, 0, 0]
    assert shares_of(paint(picture("K", 1, 1, 3, 1, opacity=0.3)), 1) == [0, 30, 30, 30, 0, 0, 0, 0]


def test_a_picture_as_wide_as_the_page_leaves_no_light_edge(fonts: FontLibrary) -> None:
    sheet = ScenePage(10.06, 10.06, (picture("K", 0, 0, 10.06, 10.06),))
    image = paint_page(sheet, dpi=144, fonts=fonts)
    assert extrema_of(image) == ((0, 0),) * 3


def test_a_picture_far_larger_than_the_page_is_drawn_in_part(paint: Paint) -> None:
    image = paint(picture("RB", -100_000, -100_000, 200_008, 200_000))
    assert {color_at(image, (x, 2)) for x in (0, 7)} <= {(r, 0, 255 - r) for r in range(256)} | {RED, BLUE}


@pytest.mark.parametrize("mode", ["L", "P", "LA", "1", "CMYK"])
def test_pictures_of_every_mode_are_drawn(paint: Paint, mode: str) -> None:
    black = Image.new("RGB", (4, 4), (0, 0, 0)).convert(mode)
    source = source_of(black, "JPEG" if mode == "CMYK" else "PNG")
    image = paint(Picture(1, 1, 4, 3, source, (0, 0, 4, 4)))
    assert color_at(image, (2, 2)) == pytest.approx((0, 0, 0), abs=4)


def test_a_large_photo_is_reduced_without_shifting(fonts: FontLibrary) -> None:
    big = Image.new("RGB", (1600, 800), "white")
    big.paste((0, 0, 0), (800, 0, 1600, 800))
    source = source_of(big, "JPEG")
    image = paint_page(
        page(Picture(0, 0, 40, 20, source, (0, 0, 1600, 800)), width=40, height=20), dpi=72, fonts=fonts
    )
    row = shares_of(image, 10)
    assert row[:18] == [0] * 18
    assert row[22:] == [100] * 18
    assert row[19] + row[20] == pytest.approx(100, abs=3)


def test_a_glyph_stands_where_its_pen_is(fonts: FontLibrary) -> None:
    face = fonts.face("NotoSans-Regular")
    at = [
        paint_page(page(written(face, "l", x, 30), width=40, height=40), dpi=72, fonts=fonts)
        for x in (10, 10.5, 11)
    ]
    centres = [_centre(image) for image in at]
    assert centres[1] - centres[0] == pytest.approx(0.5, abs=0.05)
    assert centres[2] - centres[0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("size", "near"), [(10, 1 / 4), (30, 1 / 8)])
def test_a_glyph_stands_near_its_baseline_and_nearer_in_large_type(
    fonts: FontLibrary, size: float, near: float
) -> None:
    face = fonts.face("NotoSans-Regular")
    pages = [
        page(written(face, "l", 10, 30 + step / 20, size=size), width=40, height=40) for step in range(21)
    ]
    # Turned, so that what is down lies across.
    centres = [
        _centre(paint_page(each, dpi=72, fonts=fonts).transpose(Image.Transpose.TRANSPOSE)) for each in pages
    ]
    strays = [centre - centres[0] - step / 20 for step, centre in enumerate(centres)]
    assert max(map(abs, strays)) <= near + 0.03


def test_a_glyph_has_the_area_that_its_outline_has(fonts: FontLibrary) -> None:
    face = fonts.face("NotoSans-Regular")
    bar = face.hb_font.get_glyph_extents(face.hb_font.get_nominal_glyph(ord("|")))
    image = paint_page(
        page(written(face, "|", 10.3, 40.7, size=33.3), width=40, height=60), dpi=100, fonts=fonts
    )
    ink = sum(sum(shares_of(image, y)) for y in range(image.height)) / 100
    scale = 33.3 / 1000 * 100 / 72
    assert ink == pytest.approx(bar.width * -bar.height * scale * scale, rel=0.02)


def test_thin_text_is_thin_where_glyphs_overlap_too(fonts: FontLibrary) -> None:
    run = written(fonts.face("NotoSansDevanagari-Regular"), "नमस्ते", 4, 30, size=24, opacity=0.5)
    image = paint_page(page(run, width=80, height=40), dpi=150, fonts=fonts)
    darkest = min(low for low, _ in extrema_of(image))
    assert 126 <= darkest <= 128


def test_spaces_leave_no_mark(fonts: FontLibrary) -> None:
    run = written(fonts.face("NotoSans-Regular"), "   ", 1, 4)
    assert set(drawing_of(paint_page(page(run), dpi=72, fonts=fonts))) == {"_", "\n"}


def test_links_leave_no_mark(paint: Paint) -> None:
    assert set(drawing_of(paint(Link(0, 0, 8, 5, "https://certmill.example/verify/x")))) == {"_", "\n"}


def test_modules_on_the_grid_are_crisp(paint: Paint) -> None:
    image = paint(Modules(1, 1, 1.01, 3, bytes((0b11000000, 0b01000000, 0b10100000)), BLUE))
    assert drawing_of(image) == "________\n_BB_____\n__B_____\n_B_B____\n________"


def test_modules_between_pixels_cover_their_shares_without_seams(paint: Paint) -> None:
    image = paint(Modules(0.25, 1.5, 1.5, 4, bytes((0b11010000,) * 4), BLACK))
    assert shares_of(image, 1) == pytest.approx([37.5, 50, 50, 12.5, 12.5, 50, 12.5, 0], abs=1)
    assert shares_of(image, 2) == pytest.approx([75, 100, 100, 25, 25, 100, 25, 0], abs=1)


@given(
    x=st.floats(-4, 30),
    y=st.floats(-4, 30),
    module=st.floats(0.3, 7),
    dark=st.lists(st.booleans(), min_size=16, max_size=16),
)
def test_modules_cover_of_each_pixel_what_they_have_of_it(
    fonts: FontLibrary, x: float, y: float, module: float, dark: list[bool]
) -> None:
    shades = np.array(dark).reshape(4, 4)
    code = Modules(x, y, module, 4, np.packbits(shades, axis=1).tobytes(), BLACK)
    image = paint_page(page(code, width=40, height=40), dpi=72, fonts=fonts)

    def parts(start: float) -> Any:
        """What each pixel has of each module, from left to right or from top to bottom."""
        edges = start + module * np.arange(5)
        pixels = np.arange(40)[:, None]
        return np.clip(np.minimum(pixels + 1, edges[1:]) - np.maximum(pixels, edges[:-1]), 0, None)

    shares = parts(y) @ shades @ parts(x).T
    drawn = 1 - np.asarray(image)[..., 0] / 255
    assert np.abs(shares - drawn).max() < 0.15  # an edge within 1/16 of the grid stands on it


def test_modules_beyond_the_page_are_not_drawn(paint: Paint) -> None:
    one = bytes((0, 0b01000000))
    assert drawing_of(paint(Modules(-4, -6, 5, 2, one, RED))) == "_RRRRR__\n" * 4 + "________"
    assert set(drawing_of(paint(Modules(9, 9, 1, 2, one, RED)))) == {"_", "\n"}


@pytest.mark.parametrize(("cap", "ink"), [("butt", 0), ("square", 0), ("round", math.pi * 25)])
@pytest.mark.parametrize("closed", [True, False])
def test_a_stroke_that_goes_nowhere_is_a_dot_if_its_ends_are_round(
    paint: Paint, cap: Cap, ink: float, closed: bool
) -> None:
    point: Path = (MoveTo(10, 10), LineTo(10, 10), *((Close(),) if closed else ()))
    image = paint(Stroke(point, BLACK, 10, cap=cap), width=20, height=20)
    assert sum(sum(shares_of(image, y)) for y in range(20)) / 100 == pytest.approx(ink, rel=0.03)


def test_a_path_of_more_points_than_freetype_counts_is_drawn_all_the_same(paint: Paint) -> None:
    side = 110
    assert side * side * 4 > MOST_POINTS
    checks = tuple(
        segment
        for x in range(side)
        for y in range(side)
        for segment in rectangle(2 * x + 0.5, 2 * y + 0.25, 1, 1)
    )
    image = paint(Fill(checks, BLACK), width=2 * side, height=2 * side)
    assert shares_of(image, 0) == pytest.approx([37.5] * 2 * side, abs=1)
    assert shares_of(image, 2 * side - 1) == pytest.approx([12.5] * 2 * side, abs=1)


def test_one_unbroken_line_of_too_many_points_is_refused(paint: Paint) -> None:
    zigzag: Path = (MoveTo(0, 0), *(LineTo(x % 8, x % 5) for x in range(MOST_POINTS + 5)))
    with pytest.raises(ValueError, match="points"):
        paint(Fill(zigzag, BLACK))


def test_pages_with_a_common_ground_look_as_if_each_were_painted_alone(fonts: FontLibrary) -> None:
    ground = (
        Fill(rectangle(0, 0, 100, 60), Color(250, 245, 230)),
        Stroke(ellipse(50, 30, 40, 20), RED, 1.5, dash=(3, 1)),
        Picture(5, 5, 20, 25, portrait(), (0, 0, 120, 150)),
    )
    face = fonts.face("NotoSerif-Regular")

    def sheet(name: str, *, fresh: bool) -> ScenePage:
        marks = tuple(dataclasses.replace(mark) for mark in ground) if fresh else ground
        return page(*marks, written(face, name, 20, 40), width=100, height=60)

    names = ["Asha", "Bina", "Asha", "Chitra"]
    together = [paint_page(sheet(name, fresh=False), dpi=150, fonts=fonts).tobytes() for name in names]
    alone = [paint_page(sheet(name, fresh=True), dpi=150, fonts=fonts).tobytes() for name in names]
    assert together == alone
    assert len(set(together)) == 3


def test_a_ground_never_shows_what_a_page_lacks(fonts: FontLibrary) -> None:
    first, second, third = (
        Fill(rectangle(x, 0, 2, 5), color) for x, color in ((0, RED), (3, GREEN), (6, BLUE))
    )

    def row(*marks: Mark) -> str:
        return drawing_of(paint_page(page(*marks), dpi=72, fonts=fonts)).split()[0]

    assert row(first, second, third) == "RR_GG_BB"
    assert row(first, second, third) == "RR_GG_BB"
    assert row(first, second) == "RR_GG___"
    assert row(first, third) == "RR____BB"
    assert row(first) == "RR______"
    assert row(first, third, second) == "RR_GG_BB"


def test_threads_paint_the_same_page(fonts: FontLibrary) -> None:
    face = fonts.face("NotoSansTamil-Regular")
    sheet = page(
        written(face, "தமிழ்ச்செல்வி", 5, 40, size=17.3),
        Stroke(ellipse(50, 30, 40, 20), RED, 1),
        width=200,
        height=60,
    )
    images: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: images.append(paint_page(sheet, dpi=150, fonts=fonts).tobytes()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(images) == 8
    assert len(set(images)) == 1


def _centre(image: Image.Image) -> float:
    columns = [0.0] * image.width
    for y in range(image.height):
        for x, share in enumerate(shares_of(image, y)):
            columns[x] += share
    return sum((x + 0.5) * ink for x, ink in enumerate(columns)) / sum(columns)
