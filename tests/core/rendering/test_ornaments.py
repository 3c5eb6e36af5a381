"""Ornaments are what their formulas say, where they are told to be, the same every time, and never without bound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.rendering import layout
from core.rendering.curves import Points, Reals, drawn, fitted
from core.rendering.engraving import guilloche_path
from core.rendering.ornaments import (
    MOST_SEGMENTS,
    TOLERANCE,
    NoRoom,
    TooFine,
    Weave,
    border,
    field,
    frame,
    length_of,
    rosette,
    seal_edge,
)
from core.rendering.painters import paint_page, paint_pdf
from core.rendering.scene import (
    Close,
    CurveTo,
    Fill,
    GlyphRun,
    LineTo,
    MoveTo,
    Path,
    Scene,
    ScenePage,
    Stroke,
)
from core.rendering.shapes import MM
from tests.core.rendering.layouts import fonts, marks_of, side_of
from tests.core.rendering.painters.comparison import (
    BLOCK_TOLERANCE,
    blocks,
    blurred,
    difference,
    drawn_by_pdfium,
)
from tests.core.rendering.painters.comparison import (
    TOLERANCE as PIXEL_TOLERANCE,
)
from tests.core.rendering.painters.scenes import METADATA
from tests.core.rendering.test_checks import element_faults

FORMS = ("border", "band", "rosette", "field")
STYLES = {"cut": {"face": "display", "weight": "bold", "size": 7, "capitals": "upper", "color": "#604010"}}


def guilloche(**options: object) -> dict[str, Any]:
    box = {"x": 10, "y": 10, "width": 100, "height": 50, "stroke": "#8a6839", "waves": 8}
    return {"type": "guilloche", "form": "border", **box, **options}


def seal(**options: object) -> dict[str, Any]:
    place = {
        "type": "seal",
        "x": 40,
        "y": 15,
        "size": 40,
        "stroke": "#604010",
        "fill": "#e0c890",
        "style": "cut",
    }
    return {**place, "text": "Certified Spa Therapist", "foot": "Trained & Examined", **options}


def frame_of(**options: object) -> dict[str, Any]:
    rules = [{"width": 1}, {"inset": 1.5, "width": 0.3}, {"inset": 3, "width": 1, "beads": 1.5}]
    box = {"x": 10, "y": 10, "width": 100, "height": 50, "stroke": "#8a6839", "corner_size": 5}
    return {"type": "border", "rules": rules, **box, **options}


def page_of(*elements: Mapping[str, object]) -> ScenePage:
    """Of whole pixels at 150 dpi."""
    page = {"width": 127, "height": 76.2}
    return side_of(*elements, styles=STYLES, page=page).compose({}).pages[0]


def path_of(**options: object) -> Path:
    return guilloche_path(layout.Guilloche.model_validate(guilloche(**options)))


def points_of(path: Path, pieces: int = 16) -> Points:
    """Points along a path, close to each other."""
    found: list[complex] = []
    here = 0j
    for segment in path:
        match segment:
            case MoveTo(x, y) | LineTo(x, y):
                here = complex(x, y)
                found.append(here)
            case CurveTo(x1, y1, x2, y2, x, y):
                a, b, c = complex(x1, y1), complex(x2, y2), complex(x, y)
                for t in (step / pieces for step in range(1, pieces + 1)):
                    s = 1 - t
                    found.append(s**3 * here + 3 * s * s * t * a + 3 * s * t * t * b + t**3 * c)
                here = c
            case Close():
                pass
    return np.array(found)


def subpaths_of(path: Path) -> Iterator[Path]:
    starts = [index for index, segment in enumerate(path) if isinstance(segment, MoveTo)]
    return (path[begin:end] for begin, end in pairwise([*starts, len(path)]))


def turns_of(path: Path) -> list[float]:
    """By how many radians a path's direction changes where its curves meet."""
    turns = []
    for one, other in pairwise(segment for segment in path if isinstance(segment, CurveTo)):
        into, out = complex(one.x - one.x2, one.y - one.y2), complex(other.x1 - one.x, other.y1 - one.y)
        turns.append(abs(math.remainder(np.angle(out) - np.angle(into), math.tau)))
    return turns


