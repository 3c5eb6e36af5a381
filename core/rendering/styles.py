"""A layout's styles with all that they inherit, ready to set text in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.rendering.fonts import FontLibrary, Weight
from core.rendering.layout import Style
from core.rendering.scene import Color
from core.rendering.shaping import Capitals, Shaper, shaper

_PLAIN: Final = Style(
    face="sans",
    weight="regular",
    italic=False,
    size=10,
    leading=1.3,
    tracking=0,
    color="#000000",
    opacity=1,
    capitals="none",
)


@dataclass(frozen=True, slots=True, eq=False)
class TextStyle:
    """How a stretch of text is set. `size` in points; heights in ems, measured on the letters of its first face."""

    shaper: Shaper
    size: float
    color: Color
    opacity: float
    upper: bool
    cap_height: float
    accent_height: float
    depth: float
    line_height: float
    """From baseline to baseline, in points."""
    baseline: float
    """From the top of a line to its baseline in points: capitals and descenders stand in the middle of it."""

    def written(self, text: str) -> str:
        return text.upper() if self.upper else text


_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ks", "sd", "ur", "yi"})


class StyleBook:
    """The styles of one layout by name, and the direction in which its language is read."""

    def __init__(self, styles: Mapping[str, Style], fonts: FontLibrary, language: str) -> None:
        self._styles = styles
        self.fonts = fonts
        self._language = language
        self.right_to_left = language.partition("-")[0].lower() in _RIGHT_TO_LEFT
        self._made: dict[tuple[str, bool, Weight | None], TextStyle] = {}

    def style(self, name: str, *, tabular: bool = False, weight: Weight | None = None) -> TextStyle:
        """The style of that name; on wish with figures of one width, as columns need, or in another weight."""
        key = (name, tabular, weight)
        if key not in self._made:
            self._made[key] = self._make(inherited(self._styles, name), tabular, weight)
        return self._made[key]

    def _make(self, style: Style, tabular: bool, weight: Weight | None) -> TextStyle:
        chain = self.fonts.chain(
            style.face or "sans", weight or style.weight or "regular", bool(style.italic)
        )
        capitals: Capitals = style.capitals or "none"
        tracking = (style.tracking or 0) / 100
        shaped_as: Capitals = "small" if capitals == "small" else "none"
        face = chain.primary
        size, leading = style.size or 10, style.leading or 1.3
        cap_height, depth = face.cap_height / face.units_per_em, face.letter_depth / face.units_per_em
        return TextStyle(
            shaper=shaper(chain, shaped_as, tracking, tabular, self._language),
            size=size,
            color=color_of(style.color or "#000000"),
            opacity=1.0 if style.opacity is None else style.opacity,
            upper=capitals == "upper",
            cap_height=cap_height,
            accent_height=face.accent_height / face.units_per_em,
            depth=depth,
            line_height=size * leading,
            baseline=(size * leading + (cap_height - depth) * size) / 2,
        )


def inherited(styles: Mapping[str, Style], name: str) -> Style:
    """A style with what it does not set taken from those it is based on, and from the plain style at last.

    Raises KeyError for a style that is not there, RecursionError for one that is based on itself.
    """
    seen: list[str] = []
    settings: dict[str, object] = {}
    wanted: str | None = name
    while wanted is not None:
        if wanted in seen:
            raise RecursionError(" → ".join([*seen, wanted]))
        seen.append(wanted)
        own = styles[wanted]
        settings = own.model_dump(exclude_none=True) | settings
        wanted = own.based_on
    return _PLAIN.model_copy(update=settings)


def color_of(color: str) -> Color:
    """`#rrggbb` as a colour."""
    return Color(int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
