from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import zxingcpp

from core.rendering.errors import RenderingError
from core.rendering.scene import (
    Close,
    Color,
    CurveTo,
    Fill,
    ImageSource,
    Link,
    Modules,
    MoveTo,
    Path,
    Picture,
    Scene,
    Still,
    Stroke,
)
from core.rendering.shapes import MM
from tests.core.rendering.layouts import (
    baseline_of,
    composed,
    in_mm,
    lines_of,
    marks_of,
    runs_of,
    side_of,
    text_box,
)

PORTRAIT = ImageSource("ab" * 32, b"", "image/png", 300, 600)
ADDRESS = "https://certmill.example/verify/9f8e7d6c5b4a39281706f5e4d3c2b1a0"


def picture_box(**options: object) -> dict[str, Any]:
    """A picture in a box of 40 × 20 mm."""
    return {"type": "image", "field": "photo", "x": 10, "y": 10, "width": 40, "height": 20, **options}


def picture(**options: object) -> Picture:
    [found] = marks_of(composed(side_of(picture_box(**options)), photo=PORTRAIT), Picture)
    return found


def place_of(found: Picture) -> list[float]:
    return [round(in_mm(length), 3) for length in (found.x, found.y, found.width, found.height)]


@pytest.mark.parametrize(
    "align, vertical, place",
    [
        ("center", "middle", [25, 10, 10, 20]),
        ("start", "top", [10, 10, 10, 20]),
        ("end", "bottom", [40, 10, 10, 20]),
    ],
)
def test_a_contained_picture_is_whole_and_stands_where_it_is_aligned(
    align: str, vertical: str, place: list[int]
) -> None:
    found = picture(align=align, vertical=vertical)
    assert place_of(found) == place
    assert found.crop == (0, 0, 300, 600)


@pytest.mark.parametrize("vertical, top", [("top", 0), ("middle", 225), ("bottom", 450)])
def test_a_covering_picture_fills_its_box_and_loses_what_stands_out(vertical: str, top: int) -> None:
    found = picture(fit="cover", vertical=vertical)
    assert place_of(found) == [10, 10, 40, 20]
    assert found.crop == (0, top, 300, top + 150)


def test_a_stretched_picture_fills_its_box_whole() -> None:
    found = picture(fit="stretch")
    assert place_of(found) == [10, 10, 40, 20]
    assert found.crop == (0, 0, 300, 600)


def extent(path: Path) -> list[float]:
    points = [(segment[-2], segment[-1]) for segment in path if not isinstance(segment, Close)]
    xs, ys = zip(*points, strict=True)
    return [round(in_mm(length), 3) for length in (min(xs), min(ys), max(xs), max(ys))]


def test_a_picture_may_have_round_corners_or_be_an_ellipse() -> None:
    rounded = picture(fit="cover", radius=3).clip
    ellipse = picture(fit="cover", radius="circle").clip
    assert rounded is not None
    assert ellipse is not None
    assert extent(rounded) == extent(ellipse) == [10, 10, 50, 30]
    assert in_mm(rounded[0].x if isinstance(rounded[0], MoveTo) else 0) == pytest.approx(13)
    for segment in ellipse:
        if not isinstance(segment, Close):
            across, down = in_mm(segment[-2]) - 30, in_mm(segment[-1]) - 20
            assert math.hypot(across / 20, down / 10) == pytest.approx(1)
    assert picture(fit="cover").clip is None


def test_a_picture_that_is_not_there_is_not_drawn_and_a_text_in_its_place_fails() -> None:
    prepared = side_of(picture_box())
    assert composed(prepared).pages[0].marks == ()
    with pytest.raises(RenderingError) as fault:
        composed(prepared, photo="photo.jpg")
    assert (fault.value.code, fault.value.field) == ("not_an_image", "photo")


def test_an_asset_of_the_template_is_the_same_in_every_document() -> None:
    prepared = side_of(picture_box(field=None, asset="seal"), assets={"seal": PORTRAIT})
    [still] = composed(prepared).pages[0].parts
    assert isinstance(still, Still)
    assert composed(prepared).pages[0].parts == (still,)
    [found] = marks_of(composed(prepared), Picture)
    assert found.image is PORTRAIT


SIGNATURE = {
    "type": "signature",
    "field": "signature",
    "style": "name",
    "x": 10,
    "y": 10,
    "width": 40,
    "height": 20,
    "min_size": 8,
}


def test_a_signature_is_a_picture_that_rests_on_its_line_or_a_typed_name() -> None:
    prepared = side_of(SIGNATURE)
    wide = ImageSource("cd" * 32, b"", "image/png", 400, 100)
    [found] = marks_of(composed(prepared, signature=wide), Picture)
    assert place_of(found) == [10, 20, 40, 10]
    [run] = runs_of(composed(prepared, signature="Kavitha Ramaswamy"))
    assert run.face == "GreatVibes-Regular"
    assert run.size < 40
    assert in_mm(baseline_of(run)) < 30
    assert composed(prepared).pages[0].marks == ()


def qr_box(**options: object) -> dict[str, Any]:
    return {"type": "qr", "text": "{verify_url}", "x": 10, "y": 10, "size": 30, **options}