@pytest.mark.parametrize("form", FORMS)
def test_a_guilloche_keeps_its_ink_inside_its_box(form: str) -> None:
    points = points_of(path_of(form=form, stroke_width=1.0))
    assert points.real.min() >= 10 * MM + 0.5 - TOLERANCE
    assert points.real.max() <= 110 * MM - 0.5 + TOLERANCE
    assert points.imag.min() >= 10 * MM + 0.5 - TOLERANCE
    assert points.imag.max() <= 60 * MM - 0.5 + TOLERANCE
    assert points.imag.min() <= 10 * MM + 1.5  # and fills it


@pytest.mark.parametrize("form", ["border", "rosette"])
def test_a_line_that_goes_round_comes_back_to_its_start_and_is_closed(form: str) -> None:
    for line in subpaths_of(path_of(form=form, lines=4)):
        *_, last, end = line
        assert end == Close()
        assert isinstance(last, CurveTo)
        assert (last.x, last.y) == tuple(line[0])


@pytest.mark.parametrize("form", FORMS)
def test_no_line_of_a_guilloche_has_a_kink(form: str) -> None:
    for line in subpaths_of(path_of(form=form)):
        assert max(turns_of(line), default=0.0) < 0.02


def test_as_many_lines_are_drawn_as_the_lathe_is_set_to() -> None:
    assert len(list(subpaths_of(path_of(lines=7)))) == 14  # of two strands
    assert len(list(subpaths_of(path_of(lines=7, weave=0)))) == 7
    assert len(list(subpaths_of(path_of(form="field", lines=7)))) == 7


def test_a_rosette_keeps_to_its_formula() -> None:
    radius, hole, petals, lines = 100.0, 0.3, 9, 5
    middle, depth = radius * (1 + hole) / 2, radius * (1 - hole) / 2
    points = points_of(rosette(0, 0, 200, 200, Weave(petals, 1, lines, 0), hole)) - (100 + 100j)
    turn = np.angle(points) + math.pi / 2  # rosettes begin at the top
    wanted = [middle - depth * np.cos(petals * turn + math.tau * line / lines) for line in range(lines)]
    off = np.min([np.abs(np.abs(points) - reach) for reach in wanted], axis=0)
    # What is measured along the radius is more than the distance by what the line is steep.
    assert off.max() <= TOLERANCE * math.hypot(1, petals * depth / (radius * hole))


def test_a_border_is_alike_in_all_its_corners() -> None:
    points = points_of(border(0, 0, 300, 200, Weave(7, 3, 4, 0.4), 20))
    for mirrored in (300 - points.conjugate(), points.conjugate() + 200j):
        distances = np.abs(points[None, ::7] - mirrored[:, None]).min(axis=0)
        assert distances.max() < 1.0  # points along a line are a point apart


@settings(deadline=None, max_examples=60)
@given(
    waves=st.integers(1, 12),
    ripples=st.integers(1, 4),
    lines=st.integers(1, 4),
    weave=st.floats(0, 0.9),
    form=st.sampled_from(FORMS),
)
@example(waves=3, ripples=1, lines=2, weave=0.5, form="rosette")  # one line does not swing at all
@example(waves=3, ripples=2, lines=2, weave=1.0, form="border")
def test_whatever_the_lathe_is_set_to_lines_are_smooth_and_few(
    waves: int, ripples: int, lines: int, weave: float, form: str
) -> None:
    path = path_of(form=form, waves=waves, ripples=ripples, lines=lines, weave=weave)
    assert len(path) <= MOST_SEGMENTS
    points = points_of(path)
    assert np.isfinite(points.view(np.float64)).all()
    assert points.real.min() >= 10 * MM - 1
    assert points.real.max() <= 110 * MM + 1
    assert points.imag.min() >= 10 * MM - 1
    assert points.imag.max() <= 60 * MM + 1


def test_a_curve_goes_through_its_knots_and_strays_no_further_than_it_says() -> None:
    def way(t: Reals) -> tuple[Points, Points]:
        return t + 8j * np.sin(t), 1 + 8j * np.cos(t)

    knots = np.arange(5) * math.pi / 2
    curve = fitted(way, knots, TOLERANCE)
    path = tuple(drawn(curve, closed=False))
    ends = np.array([complex(segment[-2], segment[-1]) for segment in path])  # type: ignore[misc]
    assert all(np.abs(ends - knot).min() < 0.001 for knot in way(knots)[0])
    exact = way(np.linspace(0, knots[-1], 20_001))[0]
    off = [np.abs(exact - point).min() for point in points_of(path, pieces=40)]
    assert max(off) <= TOLERANCE + 0.002
    assert len(path) <= 12


