"""What the pages of a file draw with, each once: fonts, pictures, forms, opacities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from core.rendering.fonts import FontLibrary
from core.rendering.painters.pdf.codes import Asked, UsedFont
from core.rendering.painters.pdf.file import File
from core.rendering.painters.pdf.fonts import NUMBERS, add_font
from core.rendering.painters.pdf.pictures import add_picture
from core.rendering.painters.pdf.syntax import number, reference
from core.rendering.scene import ImageSource


class Needs(NamedTuple):
    """What a piece of content draws with."""

    fonts: tuple[tuple[str, Asked], ...]
    """By the name of the face."""
    pictures: tuple[ImageSource, ...]
    opacities: tuple[float, ...]


class Stream(NamedTuple):
    """A piece of content, compressed, and what it is known by where it may come again."""

    data: bytes
    digest: bytes = b""


class Form(NamedTuple):
    """A piece of content that draws on an area of its own (8.10), and what it draws with."""

    stream: Stream
    needs: Needs
    width: float
    height: float


_REMEMBERED: Final = 4096
"""Pictures, forms and pieces of content of a file: one that comes again after so many others is written again."""


class Resources:
    """Grows while content is written. Names are made of what they name, so that content written before can be used again."""

    def __init__(self, library: FontLibrary) -> None:
        self.library: Final = library
        self._fonts: Final[dict[str, UsedFont]] = {}
        self._pictures: dict[str, ImageSource] = {}
        self._opacities: dict[float, str] = {}
        self._forms: dict[str, Form] = {}
        self._written: Final[dict[str | bytes, int]] = {}

    def font(self, face: str) -> UsedFont:
        used = self._fonts.get(face)
        if used is None:
            used = self._fonts[face] = UsedFont(self.library.face(face))
        return used

    def picture(self, source: ImageSource) -> str:
        self._pictures[source.digest] = source
        return _picture_name(source.digest)

    def form(self, form: Form) -> str:
        name = f"X{form.stream.digest.hex()[:16]}"
        self._forms[name] = form
        return name

    def opacity(self, opacity: float) -> str:
        return self._opacities.setdefault(opacity, _opacity_name(opacity))

    def needs(self) -> Needs | None:
        """All that was asked for; None where a code says what it says in this document only."""
        fonts: list[tuple[str, Asked]] = []
        for face, used in self._fonts.items():
            asked = used.asked()
            if asked is None:
                return None
            fonts.append((face, asked))
        return Needs(tuple(fonts), tuple(self._pictures.values()), tuple(self._opacities))

    def adopt(self, needs: Needs) -> bool:
        """Ask for all of it; False where one of its codes says something else here."""
        if not self.adopt_fonts(needs):
            return False
        for source in needs.pictures:
            self.picture(source)
        for opacity in needs.opacities:
            self.opacity(opacity)
        return True

    def adopt_fonts(self, needs: Needs) -> bool:
        """As `adopt`, for a form, which brings its pictures and opacities itself."""
        return all(self.font(face).adopt(asked) for face, asked in needs.fonts)

    def of_page(self, file: File, fonts: int) -> str:
        """The resource dictionary for what was written since the last one. `fonts` is the object that `add_fonts` fills.

        Fonts get their numbers as soon as a page has them: so they have the same in most documents of a layout.
        """
        for used in self._fonts.values():
            if not used.number:
                used.number = file.reserve_several(NUMBERS)
        objects = [
            f"/{name} {self._add_form(file, name, form, fonts)} 0 R" for name, form in self._forms.items()
        ]
        objects += self._add_pictures(file, self._pictures.values())
        entries = _resources(fonts, objects, self._opacities)
        self._forms, self._pictures, self._opacities = {}, {}, {}
        return entries

    def add_stream(self, file: File, stream: Stream) -> int:
        """Write a piece of content, unless it is in the file; the number of its object."""
        if not stream.digest:
            return file.add_stream(stream.data)
        return self._once(stream.digest, lambda: file.add_stream(stream.data, digest=stream.digest))

    def add_fonts(self, file: File, number: int) -> None:
        """Write every font of the file, once all content is written."""
        fonts = [f"/{used.name} {add_font(file, used)} 0 R" for used in self._fonts.values()]
        file.fill(number, f"<<{''.join(fonts)}>>")

    def _add_pictures(self, file: File, pictures: Iterable[ImageSource]) -> list[str]:
        return [
            f"/{_picture_name(source.digest)} {self._add_picture(file, source)} 0 R" for source in pictures
        ]

    def _add_picture(self, file: File, source: ImageSource) -> int:
        return self._once(source.digest, lambda: add_picture(file, source))

    def _add_form(self, file: File, name: str, form: Form, fonts: int) -> int:
        def add() -> int:
            needs = form.needs
            opacities = {opacity: _opacity_name(opacity) for opacity in needs.opacities}
            resources = _resources(fonts, self._add_pictures(file, needs.pictures), opacities)
            entries = form_entries(form.width, form.height, resources)
            return file.add_stream(form.stream.data, entries, digest=form.stream.digest)

        return self._once(name, add)

    def _once(self, what: str | bytes, write: Callable[[], int]) -> int:
        """The number of what is in the file, written now if it is not."""
        number = self._written.get(what)
        if number is None:
            if len(self._written) == _REMEMBERED:
                del self._written[next(iter(self._written))]
            number = self._written[what] = write()
        return number


def form_entries(width: float, height: float, resources: str) -> str:
    """What is said of a form beside its content."""
    return (
        f"/Type/XObject/Subtype/Form/BBox[0 0 {number(width)} {number(height)}]"
        f"/Resources{resources}/Filter/FlateDecode"
    )


def _resources(fonts: int, objects: Iterable[str], opacities: Mapping[float, str]) -> str:
    groups = [f"/Font {reference(fonts)}"]
    if shown := "".join(objects):
        groups.append(f"/XObject<<{shown}>>")
    if opacities:
        states = [
            f"/{name}<</ca {number(opacity, 3)}/CA {number(opacity, 3)}>>"
            for opacity, name in opacities.items()
        ]
        groups.append(f"/ExtGState<<{''.join(states)}>>")
    return f"<<{''.join(groups)}>>"


def _picture_name(digest: str) -> str:
    return f"P{digest[:16]}"


def _opacity_name(opacity: float) -> str:
    return f"G{round(opacity * 1000)}"
