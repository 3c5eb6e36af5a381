"""Smooth curves as few cubic Béziers: handles along the curve's own tangents, as long as they must be to keep close to it.

Points are complex numbers, x + iy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.rendering.scene import Close, CurveTo, MoveTo, Segment

Reals = npt.NDArray[np.float64]
Points = npt.NDArray[np.complex128]

_SAMPLES: Final = 12  # of a piece, on which its handles are fitted and its error is measured
_ROUNDS: Final = 4  # of fitting, each after moving the samples to where the Bézier comes nearest to them
_DIGITS: Final = 3  # of a point; finer than any device, coarser than what processors differ in


Way = Callable[[Reals], tuple[Points, Points]]
"""Where a curve is at each of some parameters, and its derivative there, which is nowhere zero."""


_Beziers = tuple[Points, Points, Points, Points]  # start, handles, end


class Curve(NamedTuple):
    """Points of n pieces one after the other: each piece's two handles and its end. `stray` is how far it is off the way."""

    start: complex
    pieces: Points
    stray: float


def fitted(way: Way, knots: Reals) -> Curve:
    """The curve through the points of `way` at `knots`, with one Bézier from each to the next."""
    ends, slopes = way(knots)
    tangents = slopes / np.abs(slopes)
    first, last = ends[:-1, None], ends[1:, None]
    out, back = tangents[:-1, None], -tangents[1:, None]
    u = np.broadcast_to(np.arange(1, _SAMPLES) / _SAMPLES, (len(knots) - 1, _SAMPLES - 1)).copy()
    wanted, _ = way(knots[:-1, None] + np.diff(knots)[:, None] * u)
    beziers = _nearest(wanted, u, first, last, out, back)
    for _ in range(_ROUNDS):
        off, speed, bend = _off(wanted, u, beziers)
        step = _dot(off, speed) / np.maximum(_dot(speed, speed) + _dot(off, bend), 1e-12)
        u = np.clip(u - step, 0.0, 1.0)
        beziers = _nearest(wanted, u, first, last, out, back)
    off, _, _ = _off(wanted, u, beziers)
    return Curve(complex(ends[0]), np.concatenate(beziers[1:], axis=1), float(np.abs(off).max()))


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
