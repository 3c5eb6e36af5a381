"""What preflight has to say of a document: its faults, how its texts and pictures came out, and what of that may not please."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from core.rendering.errors import RenderingCode

CLEAR_DPI: Final = 200
"""Below it a picture looks coarse on paper."""

MUCH_SMALLER: Final = 0.5
"""Of its style's size: type that had to become smaller than this is worth a look."""

WarningCode = Literal["low_resolution", "word_cut", "text_shrunk"]


class Finding(NamedTuple):
    """`field` as in RenderingError: the placeholder it is about (`lines/3/rate` in a table), empty for the template's own."""

    code: RenderingCode | WarningCode
    field: str
    detail: str
    place: str = ""
    """The JSON pointer into the layout, where it is a layout that is looked at."""


class Overflow(NamedTuple):
    """What a text would need at its smallest size, in mm, and the size at which it would fit, in points; None where none does."""

    width: float
    height: float
    needed_width: float
    needed_height: float
    max_lines: int | None
    fits_at: float | None


class SetText(NamedTuple):
    """How a text is set in which something is filled in. Sizes in points; the smallest one where it does not fit."""

    fields: tuple[str, ...]
    full_size: float
    size: float
    lines: int
    overflow: Overflow | None = None
    has_cut_word: bool = False
    place: str = ""

    @property
    def shrink(self) -> float:
        return self.size / self.full_size


class ShownPicture(NamedTuple):
    """How a picture is drawn: `width` and `height` in mm, `pixels` of what is left of it when it is cropped.

    `field` is empty where it is the template's own, which `asset` names.
    """

    field: str
    width: float
    height: float
    pixels: tuple[int, int]
    asset: str = ""
    place: str = ""

    @property
    def dpi(self) -> float:
        """The lower of both ways, where it is stretched."""
        across, down = self.pixels
        return min(across / self.width, down / self.height) * 25.4


@dataclass(frozen=True, slots=True)
class Report:
    """Of one document. It can be composed if, and only if, it has no faults."""

    pages: int
    missing: Mapping[str, tuple[str, ...]]
    """The characters that no font has, by field."""
    texts: tuple[SetText, ...]
    pictures: tuple[ShownPicture, ...]
    faults: tuple[Finding, ...]
    own_pictures: tuple[ShownPicture, ...] = ()
    """The template's, in whichever of its documents they are shown."""

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What can be drawn and may still not please."""
        found = (*map(_text_warnings, self.texts), *map(_picture_warnings, self.pictures))
        return tuple(dict.fromkeys(warning for warnings in found for warning in warnings))

    @property
    def own_warnings(self) -> tuple[Finding, ...]:
        """What may not please about the template itself, the same for every document of it."""
        return tuple(warning for picture in self.own_pictures for warning in _picture_warnings(picture))


def _text_warnings(text: SetText) -> Iterator[Finding]:
    if text.overflow is not None:
        return
    for field in text.fields[:1]:
        if text.has_cut_word:
            yield Finding("word_cut", field, "a word is wider than its line and was cut", text.place)
        if text.shrink < MUCH_SMALLER:
            detail = f"the text is set at {text.size:g} instead of {text.full_size:g} pt to fit"
            yield Finding("text_shrunk", field, detail, text.place)


def _picture_warnings(picture: ShownPicture) -> Iterator[Finding]:
    if picture.dpi < CLEAR_DPI:
        place = f"{picture.width:.1f} × {picture.height:.1f} mm"
        which = f"the template's picture {picture.asset}" if picture.asset else "the picture"
        detail = (
            f"{which} has {picture.dpi:.0f} dpi where it is drawn ({place}); {CLEAR_DPI} make it look sharp"
        )
        yield Finding("low_resolution", picture.field, detail, picture.place)
