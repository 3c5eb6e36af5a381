import math
from itertools import pairwise

import pytest

from core.rendering.painters.paths import (
    Box,
    Point,
    Subpath,
    dashed,
    flattened,
    shortened,
    subpaths,
    upright_box,
)
from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path
from tests.core.rendering.painters.scenes import ellipse, polygon, rectangle


def line(*points: tuple[float, float], closed: bool = False) -> Subpath:
    return Subpath(Point(*points[0]), tuple(LineTo(*point) for point in points[1:]), closed)


def ends(subpath: Subpath) -> tuple[tuple[float, float], ...]:
    return tuple((round(x, 3), round(y, 3)) for x, y in flattened(subpath, tolerance=0.01))


def test_a_path_falls_apart_at_each_move() -> None:
    path = (MoveTo(0, 0), LineTo(1, 0), MoveTo(5, 5), LineTo(6, 5), LineTo(6, 6), Close())
    assert list(subpaths(path)) == [line((0, 0), (1, 0)), line((5, 5), (6, 5), (6, 6), closed=True)]


def test_after_closing_the_pen_stands_where_the_subpath_began() -> None:
    path = (MoveTo(1, 2), LineTo(3, 2), Close(), LineTo(9, 9))
    assert list(subpaths(path))[1] == line((1, 2), (9, 9))


def test_a_move_alone_draws_nothing() -> None:
    assert list(subpaths((MoveTo(1, 1), Close(), MoveTo(2, 2)))) == []


def test_a_rectangle_is_known_in_either_direction_and_with_either_end() -> None:
    box = Box(1, 2, 5, 4)
    assert upright_box(rectangle(1, 2, 4, 2)) == box
    assert upright_box(polygon((5, 4), (5, 2), (1, 2), (1, 4))) == box
    assert upright_box((*rectangle(1, 2, 4, 2)[:-1], LineTo(1, 2), Close())) == box
    assert upright_box(rectangle(1, 2, 4, 2)[:-1]) == box


def test_two_lines_from_corner_to_corner_of_a_rectangle_are_none() -> None:
    first, second, third, fourth = rectangle(1, 2, 4, 2)[:-1]
    assert isinstance(third, LineTo)
    assert upright_box((first, second, third, fourth)) is not None
    assert upright_box((first, second, MoveTo(*third), fourth)) is None


@pytest.mark.parametrize(
    "path",
    [
        polygon((0, 0), (4, 1), (4, 3), (0, 3)),
        polygon((0, 0), (4, 0), (4, 3)),
        ellipse(0, 0, 2, 2),
        rectangle(0, 0, 1, 1) + rectangle(2, 2, 1, 1),
        (),
    ],
)
def test_anything_else_is_not_taken_for_a_rectangle(path: Path) -> None:
    assert upright_box(path) is None


def test_a_flattened_curve_keeps_within_its_tolerance() -> None:
    quarter = next(subpaths((MoveTo(100, 0), *ellipse(0, 0, 100, 100)[1:2])))
    corners = flattened(quarter, tolerance=0.05)
    middles = [((a.x + b.x) / 2, (a.y + b.y) / 2) for a, b in pairwise(corners)]
    assert (
        max(abs(math.hypot(x, y) - 100) for x, y in middles) < 0.08
    )  # the Bézier curve itself strays by 0.03
    assert 10 < len(corners) < 60


def test_dashes_go_on_around_a_corner() -> None:
    corner = line((0, 0), (4, 0), (4, 4))
    assert [ends(dash) for dash in dashed(corner, (3, 2), tolerance=0.01)] == [
        ((0, 0), (3, 0)),
        ((4, 1), (4, 4)),
    ]


def test_an_odd_pattern_turns_over() -> None:
    dashes = dashed(line((0, 0), (10, 0)), (2,), tolerance=0.01)
    assert [ends(dash) for dash in dashes] == [((0, 0), (2, 0)), ((4, 0), (6, 0)), ((8, 0), (10, 0))]


def test_dashes_of_a_closed_line_run_to_its_start() -> None:
    dashes = list(dashed(line((0, 0), (4, 0), (4, 4), (0, 4), closed=True), (15, 0.5), tolerance=0.01))
    assert ends(dashes[0])[-1] == (0, 1)
    assert ends(dashes[1]) == ((0, 0.5), (0, 0))
    assert not any(dash.closed for dash in dashes)


def test_without_a_pattern_a_line_stays_whole() -> None:
    whole = Subpath(Point(0, 0), (CurveTo(1, 1, 2, 2, 3, 3),), closed=True)
    assert list(dashed(whole, (), tolerance=0.01)) == [whole]
    assert list(dashed(whole, (0, 0), tolerance=0.01)) == [whole]


def test_a_long_line_is_cut_where_it_runs_on_and_keeps_its_corners() -> None:
    zigzag = [LineTo(x, (x // 5) % 2 * 9) for x in range(1, 200)]  # level four times out of five
    (whole,) = subpaths((MoveTo(0, 0), *zigzag))
    pieces = list(shortened(whole, most=10))
    assert tuple(segment for piece in pieces for segment in piece.segments) == whole.segments
    assert len(pieces) > 10
    for before, after in pairwise(pieces):
        end = before.segments[-1]
        assert after.start == (end.x, end.y)
        assert before.segments[-2].y == end.y == after.segments[0].y


def test_a_long_closed_line_keeps_the_corner_at_which_it_closes() -> None:
    edge = (*(LineTo(x, 0) for x in range(1, 30)), LineTo(29, 9), LineTo(0, 9))
    (whole,) = subpaths((MoveTo(0, 0), *edge, Close()))
    pieces = list(shortened(whole, most=10))
    assert not any(piece.closed for piece in pieces)
    assert pieces[0].start.y == 0
    assert pieces[0].start.x > 0
    ends = [piece.segments[-1] for piece in pieces]
    assert (ends[-1].x, ends[-1].y) == pieces[0].start
    assert {(end.x, end.y) for end in ends}.isdisjoint({(0, 0), (29, 0), (29, 9), (0, 9)})


def test_a_polygon_is_never_cut() -> None:
    (whole,) = subpaths(polygon(*((math.cos(turn), math.sin(turn)) for turn in range(60))))
    assert list(shortened(whole, most=10)) == [whole]
