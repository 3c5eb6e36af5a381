import hashlib
import io
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from PIL import Image

from core.rendering.fonts import Face, FontLibrary
from core.rendering.painters import PdfMetadata, paint_pdf
from core.rendering.scene import Color, Fill, LineTo, Link, Mark, MoveTo, Picture, Scene, ScenePage, Stroke
from tests.core.rendering.painters.scenes import (
    BLACK,
    METADATA,
    RED,
    ellipse,
    pixels_of,
    polygon,
    portrait,
    rectangle,
    scene,
    source_of,
    written,
)

Opened = Callable[..., pikepdf.Pdf]


@pytest.fixture
def opened(fonts: FontLibrary) -> Opened:
    """A document of these marks, as pikepdf reads it."""

    def opened(*marks: Mark, metadata: PdfMetadata = METADATA) -> pikepdf.Pdf:
        return pikepdf.open(io.BytesIO(paint_pdf(scene(*marks), fonts=fonts, metadata=metadata)))

    return opened


def content_of(pdf: pikepdf.Pdf, number: int = 0) -> str:
    return pdf.pages[number].Contents.read_bytes().decode("ascii")


def streams(pdf: pikepdf.Pdf, subtype: str) -> list[pikepdf.Stream]:
    return [
        item
        for item in pdf.objects
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == pikepdf.Name(subtype)
    ]


def whole(
    source: Any, x: float = 100, y: float = 100, width: float = 60, height: float = 60, **look: Any
) -> Picture:
    return Picture(x, y, width, height, source, (0, 0, source.width, source.height), **look)


