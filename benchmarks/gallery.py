"""Every built-in template with its hardest sample row, as pictures under `docs/gallery` and a page that shows them.

The hardest row is the one with the most scripts in it, and of those the one with the most text. The same templates make the same
pictures.

    make gallery
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fontTools import unicodedata
from PIL import Image

from benchmarks.builtin import NAMES, BuiltIns, Row
from core.rendering.painters import paint_page
from core.settings import ROOT

_FOLDER: Final = ROOT / "docs" / "gallery"
_WIDTH: Final = 1100  # pixels of a picture
_MOST_PAGES: Final = 2
_HEAD: Final = """# The gallery

What comes with Certmill, each template with the hardest of its sample rows: most scripts, then most text. `make gallery` draws
these pictures anew; a document of many pages shows its first two.
"""


def main() -> None:
    built_ins = BuiltIns()
    _FOLDER.mkdir(exist_ok=True)
    page = [_HEAD]
    for name in NAMES:
        document = built_ins.templates[name].document
        drawing, _ = built_ins.draw(name, max(built_ins.rows[name], key=_hardness), 1234)
        page.append(f"## {document.name}\n\n{document.description}\n")
        for number, side in enumerate(drawing.scene.pages[:_MOST_PAGES], start=1):
            image = paint_page(side, dpi=_WIDTH * 2 * 72 / side.width, fonts=built_ins.fonts)
            file = _FOLDER / f"{name}-{number}.jpg"
            file.write_bytes(_small(image))
            page.append(f"![{document.name}, page {number}](gallery/{file.name})\n")
            print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB")
    (ROOT / "docs" / "gallery.md").write_text("\n".join(page), "utf-8")


def _hardness(row: Row) -> tuple[int, int]:
    text = "".join(_texts({**row.values, **row.issuer}))
    scripts = {unicodedata.script(character) for character in text}
    return len(scripts), len(text)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case tuple() | list():
            for part in value:
                yield from _texts(part)


def _small(image: Image.Image) -> bytes:
    """Half as large: lines finer than a pixel come out as light as they are."""
    file = io.BytesIO()
    image.reduce(2).save(file, "JPEG", quality=80)
    return file.getvalue()


if __name__ == "__main__":
    main()
