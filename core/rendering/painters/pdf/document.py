"""The PDF painter: scenes as one document."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from core.rendering.fonts import FontLibrary
from core.rendering.painters.pdf.content import content
from core.rendering.painters.pdf.file import File, Write, references
from core.rendering.painters.pdf.metadata import PdfMetadata, information, xmp
from core.rendering.painters.pdf.resources import Resources
from core.rendering.painters.pdf.structure import PageStructure, Structure
from core.rendering.painters.pdf.syntax import number, reference, text_string
from core.rendering.scene import Link, Scene, ScenePage


def paint_pdf(scene: Scene, *, fonts: FontLibrary, metadata: PdfMetadata) -> bytes:
    """A scene as a PDF 1.7: tagged text that can be searched and copied, fonts subset, each picture stored once.

    The bytes depend on scene, fonts and metadata alone.
    """
    parts: list[bytes] = []
    binding = Binding(parts.append, fonts)
    binding.add(scene)
    binding.close(metadata)
    return b"".join(parts)


class Binding:
    """Scenes bound into one file, which is written as it grows: its memory is that of one scene and of the fonts."""

    def __init__(self, write: Write, fonts: FontLibrary) -> None:
        self._file: Final = File(write)
        self._resources: Final = Resources(fonts)
        self._catalog: Final = self._file.reserve()
        self._tree: Final = self._file.reserve()
        self._fonts: Final = self._file.reserve()
        self._pages: Final[list[int]] = []
        self._structure: Structure | None = None

    def add(self, scene: Scene) -> None:
        structure = None
        if any(_is_tagged(page) for page in scene.pages):
            structure = self._structure = self._structure or Structure(self._file)
            structure.begin_scene()
        for page in scene.pages:
            self._add_page(page, structure)
        if structure is not None:
            structure.end_scene()

    def close(self, metadata: PdfMetadata) -> None:
        file = self._file
        self._resources.add_fonts(file, self._fonts)
        file.fill(self._tree, f"<</Type/Pages/Kids{references(self._pages)}/Count {len(self._pages)}>>")
        packet = file.add_stream(xmp(metadata), "/Type/Metadata/Subtype/XML")
        tags = ""
        if self._structure is not None:
            tags = f"/MarkInfo<</Marked true>>/StructTreeRoot {reference(self._structure.close())}"
        file.fill(
            self._catalog,
            f"<</Type/Catalog/Pages {reference(self._tree)}/Lang{text_string(metadata.language)}"
            f"/Metadata {reference(packet)}/ViewerPreferences<</DisplayDocTitle true>>{tags}>>",
        )
        file.close(root=self._catalog, info=file.add(information(metadata)))

    def _add_page(self, page: ScenePage, structure: Structure | None) -> None:
        file = self._file
        own = file.reserve()
        marks = None if structure is None else PageStructure(structure, own)
        streams = [
            file.add_stream(data, digest=digest) for data, digest in content(page, self._resources, marks)
        ]
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
            f"<</Type/Page/Parent {reference(self._tree)}/Resources{self._resources.of_page(file, self._fonts)}"
            f"/Contents {contents}/MediaBox[0 0 {number(page.width)} {number(page.height)}]"
            # Opacity mixes in the colour space that the painter of images mixes in.
            f"/Group<</S/Transparency/CS/DeviceRGB>>{entries}>>",
        )
        self._pages.append(own)

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


def _is_tagged(page: ScenePage) -> bool:
    return any(getattr(mark, "tag", None) is not None for mark in page.marks)
