"""Many documents in one PDF: one after another, or as cards on sheets."""

import io
import subprocess
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from core.rendering.compose import PreparedLayout
from core.rendering.fonts import FontLibrary
from core.rendering.imposition import Document, grid_for
from core.rendering.painters import bound, imposed, paint_pdf
from core.rendering.painters.pdf.document import Binding
from core.rendering.scene import Scene
from core.rendering.shapes import MM
from tests.core.rendering.layouts import side_of, text_box
from tests.core.rendering.painters.comparison import drawn_by_pdfium
from tests.core.rendering.painters.scenes import METADATA, pixels_of, portrait, source_of

NAMES = ("Ananya Sharma", "अनन्या शर्मा", "عبد الله", "José Fernandes", "Office fi", "Tenzin")
GROUND = source_of(pixels_of("RGB\nBGR\nKKK"))


@pytest.fixture(scope="module")
def card() -> PreparedLayout:
    """A ground for everybody, a photo, a name, a seal at half its strength, and a code."""
    return side_of(
        {
            "type": "image",
            "asset": "ground",
            "x": 0,
            "y": 0,
            "width": 85.6,
            "height": 53.98,
            "fit": "stretch",
        },
        {"type": "rectangle", "x": 3, "y": 3, "width": 79.6, "height": 48, "fill": "#ffffff", "opacity": 0.5},
        {
            "type": "guilloche",
            "form": "band",
            "x": 2,
            "y": 48,
            "width": 81,
            "height": 3,
            "waves": 8,
            "stroke": "#d0b070",
        },
        text_box("Lotus Spa, officially", x=25, y=5, width=55, height=6),
        {"type": "image", "field": "photo", "x": 5, "y": 10, "width": 15, "height": 20},
        text_box("{name}", x=25, y=15, width=55, height=10),
        {"type": "qr", "text": "{verify_url}", "x": 60, "y": 28, "size": 20},
        assets={"ground": GROUND},
        page={"size": "CR80", "orientation": "landscape"},
    )


@pytest.fixture(scope="module")
def scene_of(card: PreparedLayout) -> Callable[[str], Scene]:
    def compose(name: str) -> Scene:
        return card.compose(
            {"name": name, "photo": portrait(), "verify_url": "https://certmill.example/verify/ABC"}
        )

    return compose


@pytest.fixture(scope="module")
def documents(scene_of: Callable[[str], Scene]) -> list[Document]:
    return [Document(f"{number}: {name}", scene_of(name)) for number, name in enumerate(NAMES)]


