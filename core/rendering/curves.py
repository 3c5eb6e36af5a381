"""Smooth curves as few cubic Béziers: handles along the curve's own tangents, as long as they must be to keep close to it.

Points are complex numbers, x + iy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path, Segment

Reals = npt.NDArray[np.float64]
Points = npt.NDArray[np.complex128]

_SAMPLES: Final = 12  # of a piece, on which its handles are fitted and its error is measured
_ROUNDS: Final = 4  # of fitting, each after moving the samples to where the Bézier comes nearest to them
_HALVINGS: Final = 6  # of pieces that are not near enough
_DIGITS: Final = 3  # of a point; finer than any device, coarser than what processors differ in

Way = Callable[[Reals], tuple[Points, Points]]
"""Where a curve is at each of some parameters, and its derivative there, which is nowhere zero."""


_Piece = tuple[complex, complex, complex, complex]  # a Bézier: start, handles, end
_Beziers = tuple[Points, Points, Points, Points]  # start, handles, end


class Curve(NamedTuple):
    """Points of n pieces one after the other: each piece's two handles and its end."""

    start: complex
    pieces: Points


def fitted(way: Way, knots: Reals, tolerance: float) -> Curve:
    """The curve through the points of `way` at `knots`, with one Bézier from each to the next, or several where it needs them."""
    ends, beziers, stray = _fitted(way, knots)
    for _ in range(_HALVINGS):
        rough = stray > tolerance
        if not rough.any():
            break
        knots = np.sort(np.concatenate((knots, ((knots[:-1] + knots[1:]) / 2)[rough])))
        ends, beziers, stray = _fitted(way, knots)
    return Curve(complex(ends[0]), np.concatenate(beziers[1:], axis=1))


def _fitted(way: Way, knots: Reals) -> tuple[Points, _Beziers, Reals]:
    """The points at the knots, a Bézier from each to the next, and how far it is off the way."""
    ends, slopes = way(knots)
    tangents = slopes / np.abs(slopes)
    first, last = ends[:-1, None], ends[1:, None]
    out, back = tangents[:-1, None], -tangents[1:, None]
    u = np.broadcast_to(np.arange(1, _SAMPLES) / _SAMPLES, (len(knots) - 1, _SAMPLES - 1)).copy()
    wanted, _ = way(knots[:-1, None] + np.diff(knots)[:, None] * u)
    return ends, *_settled(wanted, u, first, last, out, back)


def _settled(
    wanted: Points, u: Reals, first: Points, last: Points, out: Points, back: Points
) -> tuple[_Beziers, Reals]:
    """Béziers near `wanted`, first taken to be at `u`, then where they come nearest; and by how much they stray."""
    beziers = _nearest(wanted, u, first, last, out, back)
    for _ in range(_ROUNDS):
        off, speed, bend = _off(wanted, u, beziers)
        step = _dot(off, speed) / np.maximum(_dot(speed, speed) + _dot(off, bend), 1e-12)
        u = np.clip(u - step, 0.0, 1.0)
        beziers = _nearest(wanted, u, first, last, out, back)
    off, _, _ = _off(wanted, u, beziers)
    return beziers, np.abs(off).max(axis=1)


def _nearest(wanted: Points, u: Reals, first: Points, last: Points, out: Points, back: Points) -> _Beziers:
    """The Béziers that at `u` are nearest to `wanted`: least squares for the lengths of both handles, piece by piece."""
    s = 1 - u
    near, far = 3 * s * s * u, 3 * s * u * u
    rest = wanted - first * (s**3 + near) - last * (u**3 + far)
    one, two = near * out, far * back
    aa, ab, bb = (_dot(x, y).sum(axis=1) for x, y in ((one, one), (one, two), (two, two)))
    ar, br = _dot(one, rest).sum(axis=1), _dot(two, rest).sum(axis=1)
    whole = aa * bb - ab * ab
    chord = np.abs(last - first)[:, 0]
    sound = whole > 1e-9 * aa * bb  # both handles along one line leave only their sum to choose
    divisor = np.where(sound, whole, 1.0)
    third = chord / 3
    a = np.where(sound, (ar * bb - br * ab) / divisor, third)
    b = np.where(sound, (br * aa - ar * ab) / divisor, third)
    a, b = np.where(a > 0, a, third), np.where(b > 0, b, third)
    return first, first + a[:, None] * out, last + b[:, None] * back, last


