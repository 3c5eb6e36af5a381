"""What the codes of a document's fonts show, and what they say to a reader who copies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from core.rendering.fonts import Face
from core.rendering.painters.pdf.subsets import measures
from core.rendering.scene import Glyph

NO_INK: Final = 0
"""The glyph .notdef, of which a subset leaves nothing: it stands for codes that only say something."""

_MOST_CODES: Final = 65_536
_REMEMBERED: Final = 4096
"""Pieces of content that a font knows to have asked for all they need, as many as some hundred pages have."""
_SILENT: Final = range(0x0590, 0x0900)
"""Letters of right-to-left scripts: each has a code of its own, the same in every document, that says it without ink."""
_ZERO_WIDTH_SPACE: Final = "\u200b"


class Asked(NamedTuple):
    """What a piece of content asks of a font: glyphs, and what its codes say beside what the font's characters do."""

    glyphs: tuple[int, ...]
    said: tuple[tuple[int, str], ...]
    """What codes must say."""
    hints: tuple[tuple[int, str], ...]
    """What glyphs may say that stand in spans, where nobody who knows of spans asks them."""
    silent: tuple[tuple[tuple[int, str], int], ...]


class UsedFont:
    """A face in a document, growing with what is written.

    A glyph's code is its id in the font file. It says the character that has it in the font, or else what it said first; where
    the glyph is to say something else, it gets another code, beyond the ids of the file.
    """

    def __init__(self, face: Face) -> None:
        self.face: Final = face
        self.measures: Final = measures(face)
        self.name: Final = self.measures.resource
        self.number = 0
        """Of its object in a file, once it has one."""
        self.glyphs: Final[set[int]] = {NO_INK}
        self.others: Final[dict[tuple[int, str], int]] = {}
        """Codes beyond the ids of the file, by glyph and what they say."""
        self._said: Final[dict[int, str]] = {}
        self._hints: Final[dict[int, str]] = {}
        self._adopted: Final[dict[int, Asked]] = {}
        """By identity, which lasts because they are kept here: to compare them takes as long as to adopt them."""
        self._characters: Final = face.characters

    @property
    def texts(self) -> Mapping[int, str]:
        """What codes say beside the characters that have a glyph for themselves."""
        return {**self._hints, **self._said} if self._hints else self._said

    def asked(self) -> Asked | None:
        """All that was asked for; None where a code says what it says in this document only."""
        if any(glyph != NO_INK for glyph, _ in self.others):
            return None
        return Asked(
            tuple(self.glyphs),
            tuple(self._said.items()),
            tuple(self._hints.items()),
            tuple(self.others.items()),
        )

    def adopt(self, asked: Asked) -> bool:
        """Ask for all of it; False where one of its codes says something else here."""
        if id(asked) in self._adopted:
            return True
        glyphs, said, hints, silent = asked
        known = self._said
        for code, text in said:
            if known.setdefault(code, text) != text:
                return False
        for glyph, text in hints:
            self._hints.setdefault(glyph, text)
        self.others.update(silent)
        self.glyphs.update(glyphs)
        if len(self._adopted) == _REMEMBERED:
            self._adopted.clear()
        self._adopted[id(asked)] = asked
        return True

    def code(self, glyph: int, text: str) -> int | None:
        """The code that shows a glyph and says `text`; None where the font has no more to give."""
        if glyph == NO_INK:
            return self._silent_code(text)
        self.glyphs.add(glyph)
        if (self._characters.get(glyph) or self._said.setdefault(glyph, text)) == text:
            return glyph
        known = self.others.get((glyph, text))
        return known or self._new_code(glyph, text, self._first_silent + len(_SILENT) + len(self.others))

    def learn(self, glyphs: Sequence[Glyph], text: str) -> None:
        """Take note of glyphs that say `text` together. For readers that know nothing of spans, each says a part of it."""
        self.glyphs.update([glyph.id for glyph in glyphs])
        rest = text
        unnamed: list[int] = []
        for glyph in glyphs:
            said = self._characters.get(glyph.id) or self._said.get(glyph.id) or self._hints.get(glyph.id)
            if said is None:
                unnamed.append(glyph.id)
            else:
                rest = rest.replace(said, "", 1)
        for glyph_id in unnamed:
            # nothing at all would be read as its code
            self._hints.setdefault(glyph_id, rest or _ZERO_WIDTH_SPACE)
            rest = ""

    @property
    def _first_silent(self) -> int:
        return len(self.measures.widths)

    def _silent_code(self, letter: str) -> int | None:
        if len(letter) > 1 or ord(letter) not in _SILENT:
            return None
        return self._new_code(NO_INK, letter, self._first_silent + ord(letter) - _SILENT.start)

    def _new_code(self, glyph: int, text: str, code: int) -> int | None:
        # A compact font's codes are its glyph ids, and nothing maps between them.
        if self.measures.compact or code >= _MOST_CODES:
            return None
        self.others[glyph, text] = code
        self._said[code] = text
        return code