def test_the_lines_of_a_field_never_cross() -> None:
    lines = list(subpaths_of(field(0, 0, 200, 100, Weave(3, 2, 25, 1.0))))
    at = np.linspace(0, 200, 101)
    heights = [np.interp(at, points.real, points.imag) for points in map(points_of, lines)]
    assert all((below - above).min() > -0.1 for above, below in pairwise(heights))


def test_too_fine_a_pattern_is_refused_and_not_begun() -> None:
    with pytest.raises(TooFine):
        path_of(waves=400, ripples=16, lines=80)
    with pytest.raises(TooFine):
        path_of(form="field", waves=400, lines=80)


@pytest.mark.parametrize("corner", ["square", "round", "scooped", "notched", "bevelled"])
def test_the_rules_of_a_frame_are_parallel_and_closed(corner: Any) -> None:
    outer = points_of(frame(0, 0, 200, 120, 0, corner, 20))
    path = frame(0, 0, 200, 120, 6, corner, 20)
    inner = points_of(path)
    assert path[-1] == Close()
    dense = points_of(tuple(_divided(frame(0, 0, 200, 120, 0, corner, 20))))
    distances = np.abs(inner[:, None] - dense[None, :]).min(axis=1)
    corners = 6 * math.sqrt(2) if corner in ("square", "notched", "bevelled", "scooped") else 6
    assert distances.min() == pytest.approx(6, abs=0.1)
    assert distances.max() <= corners + 0.1
    assert outer.real.min() == 0
    assert outer.real.max() == 200


def _divided(path: Path) -> Iterator[Any]:
    """A closed path whose lines are taken in short steps."""
    here = start = 0j
    for segment in path:
        match segment:
            case MoveTo(x, y):
                here = start = complex(x, y)
                yield segment
            case LineTo(x, y):
                for step in range(1, 201):
                    at = here + (complex(x, y) - here) * step / 200
                    yield LineTo(at.real, at.imag)
                here = complex(x, y)
            case CurveTo(_, _, _, _, x, y):
                here = complex(x, y)
                yield segment
            case Close():
                for step in range(1, 201):
                    at = here + (start - here) * step / 200
                    yield LineTo(at.real, at.imag)


def test_a_frame_without_room_for_its_corners_is_refused() -> None:
    with pytest.raises(NoRoom):
        frame(0, 0, 100, 30, 0, "scooped", 15)


def test_beads_stand_at_equal_distances_all_around() -> None:
    (stroke,) = marks_of(page_of(frame_of(rules=[{"width": 1, "beads": 1.5}])), Stroke)
    assert stroke.cap == "round"
    count = length_of(stroke.path) / sum(stroke.dash)
    assert count == pytest.approx(round(count))
    assert sum(stroke.dash) == pytest.approx(1.5 * MM, rel=0.02)


@pytest.mark.parametrize("edge", ["scalloped", "serrated", "plain"])
def test_the_edge_of_a_seal_touches_its_circle_and_stays_inside(edge: Any) -> None:
    path = seal_edge(50, 60, 40, edge, 36)
    reach = np.abs(points_of(path) - (50 + 60j))
    assert path[-1] == Close()
    assert reach.max() == pytest.approx(40, abs=0.03)
    assert reach.min() >= 35


def test_lettering_stands_on_its_circle_and_is_no_text_of_the_document() -> None:
    page = page_of(seal())
    center, radius = complex(60 * MM, 35 * MM), 20 * MM
    lettering = [mark for mark in marks_of(page, Fill) if mark.color == (0x60, 0x40, 0x10)]
    assert len(lettering) == 2
    top, foot = (points_of(mark.path) - center for mark in lettering)
    assert np.abs(np.concatenate((top, foot))).max() < 0.92 * radius
    assert np.abs(np.concatenate((top, foot))).min() > 0.72 * radius
    assert top.imag.mean() < 0 < foot.imag.mean()
    for points in (top, foot):  # its middle stands over the seal's
        assert points.real.max() == pytest.approx(-points.real.min(), abs=2)
    assert marks_of(page, GlyphRun) == []


def test_lettering_shrinks_to_its_smallest_size_and_no_further() -> None:
    long = "An uncommonly long inscription for a seal of this size indeed"
    assert element_faults(**seal(text=long, style="text")) == {("", "text_does_not_fit")}
    assert element_faults(**seal(text=long, style="text", min_size=3)) == set()


