"""The PDF painter: a scene as one document."""

from __future__ import annotations

from urllib.parse import quote

from core.rendering.fonts import FontLibrary
from core.rendering.painters.pdf.content import content
from core.rendering.painters.pdf.metadata import PdfMetadata, information, xmp
from core.rendering.painters.pdf.resources import Resources
from core.rendering.painters.pdf.syntax import File, array, dictionary, number, reference, stream, text_string
from core.rendering.scene import Link, Scene, ScenePage


def paint_pdf(scene: Scene, *, fonts: FontLibrary, metadata: PdfMetadata) -> bytes:
    """A scene as a PDF 1.7: text that can be searched and copied, fonts subset, each picture stored once.

    The bytes depend on scene, fonts and metadata alone.
    """
    file = File()
    resources = Resources(fonts)
    catalog, tree = file.reserve(), file.reserve()
    contents = [file.add(stream(content(page, resources))) for page in scene.pages]
    shared = reference(resources.add_to(file))
    pages = [
        _add_page(file, page, {"Parent": reference(tree), "Resources": shared, "Contents": reference(number)})
        for page, number in zip(scene.pages, contents, strict=True)
    ]
    file.fill(
        tree,
        dictionary({"Type": "/Pages", "Kids": array(map(reference, pages)), "Count": str(len(pages))}),
    )
    packet = file.add(stream(xmp(metadata), {"Type": "/Metadata", "Subtype": "/XML"}, compress=False))
    file.fill(
        catalog,
        dictionary(
            {
                "Type": "/Catalog",
                "Pages": reference(tree),
                "Lang": text_string(metadata.language),
                "Metadata": reference(packet),
                "ViewerPreferences": "<</DisplayDocTitle true>>",
            }
        ),
    )
    return file.closed(root=catalog, info=file.add(information(metadata)))


def _add_page(file: File, page: ScenePage, entries: dict[str, str]) -> int:
    links = [reference(_add_link(file, mark, page.height)) for mark in page.marks if isinstance(mark, Link)]
    entries = {
        "Type": "/Page",
        **entries,
        "MediaBox": f"[0 0 {number(page.width)} {number(page.height)}]",
        # Opacity mixes in the colour space that the painter of images mixes in.
        "Group": "<</S/Transparency/CS/DeviceRGB>>",
    }
    if links:
        entries["Annots"] = array(links)
    return file.add(dictionary(entries))


def _add_link(file: File, link: Link, page_height: float) -> int:
    if not link.address.startswith(("https://", "http://")):
        raise ValueError(f"a link leads to the web, not to {link.address[:40]!r}")
    left, right = link.x, link.x + link.width
    bottom, top = page_height - link.y - link.height, page_height - link.y
    address = quote(link.address, safe=":/?#[]@!$&*+,;=%-._~'")
    return file.add(
        dictionary(
            {
                "Type": "/Annot",
                "Subtype": "/Link",
                "Rect": array(map(number, (left, bottom, right, top))),
                "Border": "[0 0 0]",
                "F": "4",  # is there in print, too
                "A": f"<</S/URI/URI({address})>>",
            }
        )
    )
