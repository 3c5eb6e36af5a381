"""Setting a line: where each glyph stands, in the order in which the eye meets them."""

from __future__ import annotations

from operator import itemgetter
from typing import Final, Literal, NamedTuple

from core.rendering.bidi import visual_order
from core.rendering.layout import Align
from core.rendering.paragraphs import Line
from core.rendering.scene import Cluster, Glyph, GlyphRun, Mark
from core.rendering.shaping import ShapedRun
from core.rendering.styles import TextStyle

_WIDEST_GAP: Final = 1.1  # ems that justification may add to a space; a line that needs more stays ragged


Side = Literal["left", "center", "right", "justify"]


class _Piece(NamedTuple):
    run: ShapedRun
    style: TextStyle
    is_space: bool


def side_of(align: Align, *, right_to_left: bool) -> Side:
    """Where `start` and `end` are, for a reader of that direction."""
    match align:
        case "start":
            return "right" if right_to_left else "left"
        case "end":
            return "left" if right_to_left else "right"
        case other:
            return other


def set_line(
    line: Line, left: float, baseline: float, width: float, side: Side, marks: list[Mark], factor: float = 1.0
) -> None:
    """Add a line's glyph runs, set between `left` and `left + width`, its type `factor` times its styles' sizes.

    With `justify`, what can't be stretched, as the last line of a paragraph, begins where its reader begins.
    """
    if not line.tokens:
        return
    slack = width - line.width * factor
    stretch = 0.0
    if side == "justify":
        stretch = 0.0 if line.ends_paragraph else _stretch(line, slack, factor)
        side = "right" if line.base and not stretch else "left"
    if side == "center":
        left += slack / 2
    elif side == "right":
        left += slack
    _place(_pieces(line), left, baseline, factor, stretch, marks)


def _stretch(line: Line, slack: float, factor: float) -> float:
    spaces = sum(1 for token in line.tokens[:-1] if token.space is not None)
    if spaces == 0 or slack <= 0:
        return 0.0
    stretch = slack / spaces
    return stretch if stretch <= _WIDEST_GAP * line.tokens[0].parts[0][1].size * factor else 0.0


def _pieces(line: Line) -> list[_Piece]:
    """Words and spaces in reading order; the space after the last word is not set."""
    pieces: list[_Piece] = []
    for token in line.tokens:
        for word, style in token.parts:
            pieces.extend([_Piece(run, style, False) for run in word.runs])
        if token.space is not None:
            pieces.append(_Piece(*token.space, True))
    if pieces and pieces[-1].is_space:
        pieces.pop()
    return pieces


def _place(
    pieces: list[_Piece], x: float, baseline: float, factor: float, stretch: float, marks: list[Mark]
) -> None:
    """Set pieces one after the other and add a glyph run for each stretch of one face, size, colour and direction.

    The runs are added in reading order, whatever their order on the line.
    """
    levels = [piece.run.level for piece in pieces]
    mixed = any(levels)
    found: list[tuple[int, GlyphRun]] = []
    gathered = _Gathering()
    previous: tuple[str, float, TextStyle, int] | None = None
    first = 0
    for index in visual_order(levels) if mixed else range(len(pieces)):
        run, style, is_space = pieces[index]
        key = (run.face, run.scale, style, run.level)
        if key != previous:
            if previous is not None:
                found.append((first, gathered.run(previous, factor)))
                gathered = _Gathering()
            first = index
        first = min(first, index)
        previous = key
        x = gathered.add(run, x, baseline, style.size * factor, stretch if is_space else 0.0)
    if previous is not None:
        found.append((first, gathered.run(previous, factor)))
    if mixed:
        found.sort(key=itemgetter(0))
    marks.extend([run for _, run in found])


class _Gathering:
    """A glyph run in the making."""

    __slots__ = ("clusters", "glyphs", "texts")

    def __init__(self) -> None:
        self.glyphs: list[Glyph] = []
        self.clusters: list[tuple[Cluster, ...]] = []
        self.texts: list[str] = []

    def add(self, run: ShapedRun, x: float, baseline: float, size: float, stretch: float) -> float:
        """Add a piece at `x`; where the next one starts is the answer."""
        offset = len(self.glyphs)
        if stretch:
            gap = (run.width * size + stretch) / len(run.glyphs)
            self.glyphs.extend(
                [Glyph(glyph, x + gap * index, baseline, gap) for index, (glyph, *_) in enumerate(run.glyphs)]
            )
        else:
            self.glyphs.extend(
                [
                    Glyph(glyph, x + dx * size, baseline - dy * size, way * size)
                    for glyph, dx, dy, way in run.glyphs
                ]
            )
        if offset:
            clusters = tuple(
                [Cluster(text, first + offset, last + offset) for text, first, last in run.clusters]
            )
        else:
            clusters = run.clusters
        self.clusters.append(clusters)
        self.texts.append(run.text)
        return x + run.width * size + stretch

    def run(self, key: tuple[str, float, TextStyle, int], factor: float) -> GlyphRun:
        face, scale, style, level = key
        right_to_left = level % 2 == 1
        if right_to_left:  # pieces were added as seen, from left to right
            self.clusters.reverse()
            self.texts.reverse()
        return GlyphRun(
            face=face,
            size=style.size * factor * scale,
            color=style.color,
            text="".join(self.texts),
            glyphs=tuple(self.glyphs),
            clusters=tuple([cluster for clusters in self.clusters for cluster in clusters]),
            right_to_left=right_to_left,
            opacity=style.opacity,
        )
