"""What the pages of a document draw with, each once: fonts, pictures, opacities."""

from __future__ import annotations

from typing import Final

from core.rendering.fonts import Face, FontLibrary
from core.rendering.painters.pdf.fonts import add_font, measures
from core.rendering.painters.pdf.pictures import add_picture
from core.rendering.painters.pdf.syntax import File, dictionary, number, reference
from core.rendering.scene import ImageSource


class UsedFont:
    """A face in a document: its name in content streams, the glyphs used so far, and what they were taken to say."""

    def __init__(self, name: str, face: Face) -> None:
        self.name: Final = name
        self.face: Final = face
        self.widths: Final = measures(face).widths
        self.texts: Final[dict[int, str]] = {}
        self.glyphs: Final[set[int]] = set()

    def says(self, glyph: int, text: str) -> bool:
        """Whether the glyph stands for this text wherever it is used: what it says first, it says for the whole document."""
        return self.texts.setdefault(glyph, text) == text


class Resources:
    """Grows while content is written; afterwards `add_to` writes it all into the file."""

    def __init__(self, fonts: FontLibrary) -> None:
        self._library: Final = fonts
        self._fonts: Final[dict[str, UsedFont]] = {}
        self._pictures: Final[dict[str, tuple[str, ImageSource]]] = {}
        self._opacities: Final[dict[float, str]] = {}

    def font(self, face: str) -> UsedFont:
        used = self._fonts.get(face)
        if used is None:
            used = self._fonts[face] = UsedFont(f"F{len(self._fonts) + 1}", self._library.face(face))
        return used

    def picture(self, source: ImageSource) -> str:
        name, _ = self._pictures.setdefault(source.digest, (f"P{len(self._pictures) + 1}", source))
        return name

    def opacity(self, opacity: float) -> str:
        return self._opacities.setdefault(opacity, f"G{len(self._opacities) + 1}")

    def add_to(self, file: File) -> int:
        """The number of the resource dictionary."""
        fonts = {
            used.name: reference(add_font(file, used.face, used.texts, frozenset(used.glyphs)))
            for used in self._fonts.values()
        }
        pictures = {name: reference(add_picture(file, source)) for name, source in self._pictures.values()}
        opacities = {
            name: dictionary({"ca": number(opacity, 3), "CA": number(opacity, 3)})
            for opacity, name in self._opacities.items()
        }
        groups = {"Font": fonts, "XObject": pictures, "ExtGState": opacities}
        return file.add(dictionary({key: dictionary(group) for key, group in groups.items() if group}))
