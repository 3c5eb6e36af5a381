"""Random pages for tests of properties: marks of every sort, anywhere on a page and beyond its edges."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from hypothesis import strategies as some

from core.rendering.fonts import FontLibrary
from core.rendering.scene import (
    Close,
    Color,
    Fill,
    GlyphRun,
    Link,
    Mark,
    Modules,
    Picture,
    ScenePage,
    Still,
    Stroke,
)
from core.rendering.scene import Path as Outline
from tests.core.rendering.painters.scenes import ellipse, polygon, portrait, rectangle, written

FONTS: Final = FontLibrary.open(Path(__file__).parents[4] / "fonts")

_TEXTS: Final = (
    ("GreatVibes-Regular", "Ananya"),
    ("NotoSerif-Regular", "Qu Xi, 4 %"),
    ("NotoSansDevanagari-Regular", "श्रीकृष्ण"),
    ("NotoNaskhArabic-Regular", "فَاطِمَة"),
)

_sizes = some.sampled_from([0.0, 0.13, 1.0, 2.5, 7.77, 8.0, 20.0, 50.0, 200.0])
_opacities = some.sampled_from([1.0, 1.0, 1.0, 0.5, 0.03])
_colors = some.builds(Color, *[some.integers(0, 255)] * 3)
_pictures = some.sampled_from(
    [portrait("JPEG", (24, 30)), portrait("PNG", (24, 30)), portrait("WEBP", (24, 30))]
)
_places = some.one_of(some.integers(-10, 70).map(float), some.floats(-10, 70, width=32))


@cache
def _text(number: int, size: float) -> GlyphRun:
    face, text = _TEXTS[number]
    return written(FONTS.face(face), text, 0, 0, size=size)


@some.composite
def outlines(draw: some.DrawFn) -> Outline:
    x, y = draw(_places), draw(_places)
    match draw(some.sampled_from(["rectangle", "ellipse", "polygon", "ring"])):
        case "rectangle":
            return rectangle(x, y, draw(_sizes), draw(_sizes))
        case "ellipse":
            return ellipse(x, y, draw(_sizes), draw(_sizes))
        case "ring":
            return (*ellipse(x, y, 20, 20), *ellipse(x, y, 9, 12), Close())
        case _:
            return polygon((x, y), *draw(some.lists(some.tuples(_places, _places), min_size=1, max_size=4)))


@some.composite
def marks(draw: some.DrawFn) -> Mark:
    match draw(some.sampled_from(["fill", "stroke", "text", "picture", "code", "link"])):
        case "fill":
            return Fill(draw(outlines()), draw(_colors), draw(_opacities), draw(some.booleans()))
        case "stroke":
            dash = draw(some.sampled_from([(), (3.0, 2.0)]))
            width = draw(some.sampled_from([0.2, 1.0, 5.0]))
            return Stroke(draw(outlines()), draw(_colors), width, draw(_opacities), dash)
        case "text":
            run = _text(draw(some.integers(0, len(_TEXTS) - 1)), draw(some.sampled_from([4.0, 11.3, 30.0])))
            return run._replace(
                x=draw(_places), y=draw(_places), color=draw(_colors), opacity=draw(_opacities)
            )
        case "picture":
            image = draw(_pictures)
            crop = draw(some.sampled_from([(0, 0, 24, 30), (3, 5, 20, 20)]))
            clip = draw(some.none() | outlines())
            place = draw(_places), draw(_places), draw(_sizes), draw(_sizes)
            return Picture(*place, image, crop, clip, draw(_opacities))
        case "code":
            side = draw(some.sampled_from([1, 5, 21]))
            dark = np.random.default_rng(draw(some.integers(0, 99))).integers(0, 2, (side, side), np.uint8)
            module = draw(some.sampled_from([0.3, 1.0, 1.37]))
            rows = np.packbits(dark, axis=1).tobytes()
            return Modules(draw(_places), draw(_places), module, side, rows, draw(_colors))
        case _:
            return Link(
                draw(_places), draw(_places), draw(_sizes), draw(_sizes), "https://certmill.example/x"
            )


@some.composite
def pages(draw: some.DrawFn) -> list[ScenePage]:
    """Documents of one layout: the same still marks in each, others of their own between them."""
    width, height = draw(some.floats(1, 64)), draw(some.floats(1, 64))
    paper = draw(_colors)
    stills = [Still(tuple(draw(some.lists(marks(), max_size=2)))) for _ in range(draw(some.integers(1, 4)))]
    documents = []
    for _ in range(draw(some.integers(2, 4))):
        parts: list[Mark | Still] = draw(some.lists(marks(), max_size=1))
        for still in draw(_some_of(stills)):
            parts += [still, *draw(some.lists(marks(), max_size=2))]
        documents.append(ScenePage(width, height, tuple(parts), paper))
    return documents


def _some_of(stills: list[Still]) -> some.SearchStrategy[list[Still]]:
    """Mostly all in their order; or without some, in another order, or with one twice."""
    return some.one_of(
        some.just(stills), some.just(stills), some.lists(some.sampled_from(stills), max_size=5)
    )
