"""Ornament as an engraver's lathe cuts it: guilloches, frames of rules, and the edges of seals.

A guilloche is two strands that swing about each other along a run, each of several lines one phase apart. The run may be
straight, go round in a ring, or round a rectangle. Lengths are points; a path is a function of the numbers given.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from core.rendering.curves import Points, Reals, drawn, fitted
from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path, Segment
from core.rendering.shapes import MM, Matrix, ellipse, line, transformed

MOST_SEGMENTS: Final = 12_000
"""What one guilloche may have: a border of a large sheet in the finest work has half of them."""

TOLERANCE: Final = 0.01 * MM
"""How far a drawn line may be from its formula."""

Corner = Literal["square", "round", "scooped", "notched", "bevelled"]
Edge = Literal["scalloped", "serrated", "plain"]

_TURN: Final = 2 * math.pi
_NEAR_AN_END: Final = 0.01  # of a wave: a crest there is no place to begin another piece
_TIGHTEST: Final = 0.6  # of the depth's half: how sharply a border turns its corners, 1 being a cusp inside
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


class TooFine(ValueError):
    """A pattern of more lines and waves than MOST_SEGMENTS draw."""


class NoRoom(ValueError):
    """An ornament that its box cannot hold."""


class Weave(NamedTuple):
    """How the strands of a guilloche run.

    `waves` swings along the run, each with so many `ripples` and drawn in `lines` phases; `weave` is the swing's share of the
    depth, 0 for one strand that does not swing.
    """

    waves: int
    ripples: int
    lines: int
    weave: float


_Spine = Callable[[Reals], tuple[Points, Points, Reals]]
"""Where a run's middle line is after so many waves: its point, its derivative, its curvature (positive to the right)."""


def band(x: float, y: float, width: float, height: float, weave: Weave) -> Path:
    """A guilloche along the longer side of a box, as deep as the shorter one."""
    upright = height > width
    start = complex(x + width / 2, y) if upright else complex(x, y + height / 2)
    step = np.complex128(complex(0, height) if upright else complex(width)) / weave.waves
    return _guilloche(_straight(start, step), weave, min(width, height) / 2, closed=False)


def rosette(x: float, y: float, width: float, height: float, weave: Weave, hole: float) -> Path:
    """A guilloche in a ring that fills a box; `hole` is the share of the radius that stays empty."""
    radius = max(width, height) / 2
    middle = radius * (1 + hole) / 2

    def spine(wave: Reals) -> tuple[Points, Points, Reals]:
        step = _TURN / weave.waves
        way = np.exp(1j * (step * wave - math.pi / 2))
        return middle * way, middle * step * 1j * way, np.full(wave.shape, 1 / middle)

    round_path = _guilloche(spine, weave, radius * (1 - hole) / 2, closed=True)
    across, down = width / 2 / radius, height / 2 / radius
    return transformed(round_path, Matrix(across, 0, 0, down, x + width / 2, y + height / 2))


def border(x: float, y: float, width: float, height: float, weave: Weave, depth: float) -> Path:
    """A guilloche without end along the inside of a box's edges. `waves` are those of a longer side; all corners are alike."""
    spine = _Round(x + depth / 2, y + depth / 2, width - depth, height - depth, weave.waves, depth / 2)
    return _guilloche(spine, weave._replace(waves=spine.waves), depth / 2, closed=True)


def field(x: float, y: float, width: float, height: float, weave: Weave) -> Path:
    """A box of level lines that draw together and apart as in a relief, `ripples` times from top to bottom: a ground for text.

    At a `weave` of 1 lines just touch where they are nearest.
    """
    _afford(2 * weave.lines * weave.waves)
    swing = weave.weave * height / (_TURN * weave.ripples)
    segments: list[Segment] = []
    for number in range(weave.lines):
        share = number / (weave.lines - 1) if weave.lines > 1 else 0.5
        level, most = y + height * share, swing * math.sin(_TURN * weave.ripples * share)
        if abs(most) < TOLERANCE:
            segments += line(x, level, x + width, level)
        else:
            spine = _straight(complex(x, level), np.complex128(width) / weave.waves)
            segments += _cut(spine, _Strand(1, 0.0, most, -0.25), weave.waves, closed=False)
    return tuple(segments)


