"""Paths taken apart: subpaths, straight pieces, dashes. Lengths are whatever the path's are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, pairwise
from typing import NamedTuple, TypeGuard

from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path


class Point(NamedTuple):
    x: float
    y: float


class Subpath(NamedTuple):
    """One unbroken line. A closed one comes back to its start by itself."""

    start: Point
    segments: tuple[LineTo | CurveTo, ...]
    closed: bool


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


def subpaths(path: Path) -> Iterator[Subpath]:
    """The subpaths that draw something. After `Close` the pen stands at the subpath's start, as in PDF."""
    start = Point(0.0, 0.0)
    segments: list[LineTo | CurveTo] = []
    for segment in path:
        match segment:
            case MoveTo(x, y):
                if segments:
                    yield Subpath(start, tuple(segments), closed=False)
                start, segments = Point(x, y), []
            case Close():
                if segments:
                    yield Subpath(start, tuple(segments), closed=True)
                segments = []
            case _:
                segments.append(segment)
    if segments:
        yield Subpath(start, tuple(segments), closed=False)


def upright_box(path: Path) -> Box | None:
    """The rectangle that a path draws, if that is all it draws and its sides are upright."""
    return _box_of(path, tuple(map(type, path))) if 4 <= len(path) <= 6 else None


@lru_cache(maxsize=512)
def _box_of(path: Path, _kinds: tuple[type, ...]) -> Box | None:
    """What it is kept by has the kinds of its segments, too: a MoveTo is equal to a LineTo to the same place."""
    if not isinstance(path[0], MoveTo):
        return None
    middle = path[1:-1] if isinstance(path[-1], Close) else path[1:]
    if not _all_lines(middle):
        return None
    corners = [Point(path[0].x, path[0].y), *(Point(line.x, line.y) for line in middle)]
    if len(corners) == 5 and corners[4] == corners[0]:
        corners.pop()
    if len(corners) != 4:
        return None
    first, second, third, fourth = corners
    lying = first.y == second.y and second.x == third.x and third.y == fourth.y and fourth.x == first.x
    standing = first.x == second.x and second.y == third.y and third.x == fourth.x and fourth.y == first.y
    if not (lying or standing):
        return None
    return Box(min(first.x, third.x), min(first.y, third.y), max(first.x, third.x), max(first.y, third.y))


def shortened(subpath: Subpath, *, most: int = 24) -> Iterator[Subpath]:
    """A line in pieces of `most` segments or a few more, cut only where it runs on straight, so that no corner loses its join."""
    start, segments, closed = subpath
    if len(segments) <= most:
        yield subpath
        return
    if closed and _end(segments[-1]) != start:
        segments = (*segments, LineTo(*start))
    ends = [start, *map(_end, segments)]
    smooth = [
        index
        for index in range(1, len(segments))
        if _run_on(ends[index - 1], segments[index - 1], segments[index])
    ]
    if closed and not _run_on(ends[-2], segments[-1], segments[0]):
        if not smooth:
            yield subpath
            return
        turn = smooth[0]
        segments = segments[turn:] + segments[:turn]
        ends = [*ends[turn:], *ends[1 : turn + 1]]
        smooth = [index - turn for index in smooth[1:]]
    first = 0
    for cut in (*smooth, len(segments)):
        if cut - first >= most or cut == len(segments):
            yield Subpath(ends[first], segments[first:cut], closed=False)
            first = cut


def _end(segment: LineTo | CurveTo) -> Point:
    return Point(segment.x, segment.y)


def _run_on(start: Point, segment: LineTo | CurveTo, after: LineTo | CurveTo) -> bool:
    """Whether a segment's last direction is the first one of the segment after it, within a degree or so."""
    end = _end(segment)
    before = start if isinstance(segment, LineTo) else Point(segment.x2, segment.y2)
    then = _end(after) if isinstance(after, LineTo) else Point(after.x1, after.y1)
    x1, y1, x2, y2 = end.x - before.x, end.y - before.y, then.x - end.x, then.y - end.y
    return x1 * x2 + y1 * y2 > 0 and abs(x1 * y2 - x2 * y1) <= 0.02 * (x1 * x2 + y1 * y2)


def rule(subpath: Subpath, width: float) -> Box | None:
    """The rectangle that a level or upright straight line is, drawn `width` wide and with blunt ends."""
    if subpath.closed or len(subpath.segments) != 1 or not isinstance(subpath.segments[0], LineTo):
        return None
    (x1, y1), (x2, y2), half = subpath.start, subpath.segments[0], width / 2
    if y1 == y2:
        return Box(min(x1, x2), y1 - half, max(x1, x2), y1 + half)
    if x1 == x2:
        return Box(x1 - half, min(y1, y2), x1 + half, max(y1, y2))
    return None


def dashed(subpath: Subpath, dash: tuple[float, ...], *, tolerance: float) -> Iterator[Subpath]:
    """The dashes of a line: lengths on and off in turn, beginning anew (and on) with each subpath, as in PDF.

    Curves become straight pieces that keep within `tolerance` of them.
    """
    if not dash or sum(dash) <= 0:
        yield subpath
        return
    lengths = cycle(dash)
    left, on = next(lengths), True
    corners = flattened(subpath, tolerance=tolerance)
    run = [corners[0]]
    for here, there in pairwise(corners):
        length = math.hypot(there.x - here.x, there.y - here.y)
        done = 0.0
        while length - done > left:
            done += left
            share = done / length
            cut = Point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share)
            if on:
                yield _polyline([*run, cut])
            run, on, left = [cut], not on, next(lengths)
        left -= length - done
        run.append(there)
    if on and len(run) > 1:
        yield _polyline(run)


def flattened(subpath: Subpath, *, tolerance: float) -> list[Point]:
    """The corners of straight pieces that keep within `tolerance` of the line; a closed one ends where it starts."""
    corners = [subpath.start]
    for segment in subpath.segments:
        match segment:
            case LineTo(x, y):
                corners.append(Point(x, y))
            case CurveTo():
                corners.extend(_along(corners[-1], segment, tolerance))
    if subpath.closed and corners[-1] != corners[0]:
        corners.append(corners[0])
    return corners


def _along(start: Point, curve: CurveTo, tolerance: float) -> Iterator[Point]:
    """Points of a curve. Its second derivative is at most 6 × `bend`, and a chord over 1/n of it strays by 1/(8 n²) of that."""
    x1, y1, x2, y2, x3, y3 = curve
    bend = max(
        math.hypot(start.x - 2 * x1 + x2, start.y - 2 * y1 + y2),
        math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3),
    )
    pieces = max(1, math.ceil(math.sqrt(0.75 * bend / tolerance)))
    for piece in range(1, pieces):
        t = piece / pieces
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        yield Point(a * start.x + b * x1 + c * x2 + d * x3, a * start.y + b * y1 + c * y2 + d * y3)
    yield Point(x3, y3)


def _polyline(corners: list[Point]) -> Subpath:
    return Subpath(corners[0], tuple(LineTo(x, y) for x, y in corners[1:]), closed=False)


def _all_lines(segments: Path) -> TypeGuard[tuple[LineTo, ...]]:
    return all(isinstance(segment, LineTo) for segment in segments)
