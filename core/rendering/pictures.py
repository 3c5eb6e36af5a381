"""Pictures in boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.rendering.errors import RenderingError
from core.rendering.scene import ImageSource, Part, Path, Picture, Tag
from core.rendering.shapes import ellipse, rectangle
from core.rendering.textboxes import TextBox
from core.rendering.values import Value

Fit = Literal["contain", "cover", "stretch"]
Across = Literal["start", "center", "end"]
Down = Literal["top", "middle", "bottom"]

_SPACED = str.maketrans("_.", "  ")
_BEFORE = {"start": 0.0, "center": 0.5, "end": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}


@dataclass(frozen=True, slots=True)
class PictureBox:
    """Lengths in points. `source` is an asset of the template itself; without one the picture is the field's value.

    With `contain` the rest of the box stays empty, with `cover` the rest of the picture is cut off: which side, `align`
    and `vertical` say.
    """

    field: str
    source: ImageSource | None
    x: float
    y: float
    width: float
    height: float
    fit: Fit
    align: Across
    vertical: Down
    radius: float | Literal["circle"]
    opacity: float

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        """Nothing where the field has no value. Raises RenderingError `not_an_image`."""
        source = self.source or picture_of(values, self.field)
        if source is None:
            return
        x, y = self.x + dx, self.y + dy
        width, height = self.width, self.height
        crop = (0, 0, source.width, source.height)
        match self.fit:
            case "contain":
                scale = min(width / source.width, height / source.height)
                width, height = source.width * scale, source.height * scale
                x += (self.width - width) * _BEFORE[self.align]
                y += (self.height - height) * _BEFORE[self.vertical]
            case "cover":
                crop = _cropped(source, width / height, _BEFORE[self.align], _BEFORE[self.vertical])
            case "stretch":
                pass
        clip = self._clip(x, y, width, height)
        tag = None if self.source is not None else Tag("Figure", alt=self.field.translate(_SPACED))
        marks.append(Picture(x, y, width, height, source, crop, clip, self.opacity, tag))

    def _clip(self, x: float, y: float, width: float, height: float) -> Path | None:
        if self.radius == "circle":
            return ellipse(x, y, width, height)
        return rectangle(x, y, width, height, self.radius) if self.radius > 0 else None


@dataclass(frozen=True, slots=True)
class SignatureBox:
    """A signature: its picture, or its typed name in a hand."""

    picture: PictureBox
    typed: TextBox

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        self.chosen(values).draw(values, dx, dy, marks)

    def chosen(self, values: Mapping[str, Value]) -> TextBox | PictureBox:
        """What the signature of these values is drawn in."""
        return self.typed if isinstance(values.get(self.picture.field), str) else self.picture


def picture_of(values: Mapping[str, Value], field: str) -> ImageSource | None:
    value = values.get(field)
    if isinstance(value, ImageSource):
        return value
    if not value:
        return None
    raise RenderingError("not_an_image", field, "a picture was expected here")


def _cropped(source: ImageSource, ratio: float, before: float, above: float) -> tuple[int, int, int, int]:
    """The largest part of a picture with that ratio of width to height, at least a pixel each way."""
    width = min(source.width, max(1, round(source.height * ratio)))
    height = min(source.height, max(1, round(source.width / ratio)))
    left, top = round((source.width - width) * before), round((source.height - height) * above)
    return left, top, left + width, top + height
