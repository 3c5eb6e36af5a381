"""From words to glyphs: which face draws which letters, and where HarfBuzz places them.

Everything here is measured in ems, so that one shaping serves every size. Words are shaped whole and remembered; spaces
are not part of them (see paragraphs.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import accumulate, pairwise, repeat
from typing import Final, Literal, NamedTuple

import regex
import uharfbuzz as hb
from fontTools import unicodedata as scripts

from core.kept import Kept
from core.rendering.fonts import Chain, Face, ScaledFace
from core.rendering.scene import Cluster, Glyph, Word

Capitals = Literal["none", "upper", "small"]

SMALL_CAPITAL: Final = 0.8  # of the type size, where a face has no small capitals of its own
_GRAPHEME: Final = regex.compile(r"\X")
# Letters and signs of which each is a grapheme, as in most names and all amounts.
_LATIN: Final = regex.compile(
    r"[[\p{Script=Latin}\p{Script=Common}]&&\p{Grapheme_Cluster_Break=Other}]+", regex.V1
)
_INVISIBLE: Final = frozenset(
    map(ord, "\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff")
)
# Letters of these scripts are joined by strokes or by their headline: space between them would tear the word.
_JOINED: Final = frozenset({"Arab", "Deva", "Beng", "Guru"})
_NO_KERN: Final = 1e-6  # ems
_glyph = partial(tuple.__new__, Glyph)  # as Glyph._make, of which a document has hundreds, in half the time


class ShapedRun(NamedTuple):
    """A stretch of a text in one face and direction. Its lengths are ems of the type size, those of its word ems of the face."""

    word: Word
    scale: float
    """Of the type size, at which its face goes with the others."""
    level: int
    width: float
    tracking: float
    """What its width holds of space, or of kerning, after the last cluster; at the end of a line no part of the text."""


@dataclass(frozen=True, slots=True)
class ShapedWord:
    """The runs of a word in reading order."""

    text: str
    runs: tuple[ShapedRun, ...]
    width: float


class MissingGlyphError(Exception):
    """No face has this character."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


class _Item(NamedTuple):
    text: str
    face: ScaledFace
    script: str
    level: int
    small: bool


