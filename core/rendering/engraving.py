"""Ornaments of a layout as marks: what its guilloches, borders and seals say, cut by ornaments.py."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.rendering import layout
from core.rendering.drawables import Drawable, Shape, Together
from core.rendering.lettering import on_circle
from core.rendering.ornaments import (
    NoRoom,
    Weave,
    band,
    border,
    circle,
    field,
    frame,
    length_of,
    ring,
    rosette,
    seal_edge,
)
from core.rendering.placeholders import parse_template
from core.rendering.scene import Fill, GlyphRun, Part, Path, Stroke
from core.rendering.shapes import MM
from core.rendering.styles import StyleBook, color_of
from core.rendering.textboxes import TextBox, sizes_between
from core.rendering.wording import Phrase, Wording

_EDGE: Final = 0.92  # of a seal's radius, where its ring begins
_RING: Final = 0.2  # of a seal's radius, where its width is not given
_TOP, _TOP_ALONE, _FOOT = 3.4, 5.6, 2.6  # radians that lettering may take
_BEAD: Final = 0.04  # points: a dash so short that its round ends make a dot of it


def guilloche_shapes(element: layout.Guilloche) -> Drawable:
    """Raises TooFine and NoRoom."""
    color = color_of(element.stroke)
    return Shape(None, Stroke(guilloche_path(element), color, element.stroke_width, element.opacity))


@lru_cache(maxsize=4)  # the check of a layout cuts it once, the making ready takes it from here
def guilloche_path(element: layout.Guilloche) -> Path:
    """Its ink stays inside its box. Raises TooFine and NoRoom."""
    ink = element.stroke_width
    x, y = element.x * MM + ink / 2, element.y * MM + ink / 2
    width, height = element.width * MM - ink, element.height * MM - ink
    if min(width, height) <= 0:
        raise NoRoom("a guilloche needs a box higher and wider than its line")
    weave = _weave(element)
    match element.form:
        case "border":
            return border(x, y, width, height, weave, element.depth * MM - ink)
        case "band":
            return band(x, y, width, height, weave)
        case "rosette":
            return rosette(x, y, width, height, weave, element.hole)
        case "field":
            return field(x, y, width, height, weave)


def border_shapes(element: layout.Border) -> Drawable:
    """Raises NoRoom."""
    shapes: list[Drawable] = []
    for number, rule in enumerate(element.rules):
        path = rule_path(element, rule)
        fill = color_of(element.fill) if element.fill and number == 0 else None
        stroke = Stroke(path, color_of(rule.stroke or element.stroke), rule.width, element.opacity)
        if rule.beads:
            round_it = length_of(path)
            step = round_it / max(1, round(round_it / (rule.beads * MM)))
            stroke = Stroke(path, stroke.color, rule.width, element.opacity, (_BEAD, step - _BEAD), "round")
        shapes.append(Shape(None if fill is None else Fill(path, fill, element.opacity), stroke))
    return Together(tuple(shapes))


def rule_path(element: layout.Border, rule: layout.Rule) -> Path:
    """Raises NoRoom."""
    x, y, width, height = (length * MM for length in (element.x, element.y, element.width, element.height))
    return frame(x, y, width, height, rule.inset * MM, element.corner, element.corner_size * MM)


def seal_path(element: layout.Seal, styles: StyleBook) -> Path:
    """All that is drawn of a seal. Raises what `seal_shapes` raises."""
    parts: list[Part] = []
    seal_shapes(element, styles).draw({}, 0.0, 0.0, parts)
    return tuple(segment for part in parts if isinstance(part, Fill | Stroke) for segment in part.path)


def seal_shapes(element: layout.Seal, styles: StyleBook) -> Drawable:
    """Raises TooFine and NoRoom, and RenderingError where its lettering does not fit or has no glyph."""
    radius = element.size * MM / 2
    x, y = element.x * MM + radius, element.y * MM + radius
    outer = radius * _EDGE
    width = radius * _RING if element.ring_width is None else element.ring_width * MM
    inner = outer - width
    ink, line = color_of(element.stroke), element.stroke_width
    if inner <= 2 * line or (element.rosette is not None and inner <= 6 * line):
        raise NoRoom(f"the ring leaves no room inside a seal of {element.size:g} mm")
    shapes = []
    edge = seal_edge(x, y, radius - (0 if element.fill else line / 2), element.edge, element.teeth)
    shapes.append(
        Shape(Fill(edge, color_of(element.fill)), None)
        if element.fill
        else Shape(None, Stroke(edge, ink, line))
    )
    if element.ring is not None:
        shapes.append(Shape(Fill(ring(x, y, outer, inner), color_of(element.ring), even_odd=True), None))
    shapes.append(Shape(None, Stroke(circle(x, y, outer) + circle(x, y, inner), ink, line)))
    if element.rosette is not None:
        path = _seal_rosette(element.rosette, x, y, inner - 3 * line, element.hole)
        shapes.append(Shape(None, Stroke(path, ink, line)))
    shapes.extend(_lettering(element, styles, x, y, (outer + inner) / 2))
    return Together(tuple(shapes))


@lru_cache(maxsize=4)
def _seal_rosette(lathe: layout.Lathe, x: float, y: float, radius: float, hole: float) -> Path:
    return rosette(x - radius, y - radius, 2 * radius, 2 * radius, _weave(lathe), hole)


def _lettering(element: layout.Seal, styles: StyleBook, x: float, y: float, middle: float) -> list[Shape]:
    if element.style is None:
        return []
    style = styles.style(element.style)
    shapes = []
    for words, inward, most in (
        (element.text, False, _TOP if element.foot else _TOP_ALONE),
        (element.foot, True, _FOOT if element.text else _TOP_ALONE),
    ):
        if not words:
            continue
        wording = Wording((Phrase(parse_template(words), style),))
        sizes = sizes_between(style.size, element.min_size or style.size)
        room = most * middle
        box = TextBox(
            wording, style, -room / 2, 0.0, room, 10 * style.size, "center", "top", sizes, max_lines=1
        )
        parts: list[Part] = []
        box.draw({}, 0.0, 0.0, parts)
        runs = [part for part in parts if isinstance(part, GlyphRun)]
        level = [run._replace(y=0.0) for run in runs]
        capital = style.cap_height * max((run.size for run in runs), default=0.0)
        baseline = middle + (capital / 2 if inward else -capital / 2)
        path = on_circle(level, styles.fonts, x=x, y=y, radius=baseline, inward=inward)
        shapes.append(Shape(Fill(path, style.color, style.opacity), None))
    return shapes


def _weave(lathe: layout.Lathe) -> Weave:
    return Weave(lathe.waves, lathe.ripples, lathe.lines, lathe.weave)
