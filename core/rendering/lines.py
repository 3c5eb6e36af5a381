"""Lines of text: what stands on one, and where each of its glyphs goes, in the order in which the eye meets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from core.rendering.bidi import visual_order
from core.rendering.layout import Align
from core.rendering.scene import GlyphRun, Part, Tag, Word
from core.rendering.shaping import ShapedRun, ShapedWord
from core.rendering.styles import TextStyle

Side = Literal["left", "center", "right", "justify"]

_HAIR: Final = 0.03  # ems between the signs of two lines
_WIDEST_GAP: Final = 1.1  # ems that justification may add to a space; a line that needs more stays ragged


class Token(NamedTuple):
    """What no line break parts: words in their styles, and the space after them if the line goes on.

    Widths are points at the styles' full sizes.
    """

    parts: tuple[tuple[ShapedWord, TextStyle], ...]
    width: float
    hanging: float
    """The tracking after its last letter, which is no part of a line that ends here."""
    space: tuple[ShapedRun, TextStyle] | None
    space_width: float
    breakable: bool


class SetRun(NamedTuple):
    """A stretch of a line in one face, style and direction: its words as seen, each with its way from the line's start in
    points at full size."""

    scale: float
    style: TextStyle
    words: tuple[tuple[float, Word], ...]


@dataclass(slots=True, eq=False)
class Line:
    """Tokens on one line. `base` is 1 where it reads from right to left; `width` is in points at full size.

    Once set it remembers how, since lines that come again are set again.
    """

    tokens: Sequence[Token]
    base: int
    width: float
    ends_paragraph: bool
    is_ascii: bool = False
    """Whether all of it surely is in its styles' first faces."""
    _kept: tuple[float, tuple[SetRun, ...]] | None = None
    _tallest: TextStyle | None = None

    def runs(self, stretch: float) -> tuple[SetRun, ...]:
        """Its text as set, `stretch` points added to each gap between words."""
        kept = self._kept
        if kept is None or kept[0] != stretch:
            plain = _plainly_set(self, stretch)
            kept = self._kept = (stretch, (plain,) if plain else _set(_pieces(self), stretch))
        return kept[1]

    def tallest(self, otherwise: TextStyle) -> TextStyle:
        """The style that gives it its height: its largest; `otherwise` where it has no text."""
        tallest = self._tallest
        if tallest is None:
            for token in self.tokens:
                for _, style in token.parts:
                    if tallest is None or style.size > tallest.size:
                        tallest = style
            self._tallest = tallest
        return tallest or otherwise

    def reach(self) -> tuple[float, float] | None:
        """How far above and below its baseline its letters reach, in points at full size.

        None where all of them are of its styles' first faces, whose signs have the room that a leading leaves.
        """
        if self.is_ascii:
            return None
        top = bottom = 0.0
        for token in self.tokens:
            for word, style in token.parts:
                for run in word.runs:
                    if run.word.face != style.shaper.first_face:
                        above, below = style.shaper.reach(run)
                        top = max(top, above * style.size)
                        bottom = max(bottom, below * style.size)
        return (top, bottom) if top or bottom else None


def crowding(lines: Sequence[Line], otherwise: TextStyle) -> float:
    """By how much lines must stand further apart than their leading says, in points at full size, lest signs below the
    letters of one touch those above the letters of the next."""
    missing = 0.0
    for line, following in pairwise(lines):
        upper, lower = line.reach(), following.reach()
        if upper or lower:
            style = following.tallest(otherwise)
            below = upper[1] if upper else style.depth * style.size
            above = lower[0] if lower else style.cap_height * style.size
            missing = max(missing, below + above + _HAIR * style.size - style.line_height)
    return missing


def width_of(tokens: Sequence[Token]) -> float:
    """Of tokens on a line of their own, in points at full size."""
    if not tokens:
        return 0.0
    inner = sum([token.width + token.space_width for token in tokens])
    return inner - tokens[-1].space_width - tokens[-1].hanging


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
    line: Line,
    left: float,
    baseline: float,
    width: float,
    side: Side,
    marks: list[Part],
    factor: float = 1.0,
    tag: Tag | None = None,
) -> None:
    """Add a line's glyph runs, set between `left` and `left + width`, its type `factor` times its styles' sizes.

    The runs are added in reading order, whatever their order on the line. With `justify`, what can't be stretched, as the
    last line of a paragraph, begins where its reader begins.
    """
    slack = width - line.width * factor
    stretch = 0.0
    if side == "justify":
        stretch = 0.0 if line.ends_paragraph else _stretch(line, slack, factor)
        side = "right" if line.base and not stretch else "left"
    if side == "center":
        left += slack / 2
    elif side == "right":
        left += slack
    for scale, style, words in line.runs(stretch / factor):
        placed = words if factor == 1.0 else tuple([(x * factor, word) for x, word in words])
        size = style.size * factor * scale
        marks.append(GlyphRun(size, style.color, left, baseline, placed, style.opacity, tag))


def _stretch(line: Line, slack: float, factor: float) -> float:
    """What each gap of a justified line grows by, in points."""
    spaces = sum(1 for token in line.tokens[:-1] if token.space is not None)
    if spaces == 0 or slack <= 0:
        return 0.0
    stretch = slack / spaces
    return stretch if stretch <= _WIDEST_GAP * line.tokens[0].parts[0][1].size * factor else 0.0


class _Piece(NamedTuple):
    run: ShapedRun
    style: TextStyle
    is_space: bool


def _plainly_set(line: Line, stretch: float) -> SetRun | None:
    """A line all of whose words are of one face and style and run from left to right; None if it is not such a one."""
    if line.base or not line.tokens:
        return None
    ((word, style), *_) = line.tokens[0].parts
    own = word.runs[0]
    words: list[tuple[float, Word]] = []
    x = 0.0
    for parts, width, _, space, space_width, _ in line.tokens:
        ((word, other), *others) = parts
        run = word.runs[0]
        if others or other is not style or len(word.runs) > 1 or run.level or not _goes_with(run, own):
            return None
        words.append((x, run.word))
        x += width
        if space is not None:
            gap, other = space
            if other is not style or gap.level or not _goes_with(gap, own):
                return None
            words.append((x, gap.word))
            x += space_width + stretch
    if line.tokens[-1].space is not None:
        words.pop()
    return SetRun(own.scale, style, tuple(words))


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


def _set(pieces: list[_Piece], stretch: float) -> tuple[SetRun, ...]:
    """Pieces one after the other as they are seen, in runs of one face, style and direction in the order they are read."""
    levels = [piece.run.level for piece in pieces]
    mixed = any(levels)
    found: list[tuple[int, SetRun]] = []
    words: list[tuple[float, Word]] = []
    first = 0
    x = 0.0
    own: ShapedRun | None = None
    own_style: TextStyle | None = None
    for index in visual_order(levels) if mixed else range(len(pieces)):
        run, style, is_space = pieces[index]
        if own is None or own_style is None or style is not own_style or not _goes_with(run, own):
            if own is not None and own_style is not None:
                found.append((first, SetRun(own.scale, own_style, tuple(words))))
            own, own_style, words, first = run, style, [], index
        first = min(first, index)
        words.append((x, run.word))
        x += run.width * style.size + (stretch if is_space else 0.0)
    if own is not None and own_style is not None:
        found.append((first, SetRun(own.scale, own_style, tuple(words))))
    if mixed:
        found.sort(key=itemgetter(0))
    return tuple([run for _, run in found])


def _goes_with(run: ShapedRun, other: ShapedRun) -> bool:
    return run.word.face == other.word.face and run.scale == other.scale and run.level == other.level
