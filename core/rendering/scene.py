"""A scene: a layout with values put in and all fitting done. Painters read it and decide nothing.

Lengths are points (1/72 inch). The origin is the top left corner of the page, x runs right and y runs **down**; a
glyph's y is its baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Color(NamedTuple):
    """sRGB, 0 to 255 each."""

    red: int
    green: int
    blue: int


class MoveTo(NamedTuple):
    x: float
    y: float


class LineTo(NamedTuple):
    x: float
    y: float


class CurveTo(NamedTuple):
    """A cubic Bézier curve from the current point: two control points, then the end."""

    x1: float
    y1: float
    x2: float
    y2: float
    x: float
    y: float


class Close(NamedTuple):
    """Back to the start of the subpath."""


Segment = MoveTo | LineTo | CurveTo | Close
Path = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    path: Path
    color: Color
    opacity: float = 1.0
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    path: Path
    color: Color
    width: float
    opacity: float = 1.0
    dash: tuple[float, ...] = ()
    cap: Literal["butt", "round", "square"] = "butt"
    join: Literal["miter", "round", "bevel"] = "miter"


class Glyph(NamedTuple):
    """One glyph of a face, by its id in the font file, at its final pen position."""

    id: int
    x: float
    y: float
    advance: float


class Cluster(NamedTuple):
    """Text and the glyphs that stand for it: `glyphs[first:last]` of its run. What a reader of the PDF selects and copies."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Shaped text in one face, size, colour and direction.

    `glyphs` stand in visual order (left to right). `clusters` stand in logical (reading) order and cover every glyph once.
    `text` is the run's text in logical order.
    """

    face: str
    size: float
    color: Color
    text: str
    glyphs: tuple[Glyph, ...]
    clusters: tuple[Cluster, ...]
    right_to_left: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An encoded picture (PNG, JPEG or WebP) and what is known of it. Equal digests mean equal bytes."""

    digest: str
    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture stretched over a rectangle. `crop` is in source pixels: left, top, right, bottom. `clip` bounds it."""

    x: float
    y: float
    width: float
    height: float
    image: ImageSource
    crop: tuple[int, int, int, int]
    clip: Path | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """A rectangle of the page that opens an address. Only ever our own verification address."""

    x: float
    y: float
    width: float
    height: float
    address: str


Mark = Fill | Stroke | GlyphRun | Picture | Link


@dataclass(frozen=True, slots=True)
class ScenePage:
    width: float
    height: float
    marks: tuple[Mark, ...]
    paper: Color = Color(255, 255, 255)


@dataclass(frozen=True, slots=True)
class Scene:
    pages: tuple[ScenePage, ...]
