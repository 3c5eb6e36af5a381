"""What the pages of a file draw with, each once: fonts, pictures, opacities."""

from __future__ import annotations

from typing import Final, NamedTuple

from core.rendering.fonts import FontLibrary
from core.rendering.painters.pdf.codes import UsedFont
from core.rendering.painters.pdf.file import File
from core.rendering.painters.pdf.fonts import add_font
from core.rendering.painters.pdf.pictures import add_picture
from core.rendering.painters.pdf.syntax import number, reference
from core.rendering.scene import ImageSource


class FontNeed(NamedTuple):
    """Glyphs of a face, and what their codes say beside their characters."""

    face: str
    glyphs: frozenset[int]
    said: tuple[tuple[int, str], ...]


class Needs(NamedTuple):
    """What a piece of content draws with."""

    fonts: tuple[FontNeed, ...]
    pictures: tuple[ImageSource, ...]
    opacities: tuple[float, ...]


class Resources:
    """Grows while content is written. Names are made of what they name, so that content written before can be used again."""

    def __init__(self, library: FontLibrary) -> None:
        self.library: Final = library
        self._fonts: Final[dict[str, UsedFont]] = {}
        self._pictures: dict[str, ImageSource] = {}
        self._opacities: dict[float, str] = {}
        self._written: Final[dict[str, int]] = {}

    def font(self, face: str) -> UsedFont:
        used = self._fonts.get(face)
        if used is None:
            used = self._fonts[face] = UsedFont(self.library.face(face))
        return used

    def picture(self, source: ImageSource) -> str:
        self._pictures[source.digest] = source
        return _picture_name(source.digest)

    def opacity(self, opacity: float) -> str:
        return self._opacities.setdefault(opacity, f"G{round(opacity * 1000)}")

    def needs(self) -> Needs | None:
        """All that was asked for; None where a code says what it says in this document only."""
        if any(used.others for used in self._fonts.values()):
            return None
        fonts = tuple(
            FontNeed(face, frozenset(used.glyphs), tuple(used.texts.items()))
            for face, used in self._fonts.items()
        )
        return Needs(fonts, tuple(self._pictures.values()), tuple(self._opacities))

    def adopt(self, needs: Needs) -> bool:
        """Ask for all of it; False where one of its codes says something else here."""
        for face, glyphs, said in needs.fonts:
            if not self.font(face).adopt(glyphs, said):
                return False
        for source in needs.pictures:
            self.picture(source)
        for opacity in needs.opacities:
            self.opacity(opacity)
        return True

    def of_page(self, file: File, fonts: int) -> str:
        """The resource dictionary for what was written since the last one. `fonts` is the object that `add_fonts` fills."""
        groups = [f"/Font {reference(fonts)}"]
        if self._pictures:
            pictures = [
                f"/{_picture_name(digest)} {self._add_picture(file, source)} 0 R"
                for digest, source in self._pictures.items()
            ]
            groups.append(f"/XObject<<{''.join(pictures)}>>")
            self._pictures = {}
        if self._opacities:
            states = [
                f"/{name}<</ca {number(opacity, 3)}/CA {number(opacity, 3)}>>"
                for opacity, name in self._opacities.items()
            ]
            groups.append(f"/ExtGState<<{''.join(states)}>>")
            self._opacities = {}
        return f"<<{''.join(groups)}>>"

    def add_fonts(self, file: File, number: int) -> None:
        """Write every font of the file, once all content is written."""
        fonts = [f"/{used.name} {add_font(file, used)} 0 R" for used in self._fonts.values()]
        file.fill(number, f"<<{''.join(fonts)}>>")

    def _add_picture(self, file: File, source: ImageSource) -> int:
        known = self._written.get(source.digest)
        if known is None:
            known = self._written[source.digest] = add_picture(file, source)
        return known


def _picture_name(digest: str) -> str:
    return f"P{digest[:16]}"
