"""What a page is made of, ready to be drawn with values. Lengths are points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from core.rendering.placeholders import Template
from core.rendering.qr import modules_of
from core.rendering.qrsymbols import Correction
from core.rendering.scene import Color, Fill, Link, Modules, Part, Still, Stroke, Tag
from core.rendering.shapes import Matrix, rectangle, transformed
from core.rendering.values import Value, has_value


class Drawable(Protocol):
    """What adds its marks to a page, moved by `dx` and `dy`. May raise RenderingError."""

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None: ...


class Shown(Protocol):
    """What may depend on whether a placeholder has a value."""

    @property
    def when(self) -> str | None: ...
    @property
    def unless(self) -> str | None: ...


def is_shown(part: Shown, values: Mapping[str, Value]) -> bool:
    if part.when is not None and not has_value(values, part.when):
        return False
    return part.unless is None or not has_value(values, part.unless)


@dataclass(frozen=True, slots=True)
class Conditional:
    """Drawn only where `when` has a value and `unless` has none."""

    inner: Drawable
    when: str | None
    unless: str | None

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        if is_shown(self, values):
            self.inner.draw(values, dx, dy, marks)


@dataclass(frozen=True, slots=True)
class Together:
    """Drawn one after the other, later ones over earlier ones."""

    parts: tuple[Drawable, ...]
    x: float = 0.0
    y: float = 0.0

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        for part in self.parts:
            part.draw(values, dx + self.x, dy + self.y, marks)


@dataclass(frozen=True, slots=True)
class Shape:
    """A path filled, stroked or both."""

    fill: Fill | None
    stroke: Stroke | None

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        for mark in (self.fill, self.stroke):
            if mark is not None:
                moved = dx or dy
                marks.append(
                    replace(mark, path=transformed(mark.path, Matrix(e=dx, f=dy))) if moved else mark
                )


@dataclass(frozen=True, slots=True)
class QrBox:
    text: Template
    x: float
    y: float
    size: float
    color: Color
    background: Color | None
    quiet: int
    correction: Correction
    link: bool

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        """Nothing where its placeholders have no value. Raises RenderingError `qr_too_long`."""
        text = self.text.filled(values)
        if not text:
            return
        x, y, size = self.x + dx, self.y + dy, self.size
        field = self.text.names[0] if self.text.names else ""
        side, dark = modules_of(text, correction=self.correction, field=field)
        module = size / (side + 2 * self.quiet)
        margin = self.quiet * module
        if self.background is not None:
            marks.append(Fill(rectangle(x, y, size, size), self.background))
        tag = Tag("Figure", alt=f"QR code: {text}")
        marks.append(Modules(x + margin, y + margin, module, side, dark, self.color, tag))
        if self.link and text.startswith(("https://", "http://")):
            marks.append(Link(x, y, size, size, text))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Marks at their final place, the same in every document."""

    still: Still

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        assert (dx, dy) == (0, 0), "what is drawn can't be moved any more"
        marks.append(self.still)
