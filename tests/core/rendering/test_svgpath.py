from __future__ import annotations

import math

import pytest

from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path
from core.rendering.svgpath import PathSyntaxError, parse_path


def corners(path: Path) -> list[tuple[float, float]]:
    return [
        (round(segment[-2], 4), round(segment[-1], 4)) for segment in path if not isinstance(segment, Close)
    ]


@pytest.mark.parametrize(
    "text, same",
    [
        ("M1 2 L3 4", "m1,2 l2,2"),
        ("M1 2 3 4 5 6", "M1 2 L3 4 L5 6"),
        ("m1 2 3 4 5 6", "M1 2 L4 6 L9 12"),
        ("M0 0H5V6h-5z", "M0 0 L5 0 L5 6 L0 6 Z"),
        ("M0 0 C1 1 2 1 3 0 S5 -1 6 0", "M0 0 C1 1 2 1 3 0 C4 -1 5 -1 6 0"),
        ("M0 0 S5 -1 6 0", "M0 0 C0 0 5 -1 6 0"),
        ("M0 0 Q3 3 6 0", "M0 0 C2 2 4 2 6 0"),
        ("M0 0 Q3 3 6 0 T12 0", "M0 0 Q3 3 6 0 Q9 -3 12 0"),
        ("M0 0Q3,3,6,0t6,0", "M0 0 Q3 3 6 0 T12 0"),
        ("M.5.5-.5-.5", "M0.5 0.5 L-0.5 -0.5"),
        ("M1e1-2E-1", "M10 -0.2"),
        ("M0 0a5 5 0 0110 0", "M0 0 A5 5 0 0 1 10 0"),
        ("M0 0 L5 5 Z L1 0", "M0 0 L5 5 Z M0 0 L1 0"),
        ("M0 0 A0 5 0 0 1 4 4", "M0 0 L4 4"),
    ],
)
def test_the_same_path_can_be_written_in_many_ways(text: str, same: str) -> None:
    first, second = parse_path(text), parse_path(same)
    assert [type(segment) for segment in first] == [type(segment) for segment in second]
    for one, other in zip(first, second, strict=True):
        assert tuple(one) == pytest.approx(tuple(other))


def test_segments_are_those_of_a_scene() -> None:
    assert parse_path("M1 2 L3 4 C5 6 7 8 9 10 Z") == (
        MoveTo(1, 2),
        LineTo(3, 4),
        CurveTo(5, 6, 7, 8, 9, 10),
        Close(),
    )


def along(path: Path) -> list[tuple[float, float]]:
    """Points on the curves of a path."""
    points: list[tuple[float, float]] = []
    x0, y0 = 0.0, 0.0
    for segment in path:
        if isinstance(segment, CurveTo):
            for step in range(11):
                t, u = step / 10, 1 - step / 10
                weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
                xs, ys = (x0, *segment[0::2]), (y0, *segment[1::2])
                points.append(
                    (
                        sum(map(math.prod, zip(weights, xs, strict=True))),
                        sum(map(math.prod, zip(weights, ys, strict=True))),
                    )
                )
        if not isinstance(segment, Close):
            x0, y0 = segment[-2], segment[-1]
    return points


@pytest.mark.parametrize(
    "large, sweep, centre, degrees",
    [(0, 1, (0, 0), 90), (1, 1, (10, 10), 270), (0, 0, (10, 10), 90), (1, 0, (0, 0), 270)],
)
def test_arcs_become_curves_on_the_circle_that_their_flags_choose(
    large: int, sweep: int, centre: tuple[float, float], degrees: int
) -> None:
    path = parse_path(f"M10 0 A10 10 0 {large} {sweep} 0 10")
    points = along(path)
    assert points[-1] == pytest.approx((0, 10))
    assert all(math.dist(point, centre) == pytest.approx(10, abs=0.01) for point in points)
    assert len(path) - 1 == degrees // 90


def test_an_ellipse_may_lie_aslant() -> None:
    path = parse_path("M0 0 A20 10 30 1 1 0.001 0")
    xs, ys = zip(*along(path), strict=True)
    assert max(xs) - min(xs) == pytest.approx(
        2 * math.hypot(20 * math.cos(math.radians(30)), 10 * 0.5), rel=0.01
    )
    assert max(ys) - min(ys) == pytest.approx(
        2 * math.hypot(20 * 0.5, 10 * math.cos(math.radians(30))), rel=0.01
    )


def test_an_arc_that_cannot_reach_grows_until_it_does() -> None:
    path = parse_path("M0 0 A1 1 0 0 1 10 0")
    assert max(math.dist(point, (5, 0)) for point in along(path)) == pytest.approx(5, abs=0.01)


@pytest.mark.parametrize(
    "text, message",
    [
        ("L1 2", "begins with a move"),
        ("M1", "expected a number for 'M' at character 3"),
        ("M1 2 X3 4", "expected a command at character 6, found 'X'"),
        ("M1 2 L3 4,5", "expected a number for 'L'"),
        ("M0 0 A5 5 0 2 1 10 0", "expected a number for 'A'"),
        ("M0 0 Z5", "expected a command"),
        ("12", "expected a command at character 1"),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PathSyntaxError, match=message):
        parse_path(text)


def test_nothing_is_an_empty_path() -> None:
    assert parse_path(" ") == ()
