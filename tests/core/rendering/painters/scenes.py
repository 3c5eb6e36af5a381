"""Scenes for tests, and pictures as text: one letter for each pixel."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import uharfbuzz as hb
from PIL import Image

from core.rendering.fonts import Face
from core.rendering.painters import PdfMetadata
from core.rendering.scene import (
    Close,
    Cluster,
    Color,
    CurveTo,
    Glyph,
    GlyphRun,
    ImageSource,
    LineTo,
    Mark,
    MoveTo,
    Path,
    Scene,
    ScenePage,
    Word,
)

BLACK, RED, GREEN, BLUE, WHITE = (
    Color(0, 0, 0),
    Color(255, 0, 0),
    Color(0, 128, 0),
    Color(0, 0, 255),
    Color(255, 255, 255),
)
METADATA: Final = PdfMetadata(
    title="Certificate",
    author="Lotus Spa",
    subject="Course of training",
    language="en-IN",
    created=datetime(2026, 1, 5, 6, 30, tzinfo=UTC),
)
_LETTERS: Final = {"_": WHITE, "K": BLACK, "R": RED, "G": GREEN, "B": BLUE}


def page(*marks: Mark, width: float = 8, height: float = 5, paper: Color = WHITE) -> ScenePage:
    return ScenePage(width, height, marks, paper)


def scene(*marks: Mark, width: float = 595.28, height: float = 841.89) -> Scene:
    return Scene((ScenePage(width, height, marks),))


def rectangle(x: float, y: float, width: float, height: float) -> Path:
    right, bottom = x + width, y + height
    return (MoveTo(x, y), LineTo(right, y), LineTo(right, bottom), LineTo(x, bottom), Close())


def polygon(*corners: tuple[float, float]) -> Path:
    return (MoveTo(*corners[0]), *(LineTo(*corner) for corner in corners[1:]), Close())


def ellipse(x: float, y: float, across: float, down: float) -> Path:
    """About (x, y), with half its width and half its height."""
    a, d = 0.5522847 * across, 0.5522847 * down
    return (
        MoveTo(x + across, y),
        CurveTo(x + across, y + d, x + a, y + down, x, y + down),
        CurveTo(x - a, y + down, x - across, y + d, x - across, y),
        CurveTo(x - across, y - d, x - a, y - down, x, y - down),
        CurveTo(x + a, y - down, x + across, y - d, x + across, y),
        Close(),
    )


def color_at(image: Image.Image, place: tuple[int, int]) -> Color:
    pixel = image.getpixel(place)
    assert isinstance(pixel, tuple)
    return Color(*pixel)


def drawing_of(image: Image.Image) -> str:
    """The letter of each pixel's colour; `?` for a colour that has none."""
    letters = {color: letter for letter, color in _LETTERS.items()}
    pixels = image.convert("RGB")
    rows = (
        "".join(letters.get(color_at(pixels, (x, y)), "?") for x in range(image.width))
        for y in range(image.height)
    )
    return "\n".join(rows)


def shares_of(image: Image.Image, y: int) -> list[int]:
    """How much black there is in each pixel of a row, in percent."""
    pixels = image.convert("RGB")
    return [round(100 - color_at(pixels, (x, y))[0] / 2.55) for x in range(image.width)]


def extrema_of(image: Image.Image) -> tuple[tuple[int, int], ...]:
    """The darkest and the lightest of each channel."""
    return tuple((min(channel), max(channel)) for channel in map(Image.Image.tobytes, image.split()))


def pixels_of(drawing: str, *, alpha: str = "") -> Image.Image:
    """The picture that a drawing shows; pixels with a letter of `alpha` are transparent."""
    rows = drawing.split()
    image = Image.new("RGBA" if alpha else "RGB", (len(rows[0]), len(rows)))
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            color = _LETTERS.get(letter, WHITE)
            image.putpixel((x, y), (*color, 0 if letter in alpha else 255) if alpha else tuple(color))
    return image


def source_of(image: Image.Image, form: Literal["PNG", "JPEG", "WEBP"] = "PNG") -> ImageSource:
    file = io.BytesIO()
    image.save(file, form, **({"lossless": True} if form == "WEBP" else {}))
    data = file.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    return ImageSource(digest, data, f"image/{form.lower()}", image.width, image.height)


def portrait(
    form: Literal["PNG", "JPEG", "WEBP"] = "JPEG", size: tuple[int, int] = (120, 150)
) -> ImageSource:
    """A picture with soft and hard edges."""
    image = Image.linear_gradient("L").resize(size)
    picture = Image.merge(
        "RGB", (image, image.transpose(Image.Transpose.ROTATE_180), image.point(lambda v: v // 2))
    )
    picture.paste((250, 220, 40), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    return source_of(picture, form)


def written(
    face: Face,
    text: str,
    x: float = 20,
    y: float = 40,
    *,
    size: float = 20,
    color: Color = BLACK,
    opacity: float = 1,
) -> GlyphRun:
    """A text shaped in one face and direction, as `compose` would."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    hb.shape(face.hb_font, buffer)
    scale = 1 / face.units_per_em
    glyphs = []
    pen = 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        assert info.codepoint, f"{face.name} has no glyph for something in {text}"
        glyphs.append(
            Glyph(
                info.codepoint,
                pen + position.x_offset * scale,
                -position.y_offset * scale,
                position.x_advance * scale,
            )
        )
        pen += position.x_advance * scale
    clusters = tuple(_clusters(text, [info.cluster for info in buffer.glyph_infos]))
    right_to_left = buffer.direction == "rtl"
    word = Word(face.name, text, tuple(glyphs), clusters, right_to_left)
    return GlyphRun(size, color, x, y, ((0.0, word),), opacity)


def reset(run: GlyphRun, **changes: Any) -> GlyphRun:
    """The run with its only word changed."""
    ((start, word),) = run.words
    return run._replace(words=((start, replace(word, **changes)),))


def _clusters(text: str, starts: list[int]) -> Iterable[Cluster]:
    ordered = sorted(set(starts))
    for start, end in zip(ordered, [*ordered[1:], len(text)], strict=True):
        first = starts.index(start)
        yield Cluster(text[start:end], first, first + starts.count(start))
