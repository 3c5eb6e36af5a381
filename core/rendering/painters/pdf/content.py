"""A page's content stream: marks as PDF's drawing operators (ISO 32000-1, chapters 8 and 9).

PDF's y runs up and a scene's runs down: every y is turned here. Places are rounded to 0.01 pt.
"""

from __future__ import annotations

from typing import Final

from core.kept import Kept, Same
from core.rendering.painters.modules import path_of
from core.rendering.painters.paths import upright_box
from core.rendering.painters.pdf.resources import Resources
from core.rendering.painters.pdf.shapes import glyph_path
from core.rendering.painters.pdf.syntax import number
from core.rendering.painters.pdf.text import shown
from core.rendering.scene import (
    Close,
    Color,
    CurveTo,
    Fill,
    GlyphRun,
    LineTo,
    Link,
    Modules,
    MoveTo,
    Path,
    Picture,
    ScenePage,
    Stroke,
)

_CAPS: Final = {"butt": 0, "round": 1, "square": 2}
_JOINS: Final = {"miter": 0, "round": 1, "bevel": 2}
_LONG: Final = 16  # segments from which a path is worth keeping: ornaments stand on every page of a template
_BLACK: Final = Color(0, 0, 0)


def content(page: ScenePage, resources: Resources) -> bytes:
    """What draws a page. Everything it needs is left in `resources`."""
    writer = _Content(page, resources)
    for mark in page.marks:
        match mark:
            case GlyphRun():
                writer.write(mark)
            case Fill():
                writer.fill(mark)
            case Stroke():
                writer.stroke(mark)
            case Picture():
                writer.show(mark)
            case Modules():
                writer.fill(Fill(path_of(mark), mark.color))
            case Link():
                pass  # an annotation, not content
    return writer.finished()


class _Content:
    """Operators so far, and the graphics state they have made: what is set already is not set again."""

    def __init__(self, page: ScenePage, resources: Resources) -> None:
        self._height: Final = page.height
        self._resources: Final = resources
        self._operators: Final[list[str]] = []
        self._filling, self._stroking, self._opacity = _BLACK, _BLACK, 1.0
        self._line = "1 w 0 J 0 j []0 d"
        self._font = ""
        self._in_text = False
        if page.paper != Color(255, 255, 255):
            self._fill_with(page.paper, 1.0)
            self._operators.append(f"0 0 {number(page.width)} {number(page.height)} re f")

    def finished(self) -> bytes:
        self._leave_text()
        return "\n".join(self._operators).encode("ascii")

    def write(self, run: GlyphRun) -> None:
        font = self._resources.font(run.face)
        if not self._in_text:
            self._operators.append("BT")
            self._in_text = True
        self._fill_with(run.color, run.opacity)
        setting = f"/{font.name} {number(run.size, 3)} Tf"
        if setting != self._font:
            self._operators.append(setting)
            self._font = setting
        operators, shapes = shown(run, font, page_height=self._height)
        self._operators.extend(operators)
        for glyph in shapes:
            self._leave_text()
            self._operators.append(f"{self._path(glyph_path(glyph, font.face, size=run.size))} f")

    def fill(self, fill: Fill) -> None:
        self._leave_text()
        self._fill_with(fill.color, fill.opacity)
        self._operators.append(f"{self._area(fill.path)} {'f*' if fill.even_odd else 'f'}")

    def stroke(self, stroke: Stroke) -> None:
        """A stroke without width draws nothing, not PDF's hairline."""
        if stroke.width <= 0:
            return
        self._leave_text()
        self._set_opacity(stroke.opacity)
        if stroke.color != self._stroking:
            self._operators.append(f"{_color(stroke.color)} RG")
            self._stroking = stroke.color
        dash = " ".join(number(length, 3) for length in stroke.dash)
        line = f"{number(stroke.width, 3)} w {_CAPS[stroke.cap]} J {_JOINS[stroke.join]} j [{dash}]0 d"
        if line != self._line:
            self._operators.append(line)
            self._line = line
        self._operators.append(f"{self._path(stroke.path)} S")

    def show(self, picture: Picture) -> None:
        """The whole picture, so placed that its crop fills the rectangle, seen through the rectangle and the clip."""
        self._leave_text()
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
        return self._path(path)

    def _path(self, path: Path) -> str:
        """A path from its own start, on which the dashes of a stroke depend."""
        if len(path) < _LONG:
            return _written(path, self._height)
        return _PATHS.get((Same(path), self._height), lambda _: _written(path, self._height))

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


def _written(path: Path, height: float) -> str:
    """A path in PDF's words, on a page of this height."""
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


def _color(color: Color) -> str:
    return " ".join(number(part / 255, 4) for part in color)


_PATHS: Final[Kept[tuple[Same[Path], float], str]] = Kept(
    32 << 20, lambda words: 6 * len(words)
)  # with the path
