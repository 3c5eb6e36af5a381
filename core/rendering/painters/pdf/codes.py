"""What the codes of a document's fonts show, and what they say to a reader who copies them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from core.rendering.fonts import Face
from core.rendering.painters.pdf.subsets import measures
from core.rendering.scene import Glyph

NO_INK: Final = 0
"""The glyph .notdef, of which a subset leaves nothing: it stands for codes that only say something."""

_MOST_CODES: Final = 65_536
_ZERO_WIDTH_SPACE: Final = "\u200b"
_PRESENTATION_FORMS: Final = range(0xFB00, 0xFF00)


class UsedFont:
    """A face in a document, growing with what is written.

    A glyph's code is its id in the font file. It says what it said first; where the glyph is to say something else, it gets
    another code, beyond the ids of the file.
    """

    def __init__(self, name: str, face: Face) -> None:
        self.name: Final = name
        self.face: Final = face
        self.measures: Final = measures(face)
        self.glyphs: Final[set[int]] = {NO_INK}
        self.texts: Final[dict[int, str]] = {}
        self.others: Final[dict[tuple[int, str], int]] = {}

    def code(self, glyph: int, text: str) -> int | None:
        """The code that shows a glyph and says `text`; None where the font has no more to give."""
        if glyph != NO_INK:
            self.glyphs.add(glyph)
            if self.texts.setdefault(glyph, text) == text:
                return glyph
        return self._other_code(glyph, text)

    def learn(self, glyphs: Sequence[Glyph], text: str) -> None:
        """Take note of glyphs that say `text` together. For readers that know nothing of spans, each says a part of it."""
        self.glyphs.update(glyph.id for glyph in glyphs)
        alone = _characters(self.face)
        rest = text
        unnamed: list[int] = []
        for glyph in glyphs:
            said = self.texts.get(glyph.id) or alone.get(glyph.id)
            if said is None:
                unnamed.append(glyph.id)
            else:
                self.texts.setdefault(glyph.id, said)
                rest = rest.replace(said, "", 1)
        for glyph_id in unnamed:
            self.texts.setdefault(
                glyph_id, rest or _ZERO_WIDTH_SPACE
            )  # nothing at all would be read as its code
            rest = ""

    def _other_code(self, glyph: int, text: str) -> int | None:
        known = self.others.get((glyph, text))
        if known is not None:
            return known
        code = len(self.measures.widths) + len(self.others)
        # A compact font's codes are its glyph ids, and nothing maps between them.
        if self.measures.compact or code >= _MOST_CODES:
            return None
        self.others[glyph, text] = code
        self.texts[code] = text
        return code


def _characters(face: Face) -> dict[int, str]:
    """The characters that glyphs stand for by themselves. Presentation forms do not count: nobody writes them."""
    known = _CHARACTERS.get(face)
    if known is None:
        known = _CHARACTERS[face] = {}
        for codepoint in sorted(face.codepoints):
            if codepoint not in _PRESENTATION_FORMS:
                known.setdefault(face.hb_font.get_nominal_glyph(codepoint), chr(codepoint))
    return known


_CHARACTERS: Final[WeakKeyDictionary[Face, dict[int, str]]] = WeakKeyDictionary()
