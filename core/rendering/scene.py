"""A scene: a layout with values put in and all fitting done. Painters read it and decide nothing.

Lengths are points (1/72 inch). The origin is the top left corner of the page, x runs right and y runs **down**; a
glyph's y is its baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """One glyph of a face, by its id in the font file, at its pen position."""

    id: int
    x: float
    y: float
    advance: float


class Cluster(NamedTuple):
    """Text and the glyphs that stand for it: `glyphs[first:last]`. What a reader of the PDF selects and copies."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """Shaped text without a gap in it (or a gap itself), in one face and direction.

    Its glyphs stand in visual order (left to right), measured from its own start in ems of the face. `clusters` stand in
    logical (reading) order and cover every glyph once; `text` is in that order, too. Words that come again and again are the
    same object: painters may keep what they make of one.
    """

    face: str
    text: str
    glyphs: tuple[Glyph, ...]
    clusters: tuple[Cluster, ...]
    right_to_left: bool = False


@dataclass(slots=True)
class Tag:
    """What a mark is to somebody who listens to the document: its role in the structure (ISO 32000-1, 14.8.4).

    Marks of one part of the document share one tag, and parents of tags are no mark's. A mark without any is decoration. `alt`
    describes a figure. What is `of_page` is another part on another page: its marks are kept, so that whether pages share its
    tag is chance.
    """

    role: Literal["H1", "P", "Figure", "Table", "TR", "TH", "TD"]
    parent: Tag | None = None
    alt: str = ""
    of_page: bool = False


class GlyphRun(NamedTuple):
    """Words on one baseline in one face, size, colour and direction, in visual order, each with its way from `x` in points."""

    size: float
    color: Color
    x: float
    y: float
    words: tuple[tuple[float, Word], ...]
    opacity: float = 1.0
    tag: Tag | None = None

    @property
    def face(self) -> str:
        return self.words[0][1].face

    @property
    def right_to_left(self) -> bool:
        return self.words[0][1].right_to_left

    @property
    def text(self) -> str:
        """In logical order."""
        return "".join([word.text for _, word in self._read()])

    @property
    def glyphs(self) -> tuple[Glyph, ...]:
        """On the page, in visual order."""
        size, left, baseline = self.size, self.x, self.y
        return tuple(
            [
                Glyph(glyph, left + start + x * size, baseline + y * size, advance * size)
                for start, word in self.words
                for glyph, x, y, advance in word.glyphs
            ]
        )

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """In logical order."""
        before: dict[int, int] = {}
        count = 0
        for place, (_, word) in enumerate(self.words):
            before[place] = count
            count += len(word.glyphs)
        order = range(len(self.words) - 1, -1, -1) if self.right_to_left else range(len(self.words))
        return tuple(
            [
                Cluster(text, first + before[place], last + before[place])
                for place in order
                for text, first, last in self.words[place][1].clusters
            ]
        )

    def _read(self) -> Sequence[tuple[float, Word]]:
        return self.words[::-1] if self.right_to_left else self.words


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
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class Modules:
    """A square of `side` × `side` modules, each `module` points wide: the dark ones of a QR code, filled.

    `dark` has a bit for each, row by row from the top: 1 where it is dark. Every row begins a byte, with its highest
    bit; what a row leaves of its last byte is 0.
    """

    x: float
    y: float
    module: float
    side: int
    dark: bytes
    color: Color
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A rectangle of the page that opens an address. Only ever our own verification address."""

    x: float
    y: float
    width: float
    height: float
    address: str


Mark = Fill | Stroke | GlyphRun | Picture | Modules | Link


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """Marks that are the same in every document of a layout: the same object in every scene, so that painters may keep what
    they make of it."""

    marks: tuple[Mark, ...]


Part = Mark | Still


@dataclass(frozen=True, slots=True)
class ScenePage:
    """Later parts cover earlier ones."""

    width: float
    height: float
    parts: tuple[Part, ...]
    paper: Color = Color(255, 255, 255)

    @property
    def marks(self) -> tuple[Mark, ...]:
        marks: list[Mark] = []
        for part in self.parts:
            if isinstance(part, Still):
                marks.extend(part.marks)
            else:
                marks.append(part)
        return tuple(marks)


@dataclass(frozen=True, slots=True)
class Scene:
    pages: tuple[ScenePage, ...]
