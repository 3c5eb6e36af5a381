"""A page's content: marks as PDF's drawing operators (ISO 32000-1, chapters 8 and 9).

What is the same in every document is written once and kept. PDF's y runs up and a scene's runs down: every y is turned here.
Places are rounded to 0.01 pt.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from itertools import cycle
from operator import getitem
from typing import Final, NamedTuple, Protocol

from core.kept import Kept
from core.rendering.fonts import FontLibrary
from core.rendering.painters.paths import upright_box
from core.rendering.painters.pdf.resources import Form, Needs, Resources, Stream
from core.rendering.painters.pdf.shapes import glyph_path
from core.rendering.painters.pdf.structure import PageStructure
from core.rendering.painters.pdf.syntax import flate, number
from core.rendering.painters.pdf.text import show
from core.rendering.scene import (
    Close,
    Color,
    CurveTo,
    Fill,
    GlyphRun,
    LineTo,
    Link,
    Mark,
    Modules,
    MoveTo,
    Path,
    Picture,
    ScenePage,
    Still,
    Stroke,
    Tag,
)

_CAPS: Final = {"butt": 0, "round": 1, "square": 2}
_JOINS: Final = {"miter": 0, "round": 1, "bevel": 2}
_SHORT: Final = 600  # bytes up to which a still part costs less where it stands than in a stream of its own
_DARK: Final = re.compile("1+")
_BLACK: Final = Color(0, 0, 0)
_WHITE: Final = Color(255, 255, 255)


def content(page: ScenePage, resources: Resources, structure: PageStructure | None) -> list[Stream]:
    """What draws a page, piece by piece. All that it needs is left in `resources`; without a `structure` nothing is tagged."""
    stills = [
        _compiled(part, page.height, resources, structure) if isinstance(part, Still) else None
        for part in page.parts
    ]
    writer = _Content(page.height, resources, structure)
    writer.cover(page)
    for part, still in zip(page.parts, stills, strict=True):
        if not isinstance(part, Still):
            writer.draw(part)
        elif still is not None and resources.adopt(still.needs):
            writer.insert(still)
        else:
            for mark in part.marks:
                writer.draw(mark)
    return writer.finished()


def content_of_form(page: ScenePage, resources: Resources) -> bytes:
    """What draws a page in one piece and untagged, compressed. Its still parts become forms, which `resources` holds."""
    writer = _Content(page.height, resources, None)
    writer.cover(page)
    for part in page.parts:
        if not isinstance(part, Still):
            writer.draw(part)
            continue
        still = _compiled(part, page.height, resources, None)
        if still is not None and resources.adopt_fonts(still.needs):
            writer.show_form(Form(still.stream, still.needs, page.width, page.height))
        else:
            for mark in part.marks:
                writer.draw(mark)
    return flate(writer.written())


class _CompiledStill(NamedTuple):
    """A page's still part, written once. Its marked content has numbers from `first` on, one for each of `tags`."""

    words: str
    """What is written where it stands, if that is short."""
    stream: Stream
    needs: Needs
    first: int
    tags: tuple[Tag, ...]


class _StillKey(NamedTuple):
    """All that the content of a still part depends on."""

    still: Still
    library: FontLibrary
    page_height: float
    first: int | None


def _compiled(
    still: Still, page_height: float, resources: Resources, structure: PageStructure | None
) -> _CompiledStill | None:
    """None where it can't be written once for all documents: it has codes that another document may give to others."""
    first = None if structure is None else structure.reserve(0)
    key = _StillKey(still, resources.library, page_height, first)
    compiled = _STILLS.get(key, _make_still)
    if compiled is not None and structure is not None:
        structure.reserve(len(compiled.tags))
    return compiled


def _make_still(key: _StillKey) -> _CompiledStill | None:
    resources = Resources(key.library)
    tags = None if key.first is None else _Tags(key.first)
    writer = _Content(key.page_height, resources, tags)
    for mark in key.still.marks:
        writer.draw(mark)
    needs = resources.needs()
    if needs is None:
        return None
    words = b"q\n%b\nQ" % writer.written()
    data = flate(words)
    stream = Stream(data, hashlib.sha256(data).digest())
    short = words.decode("ascii") if len(words) <= _SHORT else ""
    return _CompiledStill(short, stream, needs, key.first or 0, () if tags is None else tuple(tags.tags))


class _Tags:
    """Numbers tags in their order."""

    def __init__(self, first: int) -> None:
        self.tags: Final[list[Tag]] = []
        self._first: Final = first

    def mark(self, tag: Tag) -> int:
        self.tags.append(tag)
        return self._first + len(self.tags) - 1


