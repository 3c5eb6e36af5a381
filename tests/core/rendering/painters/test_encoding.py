import io
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from isal import isal_zlib
from PIL import Image

from core.rendering.fonts import FontLibrary
from core.rendering.painters import ImageForm, encode_image, paint_image, paint_thumbnail
from core.rendering.painters.png import encode_png
from core.rendering.scene import Fill
from tests.core.rendering.painters.scenes import RED, drawing_of, page, pixels_of, portrait, rectangle


def opened(data: bytes) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(data))
    image.load()
    return image


def photo() -> Image.Image:
    return opened(portrait(size=(960, 1200)).data).convert("RGB")


@given(some.integers(1, 40), some.integers(1, 40), some.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_png_holds_exactly_the_pixels_it_was_made_from(width: int, height: int, random: Random) -> None:
    image = Image.frombytes("RGB", (width, height), random.randbytes(width * height * 3))
    back = opened(encode_png(image, dpi=150))
    assert (back.mode, back.size) == ("RGB", (width, height))
    assert back.tobytes() == image.tobytes()


def test_a_large_png_holds_its_pixels_too() -> None:
    image = photo().resize((1754, 1240))
    assert opened(encode_png(image, dpi=300)).tobytes() == image.tobytes()


@pytest.mark.parametrize("dpi", [72, 150, 300])
def test_a_png_says_its_resolution_and_that_it_is_srgb(dpi: int) -> None:
    back = opened(encode_png(photo(), dpi=dpi))
    assert back.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)
    assert back.info["srgb"] == 0


def test_a_white_png_is_small() -> None:
    assert len(encode_png(Image.new("RGB", (1754, 1240), "white"), dpi=150)) < 60_000


def test_bytes_do_not_depend_on_where_the_compressor_stands_in_memory() -> None:
    # One band in 8,192 (as many places as isal's table has) would tell, were isal let to take its own address for bytes it
    # has read: decision 0010. The second pixel of a band comes again in each of its rows, the first does not.
    random = np.random.default_rng(10)
    bands, rows, width = 40_000, 8, 24
    pixels = random.integers(0, 256, (bands, rows, width, 3), np.uint8)
    pixels[:, :, 2:, 0] = 200  # most of it: such bands are stored unfiltered
    pixels[:, :, 0, 1:] = pixels[:, :1, 0, 1:]
    pixels[:, :, 1] = pixels[:, :1, 1]
    image = Image.fromarray(pixels.reshape(bands * rows, width, 3))
    one = encode_png(image, dpi=150)
    ballast = [isal_zlib.compressobj(2) for _ in range(16)]
    assert encode_png(image, dpi=150) == one
    del ballast


@pytest.mark.parametrize(
    ("form", "pillow_form", "strays"), [("png", "PNG", 0), ("jpg", "JPEG", 12), ("webp", "WEBP", 12)]
)
def test_a_page_becomes_a_file_of_the_form_that_was_asked_for(
    fonts: FontLibrary, form: ImageForm, pillow_form: str, strays: int
) -> None:
    sheet = page(Fill(rectangle(0, 0, 4, 5), RED))
    back = opened(paint_image(sheet, form=form, dpi=72 * 8, fonts=fonts))
    assert (back.format, back.size) == (pillow_form, (64, 40))
    pixels = back.convert("RGB")
    for place, color in (((10, 20), RED), ((50, 20), (255, 255, 255))):
        pixel = pixels.getpixel(place)
        assert pixel == pytest.approx(color, abs=strays)


def test_a_jpeg_says_its_resolution(fonts: FontLibrary) -> None:
    assert opened(paint_image(page(), form="jpg", dpi=150, fonts=fonts)).info["dpi"] == (150, 150)


@pytest.mark.parametrize("form", ["png", "jpg", "webp"])
def test_the_same_pixels_make_the_same_file(form: ImageForm) -> None:
    assert encode_image(photo(), form=form, dpi=150) == encode_image(photo(), form=form, dpi=150)


@pytest.mark.parametrize(
    ("size", "thumbnail"),
    [
        ((1754, 1240), (439, 310)),
        ((1240, 1754), (414, 585)),
        ((506, 319), (506, 319)),
        ((480, 10), (480, 10)),
        ((300, 200), (300, 200)),
    ],
)
def test_a_thumbnail_keeps_the_shape_of_its_page(size: tuple[int, int], thumbnail: tuple[int, int]) -> None:
    back = opened(paint_thumbnail(Image.new("RGB", size, "white")))
    assert (back.format, back.size) == ("JPEG", thumbnail)


def test_a_thumbnail_shows_its_page() -> None:
    image = pixels_of("RB\nKG").resize((1600, 1200), Image.Resampling.NEAREST)
    small = opened(paint_thumbnail(image, width=200)).convert("RGB")
    for place, color in (((50, 40), "R"), ((150, 40), "B"), ((50, 110), "K"), ((150, 110), "G")):
        assert small.getpixel(place) == pytest.approx(pixels_of(color).getpixel((0, 0)), abs=12)
    assert drawing_of(image.resize((2, 2), Image.Resampling.NEAREST)) == "RB\nKG"
