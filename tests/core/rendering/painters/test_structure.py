"""What a PDF is to somebody who listens to it: its tags, as pikepdf finds them."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest

from core.rendering.fonts import FontLibrary
from core.rendering.painters import paint_pdf
from core.rendering.scene import Scene
from core.rendering.values import Value
from tests.core.rendering.layouts import composed, flow_of, fonts, paragraph, side_of, table, text_box, visits
from tests.core.rendering.painters.scenes import METADATA, portrait, scene, written

ADDRESS = "https://certmill.example/verify/abc"


def opened(source: Scene) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(paint_pdf(source, fonts=fonts(), metadata=METADATA)))


def elements(node: Any) -> Iterator[Any]:
    """The elements below a node, in the order in which they are read."""
    kids = node.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == pikepdf.Name.StructElem:
            yield kid
            yield from elements(kid)


def roles(pdf: pikepdf.Pdf) -> list[str]:
    return [str(element.S).removeprefix("/") for element in elements(pdf.Root.StructTreeRoot)]


def content_of(page: Any) -> str:
    contents = page.Contents
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return "\n".join(stream.read_bytes().decode("ascii") for stream in streams)


@pytest.fixture
def certificate() -> pikepdf.Pdf:
    prepared = side_of(
        {"type": "rectangle", "x": 2, "y": 2, "width": 116, "height": 66, "stroke": "#8a6839"},
        text_box("Certificate", y=5, height=8),
        text_box("{name}", y=20, height=10),
        text_box("of {house}", y=35, height=8),
        {"type": "image", "field": "photo", "x": 90, "y": 40, "width": 20, "height": 25},
        {"type": "qr", "text": "{verify_url}", "x": 10, "y": 45, "size": 20},
    )
    values: dict[str, Value] = {
        "name": "अनन्या श्रीकृष्ण",
        "house": "Lotus Spa",
        "photo": portrait(),
        "verify_url": ADDRESS,
    }
    return opened(prepared.compose(values))


def test_it_is_marked_and_read_in_the_order_of_its_layout(certificate: pikepdf.Pdf) -> None:
    assert certificate.Root.MarkInfo.Marked
    assert roles(certificate) == ["Document", "P", "P", "P", "Figure", "Figure", "Link"]


def test_figures_are_described(certificate: pikepdf.Pdf) -> None:
    figures = [each for each in elements(certificate.Root.StructTreeRoot) if pikepdf.Name.Figure == each.S]
    assert [str(figure.Alt) for figure in figures] == ["photo", f"QR code: {ADDRESS}"]


def test_all_content_is_either_part_of_an_element_or_decoration(certificate: pikepdf.Pdf) -> None:
    depth = 0
    shown = 0
    for instruction in pikepdf.parse_content_stream(certificate.pages[0]):
        match str(instruction.operator):
            case "BMC" | "BDC":
                depth += 1
            case "EMC":
                depth -= 1
            case "TJ" | "f" | "S" | "Do" as operator:
                shown += 1
                assert depth, f"{operator} belongs to nothing"
    assert depth == 0
    assert shown > 6


def test_each_sequence_of_marked_content_is_found_from_its_element_and_back(
    certificate: pikepdf.Pdf,
) -> None:
    page = certificate.pages[0]
    found = [int(number) for number in re.findall(r"/MCID (\d+)", content_of(page))]
    tree = dict(zip(*[iter(certificate.Root.StructTreeRoot.ParentTree.Nums)] * 2, strict=True))
    parents = tree[page.StructParents]
    assert sorted(found) == list(range(len(parents)))
    for number, parent in enumerate(parents):
        kids = parent.K if isinstance(parent.K, pikepdf.Array) else [parent.K]
        assert number in [int(kid) for kid in kids]
        assert parent.Pg.objgen == page.objgen
    (link,) = page.Annots
    assert pikepdf.Name.Link == tree[link.StructParent].S


def test_a_paragraph_that_goes_on_over_the_page_is_one_element() -> None:
    pdf = opened(composed(flow_of(paragraph("A sentence that is said again and again. " * 40))))
    assert len(pdf.pages) > 1
    assert roles(pdf) == ["Document", "P"]
    (element,) = [each for each in elements(pdf.Root.StructTreeRoot) if each.S == pikepdf.Name.P]
    pages = {kid.Pg.objgen for kid in element.K if isinstance(kid, pikepdf.Dictionary)} | {element.Pg.objgen}
    assert len(pages) == len(pdf.pages)


def test_a_table_is_told_row_by_row_and_its_header_once() -> None:
    table = {
        "type": "table",
        "rows_from": "visits",
        "columns": [
            {"header": "Guest", "text": "{guest}", "width": 2},
            {"header": "Room", "text": "{room}", "width": 1},
        ],
        "look": {"row_style": "text", "header_style": "bold"},
    }
    rows = tuple({"guest": f"Guest {number}", "room": str(number)} for number in range(20))
    pdf = opened(flow_of(table).compose({"visits": rows}))
    assert len(pdf.pages) > 1
    assert roles(pdf) == ["Document", "Table", "TR", "TH", "TH", *["TR", "TD", "TD"] * 20]


def test_what_has_nothing_to_say_has_no_tags(fonts: FontLibrary) -> None:
    pdf = opened(scene(written(fonts.face("NotoSans-Regular"), "unmarked")))
    assert "/StructTreeRoot" not in pdf.Root
    assert "BDC" not in content_of(pdf.pages[0])


def test_a_document_is_the_same_whether_its_still_parts_were_written_before(certificate: pikepdf.Pdf) -> None:
    def bytes_of(name: str) -> bytes:
        prepared = side_of(
            text_box("Certificate", y=5, height=8),
            text_box("{name}", y=20, height=10),
            text_box("Issued by the house", y=35, height=8),
        )
        return paint_pdf(prepared.compose({"name": name}), fonts=fonts(), metadata=METADATA)

    assert bytes_of("Asha") == bytes_of("Asha")
    prepared = side_of(text_box("Certificate", y=5, height=8), text_box("{name}", y=20, height=10))
    first = paint_pdf(prepared.compose({"name": "Asha"}), fonts=fonts(), metadata=METADATA)
    paint_pdf(prepared.compose({"name": "Zoë"}), fonts=fonts(), metadata=METADATA)
    assert paint_pdf(prepared.compose({"name": "Asha"}), fonts=fonts(), metadata=METADATA) == first


def sheet_of(count: int) -> pikepdf.Pdf:
    """A table of so many rows below a heading."""
    prepared = flow_of(paragraph("Visits"), table())
    return opened(composed(prepared, rows=visits(count)))


@pytest.mark.parametrize("count", [1, 6, 30, 300])
def test_fonts_have_the_same_numbers_in_documents_of_any_length(count: int) -> None:
    """So that what was written of one serves for others."""
    few, many = (
        {name: font.objgen for name, font in pdf.pages[0].Resources.Font.items()}
        for pdf in (sheet_of(2), sheet_of(count))
    )
    assert few == many


def test_every_cell_of_a_long_table_is_in_a_row_and_found_from_its_page() -> None:
    pdf = sheet_of(60)
    assert len(pdf.pages) > 2
    cells = [element for element in elements(pdf.Root.StructTreeRoot) if pikepdf.Name.TD == element.S]
    assert len(cells) == 3 * 60
    sequences = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    of_page = dict(zip(sequences[::2], sequences[1::2], strict=True))
    for cell in cells:
        row = cell.P
        assert (pikepdf.Name.TR, pikepdf.Name.Table) == (row.S, row.P.S)
        assert cell.objgen in [kid.objgen for kid in row.K]
        [number] = cell.K
        assert of_page[cell.Pg.StructParents][int(number)].objgen == cell.objgen


def test_content_that_is_written_otherwise_than_planned_leaves_no_reference_to_nothing() -> None:
    """What was written once for all documents can't serve where one gives its codes to other letters."""
    prepared = side_of(text_box("{a}"), text_box("office fine", y=40))
    for text in ("fine", "\ufb01ne"):
        data = paint_pdf(prepared.compose({"a": text}), fonts=fonts(), metadata=METADATA)
        with pikepdf.open(io.BytesIO(data)) as pdf:
            assert roles(pdf) == ["Document", "P", "P"]
        for stream in re.findall(rb"/Type/ObjStm.*?stream\n(.*?)\nendstream", data, re.DOTALL):
            assert re.search(rb"(?<!\d)0 0 R", zlib.decompress(stream)) is None
