"""Pages of one layout share a ground. Nobody can tell from what they become."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from core.rendering.painters import ImageForm, encode_image, filtering, paint_page, paint_thumbnail
from core.rendering.painters.image import painted
from core.rendering.painters.png import adler32_combine, encode_png
from core.rendering.scene import Color, Fill, Mark, Picture, ScenePage, Still
from tests.core.rendering.painters.scenes import BLUE, GREEN, RED, drawing_of, portrait, rectangle, written
from tests.core.rendering.painters.some_pages import FONTS, pages
from tests.properties import EXAMPLES

GREEN_TEXT = written(FONTS.face("NotoSerif-Regular"), "A", color=GREEN)
FORMS: tuple[ImageForm, ...] = ("png", "jpg", "webp")


def alone(sheet: ScenePage, dpi: float) -> Image.Image:
    """The page painted all over, as no part of it is known to be still."""
    return paint_page(replace(sheet, parts=sheet.marks), dpi=dpi, fonts=FONTS)


@given(pages(), some.sampled_from([72, 150, 203.7]), some.sampled_from([480, 50, 37, 16, 3]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_page_upon_a_ground_becomes_the_bytes_that_it_becomes_alone(
    documents: list[ScenePage], dpi: float, width: int
) -> None:
    for sheet in documents:
        whole = alone(sheet, dpi)
        with painted(sheet, dpi=dpi, fonts=FONTS) as (image, change):
            assert (change is None) == (sheet.parts == sheet.marks)
            assert image.tobytes() == whole.tobytes()
            for form in FORMS:
                file = encode_image(image, form=form, dpi=dpi, change=change)
                assert file == encode_image(whole, form=form, dpi=dpi), form
                if form == "png":
                    assert Image.open(io.BytesIO(file)).tobytes() == whole.tobytes()
            assert paint_thumbnail(image, width=width, change=change) == paint_thumbnail(whole, width=width)


@some.composite
def photographs_with_little_upon_them(draw: some.DrawFn) -> list[ScenePage]:
    """Documents whose ground is a photograph, or half of one below paper."""
    top = draw(some.sampled_from([0, 24]))
    still = Still((Picture(0, top, 60, 48 - top, portrait(), (0, 0, 24, 30)),))
    boxes = some.builds(rectangle, *[some.floats(-4, 60)] * 2, *[some.sampled_from([0.4, 2, 9, 70])] * 2)
    fills = some.builds(Fill, boxes, some.sampled_from([RED, GREEN, Color(250, 250, 250)]))
    documents = draw(some.lists(some.lists(fills, max_size=3), min_size=2, max_size=4))
    return [ScenePage(60, 48, (still, *marks)) for marks in documents]


@given(photographs_with_little_upon_them(), some.sampled_from([1, 600, 1500, 4000]))
@settings(max_examples=EXAMPLES, deadline=None)
def test_rows_are_filtered_anew_only_where_a_page_differs_and_come_out_the_same(
    documents: list[ScenePage], band: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(filtering, "_BAND", band)
        ground = replace(documents[0], parts=documents[0].parts[:1])
        for number, sheet in enumerate([ground, ground, *documents]):
            with painted(sheet, dpi=100, fonts=FONTS) as (image, change):
                assert encode_png(image, dpi=100, change=change) == encode_png(image, dpi=100)
                assert change is not None
                assert (change.ground.lines() is None) == (number == 0)


def test_a_page_painted_while_another_stands_on_their_ground_shows_itself_only() -> None:
    still = Still((Fill(rectangle(0, 0, 2, 5), RED),))

    def sheet(*marks: Mark) -> ScenePage:
        return ScenePage(8, 1, (still, *marks))

    first, second = Fill(rectangle(3, 0, 2, 5), GREEN), Fill(rectangle(6, 0, 2, 5), BLUE)
    with (
        painted(sheet(first), dpi=72, fonts=FONTS) as (image, _),
        painted(sheet(second), dpi=72, fonts=FONTS) as (other, _),
    ):
        assert (drawing_of(image), drawing_of(other)) == ("RR_GG___", "RR____BB")
    assert drawing_of(paint_page(sheet(), dpi=72, fonts=FONTS)) == "RR______"
    assert drawing_of(paint_page(sheet(second, first), dpi=72, fonts=FONTS)) == "RR_GG_BB"


def test_a_page_that_cannot_be_painted_leaves_its_ground_as_it_was() -> None:
    still = Still((Fill(rectangle(0, 0, 2, 5), RED),))
    green = Fill(rectangle(3, 0, 2, 5), GREEN)
    nowhere = GREEN_TEXT._replace(words=((0.0, replace(GREEN_TEXT.words[0][1], face="Nowhere")),))
    with pytest.raises(KeyError):
        paint_page(ScenePage(8, 1, (still, green, nowhere)), dpi=72, fonts=FONTS)
    assert drawing_of(paint_page(ScenePage(8, 1, (still,)), dpi=72, fonts=FONTS)) == "RR______"


@given(some.binary(max_size=50), some.binary(max_size=50))
def test_the_sum_of_two_parts_is_the_sum_of_the_whole(first: bytes, second: bytes) -> None:
    assert adler32_combine(zlib.adler32(first), zlib.adler32(second), len(second)) == zlib.adler32(
        first + second
    )