def whole(pieces: Iterable[bytes]) -> bytes:
    return b"".join(pieces)


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def images_of(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [
        item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
    ]


def programs_of(pdf: pikepdf.Pdf) -> list[str]:
    """The faces whose programs are in a file, without the tags of their subsets."""
    return [
        str(item.FontName).partition("+")[2]
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and "/FontFile2" in item
    ]


def checked(data: bytes, tool: Path, path: Path) -> tuple[int, str]:
    path.write_bytes(data)
    run = subprocess.run([str(tool), "--check", str(path)], capture_output=True, text=True, check=False)
    return run.returncode, run.stderr


def said(data: bytes, page: int) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return str(document[page].get_textpage().get_text_range())


def bookmarks(data: bytes) -> list[tuple[str, int | None]]:
    """Titles, and the number of the page that each leads to."""
    with opened(data) as pdf, pdf.open_outline() as outline:
        pages: list[object] = [page.objgen for page in pdf.pages]
        found: list[tuple[str, int | None]] = []
        for item in outline.root:
            place = item.destination
            found.append(
                (item.title, pages.index(place[0].objgen) if isinstance(place, pikepdf.Array) else None)
            )
        return found


def test_every_document_has_its_pages_and_a_bookmark_to_the_first(
    documents: list[Document], fonts: FontLibrary
) -> None:
    two_pages = Document(
        "two pages", Scene(tuple(each.scene.pages[0] for each in documents[:2] if each.scene))
    )

    data = whole(bound([two_pages, *documents], fonts=fonts, metadata=METADATA))

    assert bookmarks(data) == [
        ("two pages", 0),
        *((title, place) for place, (title, _) in enumerate(documents, 2)),
    ]
    with opened(data) as pdf:
        assert len(pdf.pages) == 2 + len(documents)
        assert pdf.Root.PageMode == "/UseOutlines"


def test_what_is_left_out_has_a_bookmark_that_leads_nowhere(
    documents: list[Document], fonts: FontLibrary
) -> None:
    given = [documents[0], Document("B: left out", None), documents[1]]

    for data in (
        whole(bound(given, fonts=fonts, metadata=METADATA)),
        whole(imposed(given, grid_for(85.6 * MM, 53.98 * MM), fonts=fonts, metadata=METADATA)),
    ):
        assert bookmarks(data)[1] == ("B: left out", None)


def test_what_documents_share_is_stored_once(scene_of: Callable[[str], Scene], fonts: FontLibrary) -> None:
    documents = [Document(f"{number}", scene_of(f"Ananya {number}")) for number in range(40)]
    grid = grid_for(85.6 * MM, 53.98 * MM)

    pages = whole(bound(documents, fonts=fonts, metadata=METADATA))
    sheets = whole(imposed(documents, grid, fonts=fonts, metadata=METADATA))

    alone = len(paint_pdf(scene_of("Ananya"), fonts=fonts, metadata=METADATA))
    for data in (pages, sheets):
        with opened(data) as pdf:
            assert len(images_of(pdf)) == 2  # the ground and the one photo
            assert len(programs_of(pdf)) == len(set(programs_of(pdf))) == 1  # one subset of the one face
        assert len(data) < alone + 40 * 3000
    with opened(pages) as pdf:
        grounds = {page.Contents[0].objgen for page in pdf.pages}
        assert len(grounds) == 1
    with opened(sheets) as pdf:
        forms = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form"
        ]
        shared = {
            form.objgen
            for card in forms
            for name, form in card.Resources.get("/XObject", {}).items()
            if name.startswith("/X")
        }
        assert len(shared) >= 1
        assert len(forms) == 40 + len(shared)