def drawn(scene: Scene, *, scale: int = 8) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A picture of the code of a scene, `scale` pixels to the millimetre."""
    [page] = scene.pages
    pixels = np.full((round(in_mm(page.height) * scale), round(in_mm(page.width) * scale)), 255, np.uint8)
    [code] = marks_of(scene, Modules)
    rows = np.frombuffer(code.dark, np.uint8).reshape(code.side, -1)
    for row, column in np.argwhere(np.unpackbits(rows, axis=1)):
        left, right = (round(in_mm(code.x + index * code.module) * scale) for index in (column, column + 1))
        top, bottom = (round(in_mm(code.y + index * code.module) * scale) for index in (row, row + 1))
        pixels[top:bottom, left:right] = 0
    return pixels


@pytest.mark.parametrize("correction", ["L", "M", "Q", "H"])
@pytest.mark.parametrize("text", [ADDRESS, "नमस्ते", "0123456789", "A" * 500])
def test_a_code_says_what_it_was_given(correction: str, text: str) -> None:
    scene = composed(side_of(qr_box(correction=correction, size=50)), verify_url=text)
    [read] = zxingcpp.read_barcodes(drawn(scene, scale=16))
    assert read.text == text
    assert read.format == zxingcpp.BarcodeFormat.QRCode


def test_a_code_is_one_mark_on_a_quiet_ground_and_opens_its_address() -> None:
    scene = composed(side_of(qr_box(quiet=2, color="#20282b")), verify_url=ADDRESS)
    ground, code, link = scene.pages[0].marks
    assert isinstance(ground, Fill)
    assert isinstance(code, Modules)
    assert extent(ground.path) == [10, 10, 40, 40]
    assert code.color == Color(0x20, 0x28, 0x2B)
    assert code.module == pytest.approx(30 * MM / (code.side + 4))
    assert (code.x, code.y) == pytest.approx((10 * MM + 2 * code.module, 10 * MM + 2 * code.module))
    assert code.tag is not None
    assert ADDRESS in code.tag.alt
    assert link == Link(10 * MM, 10 * MM, 30 * MM, 30 * MM, ADDRESS)


@pytest.mark.parametrize(
    "options, text", [({"link": False}, ADDRESS), ({}, "BLR/26-27/00418"), ({}, "javascript:alert(1)")]
)
def test_only_an_address_is_linked_and_only_if_asked(options: dict[str, object], text: str) -> None:
    assert marks_of(composed(side_of(qr_box(**options)), verify_url=text), Link) == []


def test_a_code_may_stand_on_the_paper_itself_and_has_no_place_without_text() -> None:
    prepared = side_of(qr_box(background=None))
    scene = composed(prepared, verify_url=ADDRESS)
    assert (len(marks_of(scene, Modules)), marks_of(scene, Fill)) == (1, [])
    assert composed(prepared).pages[0].marks == ()


def test_more_text_than_a_code_holds_fails() -> None:
    with pytest.raises(RenderingError) as fault:
        composed(side_of(qr_box()), verify_url="x" * 4000)
    assert (fault.value.code, fault.value.field) == ("qr_too_long", "verify_url")


def test_lines_and_rectangles_look_as_they_are_told() -> None:
    line = {
        "type": "line",
        "x1": 1,
        "y1": 2,
        "x2": 3,
        "y2": 4,
        "stroke": "#102030",
        "stroke_width": 2,
        "dash": [3, 1],
        "cap": "round",
    }
    box = {
        "type": "rectangle",
        "x": 5,
        "y": 5,
        "width": 10,
        "height": 10,
        "radius": 50,
        "fill": "#ff0000",
        "stroke": "#00ff00",
        "opacity": 0.5,
    }
    drawn_line, fill, stroke = composed(side_of(line, box)).pages[0].marks
    assert isinstance(drawn_line, Stroke)
    assert (drawn_line.color, drawn_line.width, drawn_line.dash, drawn_line.cap) == (
        Color(16, 32, 48),
        2,
        (3, 1),
        "round",
    )
    assert isinstance(fill, Fill)
    assert isinstance(stroke, Stroke)
    assert fill.path == stroke.path
    assert fill.opacity == stroke.opacity == 0.5
    assert (
        sum(isinstance(segment, CurveTo) for segment in fill.path) == 4
    )  # the radius is cut down to a circle's


def test_ornaments_are_scaled_then_turned_clockwise_then_placed() -> None:
    ornament = {
        "type": "path",
        "d": "M0 0 L10 0",
        "stroke": "#000000",
        "at": [
            {"x": 50, "y": 20},
            {"x": 50, "y": 20, "rotate": 90},
            {"x": 50, "y": 20, "scale_x": -2, "rotate": 90},
        ],
    }
    strokes = marks_of(composed(side_of(ornament)), Stroke)
    ends = [tuple(round(in_mm(length), 6) for length in stroke.path[1]) for stroke in strokes]
    assert ends == [(60, 20), (50, 30), (50, 0)]


def test_groups_move_and_show_their_elements_together() -> None:
    line = {"type": "line", "x1": 0, "y1": 0, "x2": 10, "y2": 0, "stroke": "#000000"}
    inner = {"type": "group", "x": 1, "y": 1, "elements": [line, text_box("{name}", x=0, y=0)]}
    prepared = side_of({"type": "group", "x": 20, "y": 30, "when": "name", "elements": [line, inner]})
    scene = composed(prepared, name="Asha")
    starts = [
        tuple(round(in_mm(length), 6) for length in stroke.path[0]) for stroke in marks_of(scene, Stroke)
    ]
    assert starts == [(20, 30), (21, 31)]
    [run] = runs_of(scene)
    assert 31 < in_mm(baseline_of(run)) < 35
    assert composed(prepared).pages[0].marks == ()


@pytest.mark.parametrize(
    "value, shown",
    [("Asha", "there"), ("", "missing"), (None, "missing"), ((), "missing"), (PORTRAIT, "there")],
)
def test_what_depends_on_a_value_is_drawn_with_it_or_without_it(value: Any, shown: str) -> None:
    prepared = side_of(text_box("there", when="name"), text_box("missing", unless="name"))
    assert lines_of(prepared.compose({} if value is None else {"name": value})) == [shown]
