"""Glyph runs as text-showing operators (ISO 32000-1, 9.4), so that what is copied is what was written."""

from __future__ import annotations

from typing import Final

from core.rendering.painters.pdf.resources import UsedFont
from core.rendering.painters.pdf.syntax import number, text_string
from core.rendering.scene import Glyph, GlyphRun


def shown(run: GlyphRun, font: UsedFont, *, page_height: float) -> list[str]:
    """The operators that show a run, once font and size are set.

    A glyph that stands alone for its text is copied by way of the font. Where several glyphs stand for a cluster, or one that
    says something else elsewhere, the text goes along as ActualText.
    """
    line = _Line(run, font, page_height)
    font.glyphs.update(glyph.id for glyph in run.glyphs)
    for text, first, last in sorted(run.clusters, key=lambda cluster: cluster.first):
        if last - first == 1 and font.says(run.glyphs[first].id, text):
            line.place(run.glyphs[first])
            continue
        line.operate(f"/Span<</ActualText{text_string(text)}>>BDC")
        for glyph in run.glyphs[first:last]:
            line.place(glyph)
        line.operate("EMC")
    line.flush()
    return line.operators


class _Line:
    """Glyphs being placed. The pen is where a reader's would be, so that rounding never adds up."""

    def __init__(self, run: GlyphRun, font: UsedFont, page_height: float) -> None:
        self.operators: Final[list[str]] = []
        self._widths: Final = font.widths
        self._per_mille: Final = run.size / 1000
        self._page_height: Final = page_height
        self._items: list[str] = []
        self._codes: list[str] = []
        self._pen = 0.0
        self._baseline: float | None = None

    def place(self, glyph: Glyph) -> None:
        baseline = round(self._page_height - glyph.y, 2)
        if baseline != self._baseline:
            self.flush()
            self._pen, self._baseline = round(glyph.x, 2), baseline
            self.operators.append(f"1 0 0 1 {number(glyph.x)} {number(baseline)} Tm")
        elif shift := round((self._pen - glyph.x) / self._per_mille):
            self._end_codes()
            self._items.append(str(shift))
            self._pen -= shift * self._per_mille
        self._codes.append(f"{glyph.id:04X}")
        self._pen += self._widths[glyph.id] * self._per_mille

    def operate(self, operator: str) -> None:
        self.flush()
        self.operators.append(operator)

    def flush(self) -> None:
        self._end_codes()
        if self._items:
            self.operators.append(f"[{''.join(self._items)}]TJ")
            self._items.clear()

    def _end_codes(self) -> None:
        if self._codes:
            self._items.append(f"<{''.join(self._codes)}>")
            self._codes.clear()
