"""The PDF painter: scenes as one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from core.rendering.fonts import FontLibrary
from core.rendering.imposition import SHEET_HEIGHT, SHEET_WIDTH, Document, Grid, Placed, Sheet, impose
from core.rendering.painters.pdf.content import content, content_of_form
from core.rendering.painters.pdf.cropping import EVERY_PLATE, crop_marks
from core.rendering.painters.pdf.file import File, Write, references
from core.rendering.painters.pdf.metadata import PdfMetadata, information, xmp
from core.rendering.painters.pdf.outline import Outline
from core.rendering.painters.pdf.pages import PageTree
from core.rendering.painters.pdf.resources import Resources, form_entries
from core.rendering.painters.pdf.structure import PageStructure, Structure
from core.rendering.painters.pdf.syntax import flate, number, reference, text_string
from core.rendering.scene import Link, Scene, ScenePage

_PIECE: Final = 64 * 1024


def paint_pdf(scene: Scene, *, fonts: FontLibrary, metadata: PdfMetadata) -> bytes:
    """A scene as a PDF 1.7: tagged text that can be searched and copied, fonts subset, each picture stored once.

    The bytes depend on scene, fonts and metadata alone.
    """
    parts: list[bytes] = []
    binding = Binding(parts.append, fonts)
    binding.add(scene)
    binding.close(metadata)
    return b"".join(parts)


def bound(documents: Iterable[Document], *, fonts: FontLibrary, metadata: PdfMetadata) -> Iterator[bytes]:
    """Documents one after another in one PDF, each under a bookmark, piece by piece as they come."""
    pieces = _Pieces()
    binding = Binding(pieces.add, fonts)
    for title, scene in documents:
        if scene is None:
            binding.note(title)
        else:
            binding.add(scene, title=title)
        yield from pieces.ready()
    binding.close(metadata)
    yield from pieces.rest()


def imposed(
    documents: Iterable[Document], grid: Grid, *, fonts: FontLibrary, metadata: PdfMetadata
) -> Iterator[bytes]:
    """Documents as cards on sheets (core/rendering/imposition.py), piece by piece as they come. Raises `DoesNotFit`."""
    pieces = _Pieces()
    binding = Binding(pieces.add, fonts)
    for sheet in impose(documents, grid):
        binding.add_sheet(sheet, grid)
        yield from pieces.ready()
    # Cards have a size: a printer that fits sheets to its margins would change it.
    binding.close(metadata, preferences="/PrintScaling/None/Duplex/DuplexFlipLongEdge")
    yield from pieces.rest()


class _Pieces:
    """What was written, gathered to pieces that are worth sending."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)

    def ready(self) -> Iterator[bytes]:
        if self._size >= _PIECE:
            yield from self.rest()

    def rest(self) -> Iterator[bytes]:
        if self._parts:
            piece = b"".join(self._parts)
            self._parts, self._size = [], 0
            yield piece