class _Strand(NamedTuple):
    """One line of a guilloche: it swings off the spine by `swing` with each wave, and off that by `ripple`, so many times."""

    ripples: int
    swing: float
    ripple: float
    phase: float

    def off(self, wave: Reals) -> tuple[Reals, Reals]:
        """How far it is off the spine, and how fast that grows."""
        slow, quick = _TURN * wave, _TURN * (self.ripples * wave + self.phase)
        off: Reals = self.swing * np.cos(slow) + self.ripple * np.cos(quick)
        change: Reals = -_TURN * (self.swing * np.sin(slow) + self.ripples * self.ripple * np.sin(quick))
        return off, change

    def crests(self) -> Reals:
        """Where in one wave it is farthest to either side: between these, one Bézier mostly follows it."""
        wave = np.linspace(0, 1, 64 * self.ripples + 1)
        _, change = self.off(wave)
        turns = np.flatnonzero((change[:-1] > 0) != (change[1:] > 0))
        if not len(turns):  # swing and ripple cancel out
            return wave[[0, len(wave) // 2]]
        here, there = change[turns], change[turns + 1]
        crests: Reals = wave[turns] + (wave[turns + 1] - wave[turns]) * here / (here - there)
        return crests


def _guilloche(spine: _Spine, weave: Weave, half: float, *, closed: bool) -> Path:
    """Raises TooFine. The lines stay within `half` on both sides of the spine."""
    sides = (1, -1) if weave.weave else (1,)
    swing = half * weave.weave
    _afford(2 * len(sides) * weave.lines * weave.waves * weave.ripples)
    segments: list[Segment] = []
    for side in sides:
        for number in range(weave.lines):
            strand = _Strand(weave.ripples, side * swing, half - swing, number / weave.lines)
            segments += _cut(spine, strand, weave.waves, closed=closed)
            _afford(len(segments))
    return tuple(segments)


def _cut(spine: _Spine, strand: _Strand, waves: int, *, closed: bool) -> Iterator[Segment]:
    def way(wave: Reals) -> tuple[Points, Points]:
        point, ahead, curvature = spine(wave)
        off, change = strand.off(wave)
        aside = 1j * ahead / np.abs(ahead)
        return point + off * aside, ahead * (1 - curvature * off) + change * aside

    knots = np.add.outer(np.arange(waves), strand.crests()).ravel()
    if closed:
        knots = np.append(knots, knots[0] + waves)
    else:
        inner = (knots > _NEAR_AN_END) & (knots < waves - _NEAR_AN_END)
        knots = np.concatenate(([0.0], knots[inner], [float(waves)]))
    return drawn(fitted(way, knots, TOLERANCE), closed=closed)


def _afford(segments: int) -> None:
    if segments > MOST_SEGMENTS:
        raise TooFine(f"its lines have more than {MOST_SEGMENTS:,} segments")


def _straight(start: complex, step: np.complex128) -> _Spine:
    def spine(wave: Reals) -> tuple[Points, Points, Reals]:
        flat = np.zeros(wave.shape)
        return start + step * wave, step + flat, flat

    return spine


def frame(x: float, y: float, width: float, height: float, inset: float, corner: Corner, size: float) -> Path:
    """A rule `inset` from the edges of a box, parallel to the one at the edges, whose corners are `size` large.

    Raises NoRoom where the box is too small for it.
    """
    if min(width, height) <= 2 * max(inset, size if corner != "square" else 0):
        raise NoRoom(f"a box of {width / MM:g} × {height / MM:g} mm has no room for this rule")
    corners = (
        (complex(x, y), 1 + 0j),
        (complex(x + width, y), 1j),
        (complex(x + width, y + height), -1 + 0j),
        (complex(x, y + height), -1j),
    )
    segments: list[Segment] = []
    for place, turn in corners:
        for points in _corner(corner, inset, size):
            numbers = [part for point in points for part in _xy(place + turn * point)]
            if len(points) > 1:
                segments.append(CurveTo(*numbers))
            else:
                segments.append(LineTo(*numbers) if segments else MoveTo(*numbers))
    return (*segments, Close())


def _corner(corner: Corner, inset: float, size: float) -> Sequence[Sequence[complex]]:
    """The top left corner of a box at 0, from its left end to its right one: points of lines, or of curves three by three."""
    d, r = inset, size
    match corner:
        case "square":
            return [[complex(d, d)]]
        case "round":
            near = max(r, d)
            return _arc(complex(near, near), near - d, 180, 270) if near > d else [[complex(d, d)]]
        case "scooped":
            radius = r + d
            lean = math.degrees(math.asin(d / radius)) if d else 0.0
            return _arc(0j, radius, 90 - lean, lean)
        case "notched":
            return [[complex(d, r + d)], [complex(r + d, r + d)], [complex(r + d, d)]]
        case "bevelled":
            reach = r + d * (math.sqrt(2) - 1)
            return [[complex(d, reach)], [complex(reach, d)]]


def _arc(center: complex, radius: float, start: float, end: float) -> Sequence[Sequence[complex]]:
    """A part of a circle, at most a quarter: its first point, then one curve. Degrees from the right, downwards."""
    a, b = cmath.exp(1j * math.radians(start)), cmath.exp(1j * math.radians(end))
    handle = 4j / 3 * math.tan(math.radians(end - start) / 4)
    return [
        [center + radius * a],
        [center + radius * a * (1 + handle), center + radius * b * (1 - handle), center + radius * b],
    ]


def length_of(path: Path) -> float:
    """Of one closed line, as the sum of the chords of short pieces of its curves."""
    length, here, start = 0.0, 0j, 0j
    for segment in path:
        match segment:
            case MoveTo(x, y):
                here = start = complex(x, y)
            case LineTo(x, y):
                length += abs(complex(x, y) - here)
                here = complex(x, y)
            case CurveTo(x1, y1, x2, y2, x, y):
                points = np.array((here, complex(x1, y1), complex(x2, y2), complex(x, y)))
                t = np.linspace(0, 1, 65)[:, None]
                weights = np.concatenate(
                    ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3), axis=1
                )
                length += float(np.abs(np.diff(weights @ points)).sum())
                here = complex(x, y)
            case Close():
                length += abs(start - here)
    return length


def circle(center_x: float, center_y: float, radius: float) -> Path:
    return ellipse(center_x - radius, center_y - radius, 2 * radius, 2 * radius)


def ring(center_x: float, center_y: float, outer: float, inner: float) -> Path:
    """What lies between two circles, to be filled by the even-odd rule."""
    return circle(center_x, center_y, outer) + circle(center_x, center_y, inner)


def seal_edge(center_x: float, center_y: float, radius: float, edge: Edge, teeth: int) -> Path:
    """The outline of a seal, its tips on the circle of that radius."""
    if edge == "plain":
        return circle(center_x, center_y, radius)
    center, step = complex(center_x, center_y), _TURN / teeth
    if edge == "serrated":
        root = radius * (1 - 1.1 * math.sin(step / 2))
        tips = [
            center + (radius if number % 2 else root) * cmath.exp(1j * step * number / 2)
            for number in range(2 * teeth)
        ]
        first, *others = (_xy(tip) for tip in tips)
        return (MoveTo(*first), *(LineTo(*tip) for tip in others), Close())
    # Each scallop is one curve over its chord; its handles are so long that its crown touches the radius.
    low = radius / (1 + 0.42 * step)
    valleys = [low * cmath.exp(1j * step * number) for number in range(teeth + 1)]
    rise = (radius - low * math.cos(step / 2)) * 4 / 3
    segments: list[Segment] = [MoveTo(*_xy(center + valleys[0]))]
    for number in range(teeth):
        here, there = valleys[number], valleys[number + 1]
        up = rise * cmath.exp(1j * step * (number + 0.5))
        points = here + up, there + up, there
        segments.append(CurveTo(*(part for point in points for part in _xy(center + point))))
    return (*segments, Close())


def _xy(point: complex) -> tuple[float, float]:
    return round(point.real, 3), round(point.imag, 3)


class _Round:
    """Round a rectangle, clockwise from the middle of its top left corner, with as many waves on opposite sides.

    Each corner eases into its turn and out of it, so that lines beside it have no kink; so does the pace of the waves.
    """

    def __init__(self, x: float, y: float, width: float, height: float, waves: int, half: float) -> None:
        """`half` is how far lines go to both sides; raises NoRoom where the corners' turns do not fit."""
        self._turn = math.pi * half / _TIGHTEST
        self._reach = _eased(np.array([1.0]), self._turn)[0][0].real
        straights = width - 2 * self._reach, height - 2 * self._reach
        if min(straights) <= 0:
            raise NoRoom(
                f"a border {2 * half / MM:g} mm deep needs a box of {(2 * half + 2 * self._reach) / MM:.1f} mm"
            )
        lengths = [straight + self._turn for straight in straights]
        shares = [max(1, round(waves * length / max(lengths))) for length in lengths]
        self.waves = 2 * sum(shares)
        pace = 2 * sum(lengths) / self.waves
        corners = complex(x, y), complex(x + width, y), complex(x + width, y + height), complex(x, y + height)
        self._sides = [
            (corner, 1j**number, straights[number % 2], lengths[number % 2], shares[number % 2])
            for number, corner in enumerate(corners)
        ]
        self._pace = pace

    def __call__(self, wave: Reals) -> tuple[Points, Points, Reals]:
        point, ahead = np.empty(wave.shape, complex), np.empty(wave.shape, complex)
        curvature = np.empty(wave.shape)
        wave = np.mod(wave, self.waves)
        begun = 0
        for corner, turn, straight, length, waves in self._sides:
            here = (wave >= begun) & (wave < begun + waves)
            way, pace = self._paced(wave[here] - begun, length, waves)
            at, direction, curvature[here] = self._side(way, straight)
            point[here] = corner + turn * at
            ahead[here] = turn * direction * pace
            begun += waves
        return point, ahead, curvature

    def _paced(self, wave: Reals, length: float, waves: int) -> tuple[Reals, Reals]:
        """How far along a side each wave is, and its way per wave, which is the same at all corners."""
        extra = waves - length / self._pace
        share = wave / waves
        for _ in range(6):  # Newton's: the pace differs little over a side
            reached = share * length / self._pace + extra * (share - np.sin(_TURN * share) / _TURN)
            share = share - (reached - wave) / (length / self._pace + extra * (1 - np.cos(_TURN * share)))
        return share * length, length / (length / self._pace + extra * (1 - np.cos(_TURN * share)))

    def _side(self, way: Reals, straight: float) -> tuple[Points, Points, Reals]:
        """From the middle of a corner at 0 to the middle of the next, heading right."""
        half, reach = self._turn / 2, self._reach
        leaving, entering = way < half, way > half + straight
        point = reach + (way - half) + 0j
        ahead, curvature = np.ones(way.shape, complex), np.zeros(way.shape)
        for part, into, start, turn in (
            (leaving, way + half, 1j * reach, -1j),
            (entering, way - half - straight, reach + straight + 0j, 1 + 0j),
        ):
            at, direction, bend = _eased(into[part] / self._turn, self._turn)
            point[part] = start + turn * at
            ahead[part] = turn * direction
            curvature[part] = bend
        return point, ahead, curvature


def _eased(share: Reals, length: float) -> tuple[Points, Points, Reals]:
    """A quarter turn to the right of this length, after a share of it: point, direction, curvature, at most π / length."""
    nodes = share[:, None] * (_NODES + 1) / 2
    point = length * share / 2 * (np.exp(1j * _turned(nodes)) * _WEIGHTS).sum(axis=1)
    bend = math.pi / 2 / length * (1 - np.cos(_TURN * share))
    return point, np.exp(1j * _turned(share)), bend


def _turned(share: Reals) -> Reals:
    return math.pi / 2 * (share - np.sin(_TURN * share) / _TURN)
