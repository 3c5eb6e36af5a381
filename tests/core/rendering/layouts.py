"""Small layouts to compose, and what to ask of the scenes that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from core.rendering.compose import PreparedLayout, prepare
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.scene import GlyphRun, ImageSource, Mark, Scene, ScenePage
from core.rendering.shapes import MM
from core.rendering.values import FormatAmount, Value, plain_amount
from core.settings import ROOT

M = TypeVar("M", bound=Mark)

STYLES = {
    "text": {"face": "sans", "size": 10, "leading": 1.2},
    "bold": {"based_on": "text", "weight": "bold"},
    "serif": {"face": "serif", "size": 10, "leading": 1.2},
    "name": {"face": "script", "size": 40},
}

COLUMNS = [
    {"header": "No.", "text": "{row}", "width": 10},
    {"header": "Client", "text": "{client}", "width": 60},
    {"header": "Amount", "text": "{amount}", "width": 30, "align": "end"},
]
LOOK = {"row_style": "text", "header_style": "bold", "padding_x": 1, "padding_y": 1}


@cache
def fonts() -> FontLibrary:
    return FontLibrary.open(ROOT / "fonts")


def layout_of(**parts: object) -> Layout:
    """A page of 120 × 70 mm with these parts."""
    page = {"width": 120, "height": 70}
    return Layout.model_validate({"page": page, "styles": STYLES, **parts})


def side_of(
    *elements: Mapping[str, object],
    assets: Mapping[str, ImageSource] | None = None,
    styles: Mapping[str, object] | None = None,
    **parts: object,
) -> PreparedLayout:
    """One page with these elements. `styles` are added to those that all these layouts have."""
    source = layout_of(sides=[{"elements": elements}], styles={**STYLES, **(styles or {})}, **parts)
    return prepare(source, fonts=fonts(), assets=assets or {})


def flow_of(
    *blocks: Mapping[str, object],
    first: Mapping[str, float] | None = None,
    later: Mapping[str, float] | None = None,
    format_amount: FormatAmount = plain_amount,
    language: str = "en",
    **parts: object,
) -> PreparedLayout:
    """Blocks in frames of 100 × 50 mm with a margin of 10 mm."""
    frame = {"x": 10, "y": 10, "width": 100, "height": 50}
    flow = {"first": {**frame, **(first or {})}, "later": {**frame, **(later or {})}, "blocks": blocks}
    source = layout_of(flow=flow, **parts)
    return prepare(source, fonts=fonts(), assets={}, language=language, format_amount=format_amount)


def text_box(text: str | None = None, **options: object) -> dict[str, Any]:
    """A text in a box of 100 × 20 mm."""
    place = {"x": 10, "y": 10, "width": 100, "height": 20}
    return {"type": "text", "text": text, "style": "text", **place, **options}


def paragraph(text: str, **options: object) -> dict[str, Any]:
    return {"type": "paragraph", "text": text, "style": "text", **options}


def marks_of(scene: Scene | ScenePage, kind: type[M]) -> list[M]:
    pages = scene.pages if isinstance(scene, Scene) else (scene,)
    return [mark for page in pages for mark in page.marks if isinstance(mark, kind)]


def runs_of(scene: Scene | ScenePage) -> list[GlyphRun]:
    return marks_of(scene, GlyphRun)


def lines_of(scene: Scene | ScenePage) -> list[str]:
    """The text of each line, from top to bottom, page by page; what stands side by side is parted by ` | `."""
    lines: list[str] = []
    for page in scene.pages if isinstance(scene, Scene) else (scene,):
        by_height: dict[float, list[GlyphRun]] = {}
        for run in runs_of(page):
            by_height.setdefault(round(baseline_of(run), 2), []).append(run)
        for height in sorted(by_height):
            lines.append(" | ".join(_joined(by_height[height])))
    return lines


def _joined(runs: Sequence[GlyphRun]) -> list[str]:
    """The texts of runs on one line, those that touch as one."""
    texts: list[str] = []
    end = None
    for run in runs:
        left, right = extent_of(run)
        if end is not None and abs(left - end) < 0.1:
            texts[-1] += run.text
        else:
            texts.append(run.text)
        end = right
    return texts


def baseline_of(run: GlyphRun) -> float:
    """Most glyphs stand on it; marks may be above or below."""
    heights = [glyph.y for glyph in run.glyphs]
    return max(set(heights), key=heights.count)


def extent_of(run: GlyphRun) -> tuple[float, float]:
    """From where to where its glyphs reach, in points."""
    return run.glyphs[0].x, run.glyphs[-1].x + run.glyphs[-1].advance


def in_mm(points: float) -> float:
    return points / MM


def table(**options: object) -> dict[str, Any]:
    return {"type": "table", "rows_from": "rows", "columns": COLUMNS, "look": LOOK, **options}


def visits(count: int) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"client": f"Client {number}", "amount": f"₹{number}.50", "amount.value": f"{number}.5"}
        for number in range(1, count + 1)
    )


def rows(*texts: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    return texts


def composed(prepared: PreparedLayout, **values: Value) -> Scene:
    """Composed with values whose names have no dot."""
    return prepared.compose(values)