def _off(wanted: Points, u: Reals, beziers: _Beziers) -> tuple[Points, Points, Points]:
    """How far Béziers at `u` are from `wanted`, and their first and second derivative there."""
    p, q, r, z = beziers
    s = 1 - u
    at = s**3 * p + 3 * s * s * u * q + 3 * s * u * u * r + u**3 * z
    speed = 3 * (s * s * (q - p) + 2 * s * u * (r - q) + u * u * (z - r))
    bend = 6 * (s * (r - 2 * q + p) + u * (z - 2 * r + q))
    return at - wanted, speed, bend


def _dot(one: Points, two: Points) -> Reals:
    result: Reals = one.real * two.real + one.imag * two.imag
    return result


def drawn(curve: Curve, *, closed: bool) -> Iterator[Segment]:
    """A curve's segments. The end of a closed one is its start."""
    numbers = np.round(curve.pieces.view(np.float64), _DIGITS).tolist()
    start = MoveTo(round(curve.start.real, _DIGITS), round(curve.start.imag, _DIGITS))
    yield start
    if closed:
        numbers[-1][4:] = start
    for piece in numbers:
        yield CurveTo(*piece)
    if closed:
        yield Close()


def simplified(path: Path, tolerance: float) -> Path:
    """A path with fewer segments where several run on as one Bézier that keeps within `tolerance` of them; corners stay."""
    segments: list[Segment] = []
    pen = 0j
    run: list[_Piece] = []
    for segment in path:
        match segment:
            case LineTo(x, y):
                way = complex(x, y) - pen
                run.append((pen, pen + way / 3, pen + 2 * way / 3, pen + way))
            case CurveTo(x1, y1, x2, y2, x, y):
                run.append((pen, complex(x1, y1), complex(x2, y2), complex(x, y)))
            case MoveTo() | Close():
                segments += _joined(run, tolerance)
                segments.append(segment)
                run = []
                if isinstance(segment, MoveTo):
                    pen = complex(*segment)
                continue
        if len(run) > 1 and abs(run[-1][3] - pen) <= tolerance / 4:
            end = run.pop()[3]  # shorter than anybody sees
            run[-1] = (*run[-1][:3], end)
        pen = run[-1][3]
    segments += _joined(run, tolerance)
    return tuple(segments)


def _joined(run: list[_Piece], tolerance: float) -> Iterator[Segment]:
    first = 0
    while first < len(run):
        last = first
        found = run[first]
        while last + 1 < len(run) and _runs_on(run[last], run[last + 1]):
            one = _one_for(run[first : last + 2], tolerance)
            if one is None:
                break
            found, last = one, last + 1
        first = last + 1
        yield _line_or_curve(found, tolerance)


def _one_for(pieces: Sequence[_Piece], tolerance: float) -> _Piece | None:
    """One Bézier for pieces that run on into each other, None where none is near enough."""
    t = np.linspace(0, 1, 9)[:-1]
    s = 1 - t
    points = np.concatenate(
        [s**3 * p + 3 * s * s * t * q + 3 * s * t * t * r + t**3 * z for p, q, r, z in pieces]
        + [[pieces[-1][3]]]
    )
    way = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(points)))))
    u = (way / way[-1])[None, 1:-1]
    first, last = np.array([[points[0]]]), np.array([[points[-1]]])
    out, back = np.array([[_direction(pieces[0])]]), -np.array([[_direction(pieces[-1], at_end=True)]])
    beziers, stray = _settled(points[None, 1:-1], u, first, last, out, back)
    if stray[0] > tolerance:
        return None
    p, q, r, z = (complex(part[0, 0]) for part in beziers)
    return p, q, r, z


def _direction(piece: _Piece, *, at_end: bool = False) -> complex:
    p, q, r, z = piece
    ways = (z - r, z - q, z - p) if at_end else (q - p, r - p, z - p)
    way = next((way for way in ways if abs(way) > 1e-9), 1 + 0j)
    return way / abs(way)


def _runs_on(piece: _Piece, after: _Piece) -> bool:
    turn = _direction(after) / _direction(piece, at_end=True)
    return turn.real > 0 and abs(turn.imag) < 0.035  # two degrees


def _line_or_curve(piece: _Piece, tolerance: float) -> Segment:
    p, q, r, z = piece
    chord = z - p
    aside = max(abs(((q - p) / chord).imag), abs(((r - p) / chord).imag)) * abs(chord) if chord else 0.0
    if aside <= tolerance / 4:
        return LineTo(z.real, z.imag)
    return CurveTo(q.real, q.imag, r.real, r.imag, z.real, z.imag)
