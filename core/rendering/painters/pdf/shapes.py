"""Glyphs as paths, where a glyph is to be seen and not to be read."""

from __future__ import annotations

from core.rendering.fonts import Face
from core.rendering.outlines import bent, outline
from core.rendering.scene import Glyph, Path


def glyph_path(glyph: Glyph, face: Face, *, size: float) -> Path:
    """A glyph's outline where the glyph stands."""
    scale = size / face.units_per_em

    def place(x: float, y: float) -> tuple[float, float]:
        return glyph.x + x * scale, glyph.y - y * scale

    return bent(outline(face, glyph.id), place, lines_too=False)
