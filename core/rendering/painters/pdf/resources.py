"""What the pages of a document draw with, each once: fonts, pictures, opacities."""

from __future__ import annotations

from typing import Final

from core.rendering.fonts import FontLibrary
from core.rendering.painters.pdf.codes import UsedFont
from core.rendering.painters.pdf.fonts import add_font
from core.rendering.painters.pdf.pictures import add_picture
from core.rendering.painters.pdf.syntax import File, dictionary, number, reference
from core.rendering.scene import ImageSource


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
        fonts = {used.name: reference(add_font(file, used)) for used in self._fonts.values()}
        pictures = {name: reference(add_picture(file, source)) for name, source in self._pictures.values()}
        opacities = {
            name: dictionary({"ca": number(opacity, 3), "CA": number(opacity, 3)})
            for opacity, name in self._opacities.items()
        }
        groups = {"Font": fonts, "XObject": pictures, "ExtGState": opacities}
        return file.add(dictionary({key: dictionary(group) for key, group in groups.items() if group}))