class Binding:
    """Scenes bound into one file, which is written as it grows: its memory is that of one scene, of the fonts, and some two
    hundred bytes a page."""

    def __init__(self, write: Write, fonts: FontLibrary) -> None:
        self._file: Final = File(write)
        self._resources: Final = Resources(fonts)
        self._catalog: Final = self._file.reserve()
        self._pages: Final = PageTree(self._file)
        self._fonts: Final = self._file.reserve()
        self._structure: Structure | None = None
        self._outline: Outline | None = None

    def add(self, scene: Scene, *, title: str = "") -> None:
        """Add a document. A title becomes a bookmark that leads to its first page."""
        structure = None
        if any(_is_tagged(page) for page in scene.pages):
            structure = self._structure = self._structure or Structure(self._file)
            structure.begin_scene()
        numbers = [self._add_page(page, structure) for page in scene.pages]
        if structure is not None:
            structure.end_scene()
        if title:
            self._bookmark(title, f"[{reference(numbers[0])}/Fit]")

    def add_sheet(self, sheet: Sheet, grid: Grid) -> None:
        """Add cards upon a sheet, with crop marks. Each is a form, and what cards share is stored once; a sheet is for printers,
        so nothing on it is tagged and nothing a link."""
        own = self._add_sheet_page(sheet, grid)
        for title, card in sheet.bookmarks:
            self._bookmark(title, "" if card is None else f"[{reference(own)}/FitR {_box_of(card)}]")

    def note(self, title: str) -> None:
        """Add a bookmark that leads nowhere: it says what is not here."""
        self._bookmark(title, "")

    def close(self, metadata: PdfMetadata, *, preferences: str = "") -> None:
        file = self._file
        self._resources.add_fonts(file, self._fonts)
        packet = file.add_stream(xmp(metadata), "/Type/Metadata/Subtype/XML")
        entries = ""
        if self._outline is not None:
            entries = f"/Outlines {reference(self._outline.close())}/PageMode/UseOutlines"
        if self._structure is not None:
            entries += f"/MarkInfo<</Marked true>>/StructTreeRoot {reference(self._structure.close())}"
        file.fill(
            self._catalog,
            f"<</Type/Catalog/Pages {reference(self._pages.close())}/Lang{text_string(metadata.language)}"
            f"/Metadata {reference(packet)}/ViewerPreferences<</DisplayDocTitle true{preferences}>>{entries}>>",
        )
        file.close(root=self._catalog, info=file.add(information(metadata)))

    def _add_sheet_page(self, sheet: Sheet, grid: Grid) -> int:
        file = self._file
        own, parent = self._pages.add()
        forms = [self._add_card(card.page) for card in sheet.cards]
        marks = self._resources.add_stream(file, crop_marks(grid))
        shown = [
            f"q 1 0 0 1 {number(card.x)} {number(SHEET_HEIGHT - card.y - card.page.height)} cm /C{place} Do Q"
            for place, card in enumerate(sheet.cards)
        ]
        cards = file.add_stream(flate("\n".join(shown).encode("ascii")))
        objects = "".join([f"/C{place} {form} 0 R" for place, form in enumerate(forms)])
        file.fill(
            own,
            f"<</Type/Page/Parent {reference(parent)}/Contents {references([cards, marks])}"
            f"/Resources<</XObject<<{objects}>>/ColorSpace<<{EVERY_PLATE}>>>>"
            f"/MediaBox[0 0 {number(SHEET_WIDTH)} {number(SHEET_HEIGHT)}]"
            "/Group<</S/Transparency/CS/DeviceRGB>>>>",
        )
        return own

    def _add_card(self, page: ScenePage) -> int:
        data = content_of_form(page, self._resources)
        resources = self._resources.of_page(self._file, self._fonts)
        return self._file.add_stream(data, form_entries(page.width, page.height, resources))

    def _bookmark(self, title: str, destination: str) -> None:
        self._outline = self._outline or Outline(self._file)
        self._outline.add(title, destination)

    def _add_page(self, page: ScenePage, structure: Structure | None) -> int:
        file = self._file
        own, parent = self._pages.add()
        marks = None if structure is None else PageStructure(structure, own)
        pieces = content(page, self._resources, marks)
        resources = self._resources.of_page(file, self._fonts)
        streams = [self._resources.add_stream(file, piece) for piece in pieces]
        entries = ""
        if structure is not None and marks is not None and marks.elements:
            entries = f"/StructParents {structure.end_page(marks)}/Tabs/S"
        links = [
            self._add_link(part, page.height, own, structure) for part in page.marks if isinstance(part, Link)
        ]
        if links:
            entries += f"/Annots{references(links)}"
        contents = reference(streams[0]) if len(streams) == 1 else references(streams)
        file.fill(
            own,
            f"<</Type/Page/Parent {reference(parent)}/Resources{resources}"
            f"/Contents {contents}/MediaBox[0 0 {number(page.width)} {number(page.height)}]"
            # Opacity mixes in the colour space that the painter of images mixes in.
            f"/Group<</S/Transparency/CS/DeviceRGB>>{entries}>>",
        )
        return own

    def _add_link(self, link: Link, page_height: float, page: int, structure: Structure | None) -> int:
        if not link.address.startswith(("https://", "http://")):
            raise ValueError(f"a link leads to the web, not to {link.address[:40]!r}")
        own = self._file.reserve()
        corners = (link.x, page_height - link.y - link.height, link.x + link.width, page_height - link.y)
        address = quote(link.address, safe=":/?#[]@!$&*+,;=%-._~'")
        key = "" if structure is None else f"/StructParent {structure.add_link(own, page, address)}"
        self._file.fill(
            own,
            f"<</Type/Annot/Subtype/Link/Rect[{' '.join(map(number, corners))}]/Border[0 0 0]"
            f"/F 4/Contents{text_string(address)}"  # 4: is there in print, too
            f"/A<</S/URI/URI({address})>>{key}>>",
        )
        return own


def _box_of(card: Placed) -> str:
    bottom = SHEET_HEIGHT - card.y - card.page.height
    corners = (card.x, bottom, card.x + card.page.width, bottom + card.page.height)
    return " ".join(map(number, corners))


def _is_tagged(page: ScenePage) -> bool:
    return any(getattr(mark, "tag", None) is not None for mark in page.marks)