class Shaper:
    """Shapes in one style: a chain of faces, their features, tracking (in ems) and language."""

    def __init__(
        self, chain: Chain, capitals: Capitals, tracking: float, tabular: bool, language: str
    ) -> None:
        self.first_face: Final = chain.primary.name
        self._chain = chain
        self._capitals = capitals
        self._tracking = tracking
        self._language = language
        self._features = {"tnum": True} if tabular else {}
        if tracking:
            self._features |= {"liga": False, "clig": False, "calt": False}
        self._spaces: dict[tuple[int, int, str], ShapedRun] = {}

    def word(self, text: str, levels: bytes | None = None) -> ShapedWord:
        """Shape a text without spaces; `levels` are its characters' bidi levels, None where all is left to right.

        Raises MissingGlyphError for a character that no face of the chain has.
        """
        return _WORDS.get((self, text, levels), _shaped)

    def before(self, word: ShapedWord, following: str) -> ShapedWord:
        """A word as it stands before a letter from which only the end of a line would part it: kerned with it."""
        last = word.text[-1:]
        kern = self.word(last + following).width - self.word(last).width - self.word(following).width
        if abs(kern) < _NO_KERN:
            return word
        run = word.runs[-1]
        kerned = run._replace(width=run.width + kern, tracking=run.tracking + kern)
        return ShapedWord(word.text, (*word.runs[:-1], kerned), word.width + kern)

    def missing(self, text: str) -> list[str]:
        """Every character of a text without spaces that no face has, once each; a grapheme where no face has all of it."""
        found: dict[str, None] = {}
        for grapheme in graphemes_of(text):
            try:
                self.word(grapheme)
            except MissingGlyphError as fault:
                others = [character for character in grapheme if _lacks(self._chain, character)]
                found |= dict.fromkeys(others or [fault.character])
        return list(found)

    def reach(self, run: ShapedRun) -> tuple[float, float]:
        """How far a run's ink reaches above and below its baseline, in ems of the type size."""
        name = run.word.face
        face = next(scaled.face for scaled in self._chain.faces if scaled.face.name == name)
        em = face.units_per_em
        top = bottom = 0.0
        for glyph, _, y, _ in run.word.glyphs:
            above, below = face.reach_of(glyph)
            top = max(top, above / em - y)
            bottom = max(bottom, below / em + y)
        return top * run.scale, bottom * run.scale

    def spaces(self, count: int, level: int, after: str) -> ShapedRun:
        """Spaces that follow text in the face `after`, in that same face if it has any, so that a line is one run of glyphs."""
        key = (count, level, after)
        space = self._spaces.get(key)
        if space is None:
            primary = self._chain.faces[0]
            scaled = next((other for other in self._chain.faces if other.face.name == after), primary)
            if not scaled.face.covers(0x20):  # symbols have none
                scaled = primary
            face = scaled.face
            glyph = face.hb_font.get_nominal_glyph(0x20)
            assert glyph is not None, f"{face.name} has no space"
            right_to_left = level % 2 == 1
            scale, tracking = scaled.scale, self._tracking
            width = face.hb_font.get_glyph_h_advance(glyph) / face.units_per_em + tracking / scale
            glyphs = tuple(Glyph(int(glyph), width * index, 0.0, width) for index in range(count))
            seen = range(count - 1, -1, -1) if right_to_left else range(count)
            clusters = tuple(Cluster(" ", index, index + 1) for index in seen)
            word = Word(face.name, " " * count, glyphs, clusters, right_to_left)
            space = ShapedRun(word, scale, level, width * count * scale, tracking)
            self._spaces[key] = space
        return space

    def shape(self, text: str, levels: bytes | None) -> ShapedWord:
        """The same as `word`, done now."""
        runs = tuple([self._shape_item(item) for item in self._items(text, levels)])
        return ShapedWord(text, runs, sum([run.width for run in runs]))

    def _items(self, text: str, levels: bytes | None) -> Iterator[_Item]:
        """Cut a word where face, script, direction or kind of capitals changes, never inside a grapheme."""
        primary = self._chain.faces[0]
        if (
            levels is None
            and self._capitals != "small"
            and (text.isascii() or _LATIN.fullmatch(text))
            and _covers(primary.face, text)
        ):
            yield _Item(text, primary, "Latn", 0, False)
            return
        graphemes: list[str] = _GRAPHEME.findall(text)
        found = [script for script in map(_script_of, graphemes) if script]
        script = found[0] if found else "Latn"
        position = 0
        waiting: _Item | None = None
        for grapheme in graphemes:
            script = _script_of(grapheme) or script
            face = self._face_for(grapheme)
            level = levels[position] if levels else 0
            item = _Item(grapheme, face, script, level, self._is_made_small(grapheme, face))
            if waiting is not None and waiting[1:] == item[1:]:
                waiting = waiting._replace(text=waiting.text + grapheme)
            else:
                if waiting is not None:
                    yield waiting
                waiting = item
            position += len(grapheme)
        if waiting is not None:
            yield waiting

    def _face_for(self, grapheme: str) -> ScaledFace:
        for scaled in self._chain.faces:
            if _covers(scaled.face, grapheme):
                return scaled
        composed = unicodedata.normalize("NFC", grapheme)
        if composed != grapheme:  # HarfBuzz composes what a font has as one character
            return self._face_for(composed)
        raise MissingGlyphError(_uncovered(self._chain, grapheme))

    def _is_made_small(self, grapheme: str, face: ScaledFace) -> bool:
        if self._capitals != "small" or "smcp" in face.face.features:
            return False
        if self._chain.small_capitals_built_in and face is self._chain.faces[0]:
            return False
        return grapheme.islower() and len(grapheme.upper()) == len(grapheme)

    def _shape_item(self, item: _Item) -> ShapedRun:
        face = item.face.face
        features = self._features
        if self._capitals == "small" and "smcp" in face.features:
            features = features | {"smcp": True}
        buffer = hb.Buffer()
        buffer.add_str(item.text.upper() if item.small else item.text)
        buffer.direction = "rtl" if item.level % 2 else "ltr"
        buffer.script = item.script
        buffer.language = self._language
        hb.shape(face.hb_font, buffer, features)

        scale = item.face.scale * (SMALL_CAPITAL if item.small else 1.0)
        em = 1 / face.units_per_em
        tracking = 0.0 if item.script in _JOINED else self._tracking
        infos = buffer.glyph_infos
        ids, starts = [info.codepoint for info in infos], [info.cluster for info in infos]
        if 0 in ids:
            raise MissingGlyphError(item.text[starts[ids.index(0)]])
        positions = [position.position for position in buffer.glyph_positions]
        advances = [advance * em for _, _, advance, _ in positions]
        if tracking:
            for index, (start, following) in enumerate(pairwise([*starts, None])):
                if start != following:
                    advances[index] += tracking / scale
        pens = list(accumulate(advances, initial=0.0))
        rights: Iterable[float] = pens
        downs: Iterable[float] = repeat(0.0)
        if any(right or up for right, up, _, _ in positions):  # seldom in Latin
            rights = [pen + right * em for pen, (right, _, _, _) in zip(pens, positions, strict=False)]
            downs = [-up * em if up else 0.0 for _, up, _, _ in positions]
        glyphs = tuple(map(_glyph, zip(ids, rights, downs, advances, strict=False)))
        clusters = _clusters(item.text, starts, item.level)
        word = Word(face.name, item.text, glyphs, clusters, item.level % 2 == 1)
        return ShapedRun(word, scale, item.level, pens[-1] * scale, tracking)


