"""What the codes of a document's fonts show, and what they say to a reader who copies them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.pdf.subsets import measures
from core.rendering.scene import Glyph, Word

NO_INK: Final = 0
"""The glyph .notdef, of which a subset leaves nothing: it stands for codes that only say something."""

WIDE: Final = 0.08
"""Of an em: from here on readers may see a gap between words."""

_MOST_CODES: Final = 65_536
_MOST_WORDS: Final = 2000
_ZERO_WIDTH_SPACE: Final = "\u200b"
_PRESENTATION_FORMS: Final = range(0xFB00, 0xFF00)


class PlainWord(NamedTuple):
    """A word in which every glyph stands on the baseline and speaks for itself, as in most scripts. Lengths in thousandths
    of an em."""

    shown: str
    """What TJ takes: its codes and the steps between them."""
    glyphs: frozenset[int]
    said: tuple[tuple[int, str], ...]
    """Those of its glyphs that no character has for itself, such as ligatures, with what they say here."""
    start: float
    """From the word's start to its first glyph."""
    end: float
    """From the word's start to where a reader's pen then stands."""
    is_space: bool


class UsedFont:
    """A face in a document, growing with what is written.

    A glyph's code is its id in the font file. It says the character that has it in the font, or else what it said first; where
    the glyph is to say something else, it gets another code, beyond the ids of the file.
    """

    def __init__(self, face: Face) -> None:
        self.face: Final = face
        self.measures: Final = measures(face)
        self.name: Final = self.measures.resource
        self.glyphs: Final[set[int]] = {NO_INK}
        self.texts: Final[dict[int, str]] = {}
        """What codes say beside the characters that have a glyph for themselves."""
        self.others: Final[dict[tuple[int, str], int]] = {}
        self._characters: Final = characters(face)
        self._plain: Final[dict[Word, PlainWord | None]] = {}

    def plain(self, word: Word) -> PlainWord | None:
        """How a word is shown, if nothing about it is special, here or in itself."""
        try:
            return self._plain[word]
        except KeyError:
            plain = _PLAIN.get((word, self.face), _made_plain)
            if plain is not None and not self.adopt(plain.glyphs, plain.said):
                plain = None
            if len(self._plain) == _MOST_WORDS:
                self._plain.clear()  # a file of many documents; asked once more, a word gets the same answer
            self._plain[word] = plain
            return plain

    def adopt(self, glyphs: frozenset[int], said: Iterable[tuple[int, str]]) -> bool:
        """Use glyphs for what they say; False where one of them says something else here."""
        known = self.texts
        for glyph, text in said:
            if known.setdefault(glyph, text) != text:
                return False
        self.glyphs.update(glyphs)
        return True

    def code(self, glyph: int, text: str) -> int | None:
        """The code that shows a glyph and says `text`; None where the font has no more to give."""
        if glyph != NO_INK:
            self.glyphs.add(glyph)
            if (self._characters.get(glyph) or self.texts.setdefault(glyph, text)) == text:
                return glyph
        return self._other_code(glyph, text)

    def learn(self, glyphs: Sequence[Glyph], text: str) -> None:
        """Take note of glyphs that say `text` together. For readers that know nothing of spans, each says a part of it."""
        self.glyphs.update(glyph.id for glyph in glyphs)
        rest = text
        unnamed: list[int] = []
        for glyph in glyphs:
            said = self._characters.get(glyph.id) or self.texts.get(glyph.id)
            if said is None:
                unnamed.append(glyph.id)
            else:
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


def _made_plain(wanted: tuple[Word, Face]) -> PlainWord | None:
    word, face = wanted
    if word.right_to_left or len(word.clusters) != len(word.glyphs) or not word.glyphs:
        return None
    alone, widths = characters(face), measures(face).widths
    said: dict[int, str] = {}
    shown: list[str] = []
    codes: list[str] = []
    start = pen = word.glyphs[0].x * 1000
    for (text, _, _), (glyph, x, y, _) in zip(word.clusters, word.glyphs, strict=True):
        step = round(pen - x * 1000)
        own = alone.get(glyph) or said.setdefault(glyph, text)
        if y or glyph == NO_INK or own != text or -step > WIDE * 1000:
            return None
        if step:
            shown += "<", "".join(codes), ">", str(step)
            codes = []
            pen -= step
        codes.append(f"{glyph:04X}")
        pen += widths[glyph]
    shown += "<", "".join(codes), ">"
    glyphs = frozenset([glyph.id for glyph in word.glyphs])
    return PlainWord("".join(shown), glyphs, tuple(said.items()), start, pen, word.text[-1].isspace())


def characters(face: Face) -> Mapping[int, str]:
    """The characters that glyphs stand for by themselves. Presentation forms do not count: nobody writes them."""
    known = _CHARACTERS.get(face)
    if known is None:
        known = _CHARACTERS[face] = {}
        for codepoint in sorted(face.codepoints):
            if codepoint not in _PRESENTATION_FORMS:
                known.setdefault(face.hb_font.get_nominal_glyph(codepoint), chr(codepoint))
    return known


def _weight(plain: PlainWord | None) -> int:
    return 2000 if plain is None else 2000 + len(plain.shown) + 100 * len(plain.glyphs)


_CHARACTERS: Final[WeakKeyDictionary[Face, dict[int, str]]] = WeakKeyDictionary()
_PLAIN: Final[Kept[tuple[Word, Face], PlainWord | None]] = Kept(8 << 20, _weight)