def keys_of(thing: Any, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Every key and every name of an object and of all it leads to."""
    if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        if thing.objgen != (0, 0):
            if thing.objgen in seen:
                return
            seen.add(thing.objgen)
        for key, value in thing.items():
            yield key
            yield from keys_of(value, seen)
    elif isinstance(thing, pikepdf.Array):
        for value in thing:
            yield from keys_of(value, seen)
    elif isinstance(thing, pikepdf.Name):
        yield str(thing)


def font_files(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [
        item.FontFile2
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and "/FontFile2" in item
    ]


def compact_face(folder: Path) -> Face:
    """A face with outlines of the Compact Font Format, drawn here: a square for A, a triangle for B."""
    shapes = {
        ".notdef": [],
        "A": [(0, 0), (500, 0), (500, 500), (0, 500)],
        "B": [(0, 0), (600, 0), (300, 700)],
    }
    drawn = {}
    for name, corners in shapes.items():
        pen = T2CharStringPen(600, None)
        for number, corner in enumerate(corners):
            (pen.lineTo if number else pen.moveTo)(corner)
        if corners:
            pen.closePath()
        drawn[name] = pen.getCharString()
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder(list(shapes))
    builder.setupCharacterMap({ord("A"): "A", ord("B"): "B"})
    builder.setupCFF("Compact", {}, drawn, {})
    builder.setupHorizontalMetrics(dict.fromkeys(shapes, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Compact", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(folder / "Compact.otf")
    return Face(folder / "Compact.otf")


def rich(fonts: FontLibrary) -> Scene:
    transparent = source_of(pixels_of("R.R\nRRR", alpha="."))
    marks: tuple[Mark, ...] = (
        Fill(rectangle(0, 0, 595, 60), RED, opacity=0.5),
        Fill(ellipse(300, 400, 50, 80), BLACK, even_odd=True),
        Stroke(rectangle(20, 20, 555, 800), BLACK, 2, dash=(4, 2)),
        whole(portrait(), clip=ellipse(130, 130, 30, 30)),
        whole(transparent, x=300),
        written(fonts.face("NotoSerif-Regular"), "Ananya (Sharma) \\ 100 %", 50, 300),
        written(fonts.face("NotoSansDevanagari-Regular"), "श्रीकृष्ण", 50, 340),
        written(fonts.face("NotoNaskhArabic-Regular"), "عبد الله", 50, 380),
        Link(50, 500, 80, 80, "https://certmill.example/verify/abc"),
    )
    return Scene((ScenePage(595.28, 841.89, marks), ScenePage(841.89, 595.28, marks, Color(250, 240, 220))))


def test_every_reader_accepts_it(
    fonts: FontLibrary, debian_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "rich.pdf"
    path.write_bytes(paint_pdf(rich(fonts), fonts=fonts, metadata=METADATA))
    outputs = []
    for program, *options in (["qpdf", "--check"], ["pdfinfo"], ["pdffonts"]):
        command = [str(debian_tool(program)), *options, str(path)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
        outputs.append(run.stdout)
    fonts_found = outputs[-1].splitlines()[2:]
    assert len(fonts_found) == 3
    for line in fonts_found:
        assert re.match(r"[A-Z]{6}\+Noto\S+ +CID TrueType +Identity-H +yes yes yes ", line)


def test_it_says_what_version_of_pdf_it_is(fonts: FontLibrary) -> None:
    data = paint_pdf(scene(), fonts=fonts, metadata=METADATA)
    assert data.startswith(b"%PDF-1.7\n%")
    assert data.endswith(b"%%EOF\n")


def test_pages_have_their_sizes_and_their_paper(fonts: FontLibrary) -> None:
    pdf = pikepdf.open(io.BytesIO(paint_pdf(rich(fonts), fonts=fonts, metadata=METADATA)))
    assert [[float(x) for x in sheet.MediaBox] for sheet in pdf.pages] == [
        [0, 0, 595.28, 841.89],
        [0, 0, 841.89, 595.28],
    ]
    assert " re f" not in content_of(pdf).split("gs")[0]
    assert content_of(pdf, 1).startswith("0.9804 0.9412 0.8627 rg\n0 0 841.89 595.28 re f\n")


def test_nothing_in_it_runs_opens_or_asks(fonts: FontLibrary) -> None:
    pdf = pikepdf.open(io.BytesIO(paint_pdf(rich(fonts), fonts=fonts, metadata=METADATA)))
    found = set(keys_of(pdf.trailer, set()))
    assert {"/Font", "/Image", "/Link", "/ActualText"} & found == {"/Font", "/Image", "/Link"}
    forbidden = "JS JavaScript OpenAction AA AcroForm EmbeddedFile EmbeddedFiles Launch SubmitForm GoToR Widget RichMedia XFA"
    assert not found & {f"/{key}" for key in forbidden.split()}


def test_a_link_opens_its_address(opened: Opened) -> None:
    pdf = opened(Link(50, 500, 80, 40, "https://certmill.example/verify/a(b)c?q=ü"))
    (link,) = pdf.pages[0].Annots
    assert str(link.A.URI) == "https://certmill.example/verify/a%28b%29c?q=%C3%BC"
    assert [float(x) for x in link.Rect] == pytest.approx([50, 301.89, 130, 341.89])


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "/verify", ""])
def test_a_link_leads_nowhere_but_to_the_web(opened: Opened, address: str) -> None:
    with pytest.raises(ValueError, match="link"):
        opened(Link(0, 0, 10, 10, address))


HOSTILE = [
    "plain",
    "(unbalanced",
    "back\\slash) and (more))",
    "line\nbreak\r\ttab",
    "]]>&<script>alert('x')</script>",
    "{title} {0.__class__} %s",
    "अनन्या शर्मा · محمد · தமிழ்",
    "emoji 🪷 beyond the first plane",
    "\ufeff\ufffe\uffff\x00\x1b\x9f",
    ">> /OpenAction << /S /JavaScript /JS (x) >>",
    "þÿ looks like a mark",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_metadata_come_back_as_they_went_in(opened: Opened, text: str) -> None:
    pdf = opened(metadata=PdfMetadata(text, text, text, "en-IN", METADATA.created, (text, "second")))
    expected = " ".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).replace("\ufffe", "").replace("\uffff", "").split(" ")
    )
    assert str(pdf.docinfo.get("/Title", "")) == expected
    assert str(pdf.docinfo.get("/Author", "")) == expected
    with pdf.open_metadata() as xmp:
        assert xmp.get("dc:title", "") == expected
        assert xmp.get("pdf:Keywords") == f"{expected}, second"
    assert "/OpenAction" not in pdf.Root
    assert "/JS" not in set(keys_of(pdf.trailer, set()))


def test_it_says_its_language_and_shows_its_title(opened: Opened) -> None:
    pdf = opened(metadata=replace(METADATA, language="hi-IN"))
    assert str(pdf.Root.Lang) == "hi-IN"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_it_says_when_it_was_made_in_universal_time(opened: Opened) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    pdf = opened(metadata=replace(METADATA, created=datetime(2026, 1, 5, 2, 30, tzinfo=kolkata)))
    assert str(pdf.docinfo.CreationDate) == "D:20260104210000Z"
    with pdf.open_metadata() as xmp:
        assert xmp["xmp:CreateDate"] == "2026-01-04T21:00:00Z"


def test_a_jpeg_goes_in_byte_for_byte(opened: Opened) -> None:
    photo = portrait()
    pdf = opened(whole(photo))
    (image,) = streams(pdf, "/Image")
    assert image.read_raw_bytes() == photo.data
    assert (image.Filter, image.ColorSpace) == (pikepdf.Name.DCTDecode, pikepdf.Name.DeviceRGB)


def test_a_grey_jpeg_stays_grey(opened: Opened) -> None:
    grey = source_of(Image.linear_gradient("L"), "JPEG")
    pdf = opened(whole(grey))
    (image,) = streams(pdf, "/Image")
    assert image.read_raw_bytes() == grey.data
    assert image.ColorSpace == pikepdf.Name.DeviceGray


def test_a_cmyk_jpeg_goes_in_as_the_colours_that_the_image_shows(opened: Opened) -> None:
    cmyk = source_of(Image.new("CMYK", (8, 8), (0, 200, 200, 10)), "JPEG")
    pdf = opened(whole(cmyk))
    (image,) = streams(pdf, "/Image")
    shown = Image.open(io.BytesIO(cmyk.data)).convert("RGB")
    assert image.ColorSpace == pikepdf.Name.DeviceRGB
    assert image.read_bytes() == shown.tobytes()


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_any_other_picture_goes_in_without_loss(opened: Opened, form: Literal["PNG", "WEBP"]) -> None:
    source = source_of(pixels_of("RGB\nKRG"), form)
    pdf = opened(whole(source))
    (image,) = streams(pdf, "/Image")
    assert image.read_bytes() == pixels_of("RGB\nKRG").tobytes()


def test_transparency_goes_along_as_a_mask(opened: Opened) -> None:
    source = source_of(pixels_of("R.\n.R", alpha="."))
    pdf = opened(whole(source))
    image = next(stream for stream in streams(pdf, "/Image") if "/SMask" in stream)
    assert image.SMask.read_bytes() == b"\xff\x00\x00\xff"
    assert image.SMask.ColorSpace == pikepdf.Name.DeviceGray


def test_a_picture_is_stored_once_however_often_it_shows(fonts: FontLibrary) -> None:
    photo = portrait()
    sheet = ScenePage(200, 200, (whole(photo), whole(photo, x=10), whole(photo, y=10)))
    pdf = pikepdf.open(io.BytesIO(paint_pdf(Scene((sheet, sheet)), fonts=fonts, metadata=METADATA)))
    assert len(streams(pdf, "/Image")) == 1
    assert content_of(pdf).count("Do") == 3


def test_a_stroke_without_width_is_not_a_hairline(opened: Opened) -> None:
    assert content_of(opened(Stroke((MoveTo(0, 0), LineTo(9, 9)), BLACK, 0))) == ""


def test_the_graphics_state_is_set_once_for_marks_that_share_it(opened: Opened, fonts: FontLibrary) -> None:
    face = fonts.face("NotoSans-Regular")
    lines = [written(face, f"Row {number}", 20, 20 + 14 * number, size=10, color=RED) for number in range(50)]
    content = content_of(opened(*lines))
    assert [content.count(operator) for operator in (" Tf", " rg", "BT", "ET")] == [1, 1, 1, 1]
    assert content.count("TJ") == 50


def test_opacity_ends_where_it_ends(opened: Opened) -> None:
    box = rectangle(0, 0, 10, 10)
    content = content_of(opened(Fill(box, BLACK, 0.25), Fill(box, BLACK), Fill(box, BLACK, 0.25)))
    assert re.findall(r"/G\d+ gs", content) == ["/G250 gs", "/G1000 gs", "/G250 gs"]


def test_a_subset_holds_the_glyphs_of_the_document_and_no_more(opened: Opened, fonts: FontLibrary) -> None:
    small = opened(written(fonts.face("NotoSerif-Regular"), "a"))
    large = opened(written(fonts.face("NotoSerif-Regular"), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"))
    sizes = [sum(len(stream.read_bytes()) for stream in font_files(pdf)) for pdf in (small, large)]
    assert sizes[0] * 4 < sizes[1] < 30_000


def test_fonts_with_compact_outlines_are_embedded_too(
    tmp_path: Path, debian_tool: Callable[[str], Path]
) -> None:
    fonts = FontLibrary({}, {"Compact": compact_face(tmp_path)})
    run = written(fonts.face("Compact"), "ABBA", 30, 60)
    data = paint_pdf(scene(run), fonts=fonts, metadata=METADATA)
    path = tmp_path / "compact.pdf"
    path.write_bytes(data)
    listed = subprocess.run(
        [debian_tool("pdffonts"), path], capture_output=True, text=True, check=True
    ).stdout
    assert "CID Type 0C" in listed
    text = subprocess.run([debian_tool("pdftotext"), path, "-"], capture_output=True, text=True, check=True)
    assert text.stdout.strip() == "ABBA"


def test_a_certificate_without_pictures_is_small(fonts: FontLibrary) -> None:
    lines = [
        "Certificate of Training",
        "अनन्या श्रीकृष्ण",
        "has completed the course in",
        "Swedish massage",
        "5 Jan 2026",
    ]
    faces = [
        "GreatVibes-Regular",
        "NotoSansDevanagari-Regular",
        "EBGaramond-Regular",
        "Cinzel-Regular",
        "Inter-Regular",
    ]
    marks = [
        written(fonts.face(face), line, 60, 80 * number, size=24)
        for number, (face, line) in enumerate(zip(faces, lines, strict=True), start=1)
    ]
    assert len(paint_pdf(scene(*marks), fonts=fonts, metadata=METADATA)) < 20_000


def test_the_identifier_is_a_digest_of_the_document(fonts: FontLibrary) -> None:
    def identifier(*marks: Mark) -> bytes:
        data = paint_pdf(scene(*marks), fonts=fonts, metadata=METADATA)
        first, second = pikepdf.open(io.BytesIO(data)).trailer.ID
        assert bytes(first) == bytes(second)
        return bytes(first)

    assert len(identifier()) == 16
    assert identifier() == identifier()
    assert identifier() != identifier(Fill(polygon((0, 0), (1, 0), (0, 1)), BLACK))


def test_same_objects_twice_make_the_same_digest_as_like_objects(fonts: FontLibrary) -> None:
    digests = {
        hashlib.sha256(paint_pdf(rich(fonts), fonts=fonts, metadata=METADATA)).hexdigest() for _ in range(3)
    }
    assert len(digests) == 1


def test_numbers_that_nothing_uses_are_free_for_ever(fonts: FontLibrary) -> None:
    """ISO 32000-1, 7.5.4: what is free and leads back to object 0 has its generation, too."""
    data = paint_pdf(
        scene(written(fonts.face("NotoSans-Regular"), "A", 40, 80)), fonts=fonts, metadata=METADATA
    )
    table = re.search(rb"/Type/XRef.*?/W\[1 5 2\].*?stream\n(.*)\nendstream", data, re.DOTALL)
    assert table is not None
    assert b"/FlateDecode" not in table[0][: table[0].index(b"stream\n")]
    entries = [table[1][place : place + 8] for place in range(0, len(table[1]), 8)]
    free = [entry for entry in entries if entry[0] == 0]
    assert len(free) == 2
    assert {entry[1:] for entry in free} == {b"\0\0\0\0\0\xff\xff"}