def test_letters_that_hang_together_are_bent_and_stay_joined() -> None:
    """The headline of Devanagari is one arc: at its height there is ink all the way."""
    page = page_of(seal(text="प्रशिक्षणकेंद्र", foot="", style="serif"))
    (lettering,) = (mark for mark in marks_of(page, Fill) if mark.color == (0, 0, 0))
    points = points_of(lettering.path) - complex(60 * MM, 35 * MM)
    reach, turn = np.abs(points), np.angle(points * 1j)
    heights = sorted(reach[(turn > -0.2) & (turn < 0.2)])
    assert heights, "the word's middle is at the top"
    bars = [
        line for line in subpaths_of(lettering.path) if _is_bar(points_of(line) - complex(60 * MM, 35 * MM))
    ]
    assert bars
    for bar in bars:
        middle = np.abs(points_of(bar) - complex(60 * MM, 35 * MM))
        assert middle.max() - middle.min() < 2


def _is_bar(points: Points) -> bool:
    across = np.ptp(np.angle(points * 1j))
    return bool(across > 0.05 and np.ptp(np.abs(points)) < 2)


def test_an_ornament_is_the_same_every_time() -> None:
    elements = (guilloche(), guilloche(form="rosette"), frame_of(corner="scooped"), seal())
    guilloche_path.cache_clear()
    first = page_of(*elements).marks
    guilloche_path.cache_clear()
    assert page_of(*elements).marks == first


@pytest.mark.parametrize(
    "element",
    [
        *(guilloche(form=form, stroke_width=0.4) for form in FORMS),
        guilloche(form="band", height=5, lines=12, waves=40, ripples=1, weave=0),
        *(frame_of(corner=corner) for corner in ("square", "round", "scooped", "notched", "bevelled")),
        seal(ring="#a07030", rosette={"waves": 12, "ripples": 1, "lines": 5, "weave": 0.4}),
        seal(fill=None, edge="plain", text="शिक्षा", style="serif"),
    ],
    ids=lambda element: (
        f"{element['type']}-{element.get('form') or element.get('corner') or element.get('edge')}"
    ),
)
def test_both_painters_draw_the_same_ornament(element: Mapping[str, Any]) -> None:
    page = page_of(element)
    data = paint_pdf(Scene((page,)), fonts=fonts(), metadata=METADATA)
    image = paint_page(page, dpi=150, fonts=fonts())
    fine = drawn_by_pdfium(data, 600).reduce(4)
    assert difference(blurred(image), blurred(fine)) <= PIXEL_TOLERANCE
    assert difference(blocks(image), blocks(fine)) <= BLOCK_TOLERANCE


def test_an_ornament_that_cannot_be_cut_is_a_fault_with_its_place() -> None:
    assert element_faults(**guilloche(waves=400, ripples=16, lines=80)) == {("", "too_fine")}
    assert element_faults(**guilloche(depth=30)) == {("", "no_room")}
    assert element_faults(**guilloche(width=0)) == {("", "no_room")}
    assert element_faults(**frame_of(rules=[{}, {"inset": 26}])) == {("/rules/1", "no_room")}
    wide = frame_of(rules=[{}], corner="round", corner_size=25)
    assert element_faults(**wide) == {("/rules/0", "no_room")}
    assert element_faults(**seal(style="text", ring_width=19)) == {("", "no_room")}
    assert element_faults(**seal(style="text", text="{name}")) == {("/text", "not_static")}
    assert element_faults(**seal(style="text", foot="{")) == {("/foot", "bad_placeholder")}
    assert element_faults(**seal(style=None)) == {("/style", "no_style")}
    assert element_faults(**seal(style="nowhere")) == {("/style", "unknown_style")}
    assert element_faults(**seal(style="text", text="\U0001f9ff", foot="")) == {("", "missing_glyph")}
    fine = {"waves": 400, "ripples": 16, "lines": 80, "weave": 0.5}
    assert element_faults(**seal(style="text", rosette=fine)) == {("", "too_fine")}


def test_a_layout_has_a_bounded_number_of_segments() -> None:
    one = guilloche(waves=20, lines=5)
    assert element_faults(type="group", elements=[one]) == set()
    many = element_faults(type="group", elements=[{**one, "x": place} for place in range(30)])
    assert {code for _, code in many} == {"too_much_ornament"}
    assert len(many) == 1
    d = "M0,0 " + "L1,1 " * 400
    faults = element_faults(type="path", d=d, stroke="#000000", at=[{"x": place} for place in range(400)])
    assert faults == {("", "too_much_ornament")}