class _Marks(Protocol):
    def mark(self, tag: Tag) -> int:
        """The number of the marked content that begins."""


class _Content:
    """Operators so far, and the graphics state they have made: what is set already is not set again."""

    def __init__(self, height: float, resources: Resources, marks: _Marks | None) -> None:
        self._height: Final = height
        self._resources: Final = resources
        self._marks: Final = marks
        self._pieces: Final[list[Stream]] = []
        self._operators: list[str] = []
        self._filling, self._stroking, self._opacity = _BLACK, _BLACK, 1.0
        self._line = "1 w 0 J 0 j []0 d"
        self._font = ""
        self._in_text = False
        self._is_marked = False
        self._tag: Tag | None = None

    def cover(self, page: ScenePage) -> None:
        """Paint the paper, unless it is white as it is."""
        if page.paper != _WHITE:
            self._belongs_to(None)
            self._fill_with(page.paper, 1.0)
            self._operators.append(f"0 0 {number(page.width)} {number(page.height)} re f")

    def draw(self, mark: Mark) -> None:
        match mark:
            case GlyphRun():
                self.write(mark)
            case Fill():
                self.fill(mark)
            case Stroke():
                self.stroke(mark)
            case Picture():
                self.show(mark)
            case Modules():
                self.cover_modules(mark)
            case Link():
                pass  # an annotation, not content

    def insert(self, still: _CompiledStill) -> None:
        """Put a piece of content in that was written before, and leaves the graphics state as it is."""
        if still.words:
            self._leave_text()
            self._end_marked()
            self._operators.append(still.words)
        else:
            self._end_piece()
            self._pieces.append(still.stream)
        if isinstance(self._marks, PageStructure):
            for position, tag in enumerate(still.tags):
                self._marks.mark_reserved(tag, still.first + position)

    def show_form(self, form: Form) -> None:
        self._leave_text()
        self._operators.append(f"/{self._resources.form(form)} Do")

    def finished(self) -> list[Stream]:
        self._end_piece()
        return self._pieces or [Stream(flate(b""))]

    def written(self) -> bytes:
        """All operators since the last piece."""
        self._leave_text()
        self._end_marked()
        return "\n".join(self._operators).encode("ascii")

    def _end_piece(self) -> None:
        if self._operators:
            self._pieces.append(Stream(flate(self.written())))
            self._operators = []

    def write(self, run: GlyphRun) -> None:
        """Tables are made of hundreds of runs, so nothing is called here that would find all set already."""
        size, color, _, _, words, opacity, tag = run
        if not (self._is_marked and tag is self._tag):
            self._belongs_to(tag)
        font = self._resources.font(words[0][1].face)
        operators = self._operators
        if not self._in_text:
            operators.append("BT")
            self._in_text = True
        if color != self._filling or opacity != self._opacity:
            self._fill_with(color, opacity)
        setting = _setting(font.name, size)
        if setting != self._font:
            operators.append(setting)
            self._font = setting
        for glyph in show(run, font, operators, page_height=self._height):
            self._leave_text()
            operators.append(f"{_in_words(glyph_path(glyph, font.face, size=size), self._height)} f")

    def cover_modules(self, modules: Modules) -> None:
        """The dark modules as one path, in steps of a module, so that its numbers are small and no seams show."""
        self._leave_text()
        self._belongs_to(modules.tag)
        self._fill_with(modules.color, 1.0)
        size = number(modules.module, 4)
        across = -(-modules.side // 8)
        bars = list(map(getitem, cycle(_bars(across)), modules.dark))
        lines = [
            "".join(bars[start : start + across]).replace("y", f"{row}")
            for row, start in enumerate(range(0, len(bars), across))
        ]
        self._operators.append(
            f"q {size} 0 0 -{size} {number(modules.x)} {number(self._height - modules.y)} cm\n{''.join(lines)}f Q"
        )

    def fill(self, fill: Fill) -> None:
        self._leave_text()
        self._belongs_to(None)
        self._fill_with(fill.color, fill.opacity)
        self._operators.append(f"{self._area(fill.path)} {'f*' if fill.even_odd else 'f'}")

    def stroke(self, stroke: Stroke) -> None:
        """A stroke without width draws nothing, not PDF's hairline."""
        if stroke.width <= 0:
            return
        self._leave_text()
        self._belongs_to(None)
        self._set_opacity(stroke.opacity)
        if stroke.color != self._stroking:
            self._operators.append(f"{_color(stroke.color)} RG")
            self._stroking = stroke.color
        dash = " ".join(number(length, 3) for length in stroke.dash)
        line = f"{number(stroke.width, 3)} w {_CAPS[stroke.cap]} J {_JOINS[stroke.join]} j [{dash}]0 d"
        if line != self._line:
            self._operators.append(line)
            self._line = line
        self._operators.append(f"{_in_words(stroke.path, self._height)} S")

    def show(self, picture: Picture) -> None:
        """The whole picture, so placed that its crop fills the rectangle, seen through the rectangle and the clip."""
        self._leave_text()
        self._belongs_to(picture.tag)
        self._set_opacity(picture.opacity)
        name = self._resources.picture(picture.image)
        left, top, right, bottom = picture.crop
        across, down = picture.width / (right - left), picture.height / (bottom - top)
        width, height = picture.image.width * across, picture.image.height * down
        x, y = picture.x - left * across, self._height - (picture.y - top * down) - height
        self._operators.append("q")
        if picture.crop != (0, 0, picture.image.width, picture.image.height):
            self._operators.append(
                f"{number(picture.x)} {number(self._height - picture.y - picture.height)}"
                f" {number(picture.width)} {number(picture.height)} re W n"
            )
        if picture.clip is not None:
            self._operators.append(f"{self._area(picture.clip)} W n")
        self._operators.append(
            f"{number(width)} 0 0 {number(height)} {number(x)} {number(y)} cm /{name} Do Q"
        )

    def _area(self, path: Path) -> str:
        box = upright_box(path)
        if box is not None:
            left, top, right, bottom = box
            return f"{self._at(left, bottom)} {number(right - left)} {number(bottom - top)} re"
        return _in_words(path, self._height)

    def _at(self, x: float, y: float) -> str:
        return f"{number(x)} {number(self._height - y)}"

    def _fill_with(self, color: Color, opacity: float) -> None:
        self._set_opacity(opacity)
        if color != self._filling:
            self._operators.append(f"{_color(color)} rg")
            self._filling = color

    def _set_opacity(self, opacity: float) -> None:
        if opacity != self._opacity:
            self._operators.append(f"/{self._resources.opacity(opacity)} gs")
            self._opacity = opacity

    def _leave_text(self) -> None:
        if self._in_text:
            self._operators.append("ET")
            self._in_text = False

    def _belongs_to(self, tag: Tag | None) -> None:
        """What comes next is part of a tag, or decoration."""
        if self._marks is None or (self._is_marked and tag is self._tag):
            return
        self._leave_text()
        self._end_marked()
        if tag is None:
            self._operators.append("/Artifact BMC")
        else:
            self._operators.append(f"/{tag.role}<</MCID {self._marks.mark(tag)}>>BDC")
        self._is_marked, self._tag = True, tag

    def _end_marked(self) -> None:
        if self._is_marked:
            self._operators.append("EMC")
            self._is_marked = False


def _in_words(path: Path, height: float) -> str:
    """A path in PDF's words, on a page of this height, from its own start: a stroke's dashes depend on that."""
    words: list[str] = []
    for segment in path:
        match segment:
            case MoveTo(x, y):
                words += number(x), number(height - y), "m"
            case LineTo(x, y):
                words += number(x), number(height - y), "l"
            case CurveTo(x1, y1, x2, y2, x, y):
                words += number(x1), number(height - y1), number(x2), number(height - y2)
                words += number(x), number(height - y), "c"
            case Close():
                words.append("h")
    return " ".join(words)


@cache
def _bars(across: int) -> list[list[str]]:
    """For each byte of a row `y`, the dark ones of any eight modules side by side, the leftmost of which is the highest bit."""
    return [[_bars_of(f"{dark:08b}", 8 * column) for dark in range(256)] for column in range(across)]


def _bars_of(modules: str, left: int) -> str:
    return "".join(
        [f"{left + run.start()} y {run.end() - run.start()} 1 re\n" for run in _DARK.finditer(modules)]
    )


@lru_cache(maxsize=512)
def _setting(font: str, size: float) -> str:
    return f"/{font} {number(size, 3)} Tf"


@lru_cache(maxsize=512)
def _color(color: Color) -> str:
    return " ".join(number(part / 255, 4) for part in color)


def _weight(compiled: _CompiledStill | None) -> int:
    return 1000 if compiled is None else 4000 + len(compiled.stream.data)


_STILLS: Final[Kept[_StillKey, _CompiledStill | None]] = Kept(16 << 20, _weight)