def test_readers_accept_both_forms(
    documents: list[Document], fonts: FontLibrary, debian_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    grid = grid_for(85.6 * MM, 53.98 * MM)

    pages = whole(bound(documents * 60, fonts=fonts, metadata=METADATA))  # more than one node of every tree
    sheets = whole(imposed(documents * 60, grid, fonts=fonts, metadata=METADATA))

    assert checked(pages, debian_tool("qpdf"), tmp_path / "pages.pdf") == (0, "")
    assert checked(sheets, debian_tool("qpdf"), tmp_path / "sheets.pdf") == (0, "")
    with opened(pages) as pdf:
        assert len(pdf.pages) == pdf.Root.Pages.Count == 360
        tree = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
        assert len(tree) == pdf.Root.StructTreeRoot.ParentTreeNextKey
        assert len(pdf.Root.StructTreeRoot.K) == 360
        for page in (pdf.pages[0], pdf.pages[359]):
            elements = tree[int(page.StructParents)]
            assert {str(element.Pg.objgen) for element in elements} == {str(page.objgen)}
    assert len(pypdfium2.PdfDocument(sheets)) == 36


def test_every_page_shows_what_its_document_shows_alone(
    documents: list[Document], fonts: FontLibrary
) -> None:
    together = whole(bound(documents, fonts=fonts, metadata=METADATA))
    with pypdfium2.PdfDocument(together) as pdf:
        for place, (title, scene) in enumerate(documents):
            assert scene is not None
            alone = drawn_by_pdfium(paint_pdf(scene, fonts=fonts, metadata=METADATA), 150)
            shown = pdf[place].render(scale=150 / 72).to_pil().convert("RGB")
            assert ImageChops.difference(shown, alone.convert("RGB")).getbbox() is None, title


def test_every_card_on_a_sheet_shows_what_its_document_shows_alone(
    documents: list[Document], fonts: FontLibrary
) -> None:
    grid = grid_for(85.6 * MM, 53.98 * MM)
    dpi = 288  # 4 pixels a point

    sheet = drawn_by_pdfium(whole(imposed(documents, grid, fonts=fonts, metadata=METADATA)), dpi).convert(
        "RGB"
    )

    for place, (title, scene) in enumerate(documents):
        assert scene is not None
        x, y = grid.corner_of(grid.cell_of(place))
        alone = drawn_by_pdfium(paint_pdf(scene, fonts=fonts, metadata=METADATA), dpi).convert("RGB")
        left, top = round(x * 4), round(y * 4)
        shown = sheet.crop((left, top, left + alone.width, top + alone.height))
        # Placed between pixels, so softened at its edges.
        assert _mean(ImageChops.difference(shown.reduce(8), alone.reduce(8))) < 6, title


def test_crop_marks_are_drawn_outside_the_cards_on_every_plate(
    documents: list[Document], fonts: FontLibrary
) -> None:
    grid = grid_for(85.6 * MM, 53.98 * MM)
    data = whole(imposed(documents[:1], grid, fonts=fonts, metadata=METADATA))

    sheet = drawn_by_pdfium(data, 600).convert("L")

    pixel = 600 / 25.4
    at = [
        (grid.left / MM, grid.top / MM - 3.5),
        (grid.left / MM - 3.5, grid.top / MM + 53.98),
        (105, 297 - 13.55 + 3.5),
    ]
    for x, y in at:
        around = sheet.crop(
            (int((x - 0.3) * pixel), int((y - 0.3) * pixel), int((x + 0.3) * pixel), int((y + 0.3) * pixel))
        )
        assert min(around.tobytes()) < 128, (x, y)
    with opened(data) as pdf:
        assert pdf.pages[0].Resources.ColorSpace.Every[1] == "/All"
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        assert pdf.Root.ViewerPreferences.Duplex == "/DuplexFlipLongEdge"
        assert b"0.25 w" in pdf.pages[0].Contents[1].read_bytes()


def test_the_text_of_every_document_can_be_read(documents: list[Document], fonts: FontLibrary) -> None:
    pages = whole(bound(documents, fonts=fonts, metadata=METADATA))
    sheets = whole(imposed(documents, grid_for(85.6 * MM, 53.98 * MM), fonts=fonts, metadata=METADATA))

    for place, name in enumerate(NAMES):
        if "ع" not in name:  # PDFium turns it around; test_pdf_text.py says how it is read
            assert name in said(pages, place)
            assert name in said(sheets, 0)


def test_the_bytes_depend_on_the_documents_alone(documents: list[Document], fonts: FontLibrary) -> None:
    first, second = (whole(bound(documents, fonts=fonts, metadata=METADATA)) for _ in range(2))

    assert first == second


def test_the_first_bytes_come_before_the_last_document_is_asked_for(
    scene_of: Callable[[str], Scene], fonts: FontLibrary
) -> None:
    asked = 0

    def many() -> Iterator[Document]:
        nonlocal asked
        for number in range(3000):
            asked = number
            yield Document(str(number), scene_of(f"Ananya {number}"))

    next(bound(many(), fonts=fonts, metadata=METADATA))

    assert asked < 200


@pytest.mark.slow
def test_a_binding_keeps_some_two_hundred_bytes_of_a_page(
    scene_of: Callable[[str], Scene], fonts: FontLibrary
) -> None:
    scenes = [scene_of(f"{name} {number}") for name in NAMES for number in range(10)]
    binding = Binding(lambda data: None, fonts)

    def add(count: int) -> None:
        for number in range(count):
            binding.add(scenes[number % len(scenes)], title=f"Document {number}")

    add(300)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        add(3000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (after - before) / 3000 < 400


def _mean(image: Image.Image) -> float:
    return float(ImageStat.Stat(image.convert("L")).mean[0])