@lru_cache(maxsize=96)
def shaper(chain: Chain, capitals: Capitals, tracking: float, tabular: bool, language: str) -> Shaper:
    """The shaper of a style, with the words it has shaped before."""
    return Shaper(chain, capitals, tracking, tabular, language)


_Wanted = tuple[Shaper, str, bytes | None]


def _shaped(wanted: _Wanted) -> ShapedWord:
    shaper, text, levels = wanted
    return shaper.shape(text, levels)


def is_joined(text: str) -> bool:
    """Whether the letters of a text hang together, so that they can be neither spaced nor closed up."""
    return any(_script_of(letter) in _JOINED for letter in text)


def graphemes_of(text: str) -> list[str]:
    """What readers take for characters; a text may be cut between them and nowhere else."""
    return list(_GRAPHEME.findall(text))


def _clusters(text: str, starts: list[int], level: int) -> tuple[Cluster, ...]:
    """Which glyphs stand for which text, given where in the text each glyph's cluster starts."""
    count = len(text)
    if starts == list(range(count)):
        return tuple(map(_cluster, text, range(count), range(1, count + 1)))
    spans: list[tuple[int, int, int]] = []  # start in text, first glyph, last glyph
    first = 0
    for index in range(1, len(starts) + 1):
        if index == len(starts) or starts[index] != starts[first]:
            spans.append((starts[first], first, index))
            first = index
    if level % 2:
        spans.reverse()
    ends = [*(start for start, _, _ in spans[1:]), len(text)]
    return tuple(
        Cluster(text[start:end], first, last) for (start, first, last), end in zip(spans, ends, strict=True)
    )


@lru_cache(maxsize=4096)
def _script_of(grapheme: str) -> str | None:
    """The script of a grapheme's first letter; None for what all scripts share, such as digits and commas."""
    for character in grapheme:
        code = scripts.script(character)
        if code not in ("Zyyy", "Zinh", "Zzzz"):
            return str(code)
    return None


def _covers(face: Face, text: str) -> bool:
    codepoints = face.codepoints
    return codepoints.issuperset(map(ord, text)) or all(
        code in codepoints or code in _INVISIBLE for code in map(ord, text)
    )


def _uncovered(chain: Chain, grapheme: str) -> str:
    """The character to name: one that no face has, or the whole grapheme where no single face has all of it."""
    return next((character for character in grapheme if _lacks(chain, character)), grapheme)


def _lacks(chain: Chain, character: str) -> bool:
    return not any(_covers(scaled.face, character) for scaled in chain.faces)


@lru_cache(maxsize=4096)
def _cluster(text: str, first: int, last: int) -> Cluster:
    """One object for all words that have this letter in this place: they are as many as glyphs."""
    return Cluster(text, first, last)


def _weight(word: ShapedWord) -> int:
    return 800 + sum([170 * len(run.word.glyphs) for run in word.runs])


_WORDS: Final[Kept[_Wanted, ShapedWord]] = Kept(7 << 20, _weight, asked_twice=True)
