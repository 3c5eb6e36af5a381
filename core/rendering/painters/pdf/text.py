"""Glyph runs as text-showing operators (ISO 32000-1, 9.4), so that what is copied is what was written.

A font says what each of its codes stands for, and ActualText what a whole span of them does. Spans serve scripts whose
glyphs change places, the Indic ones, and spaced-out letters, which would read as words. Right-to-left text is another
matter: readers turn it around letter by letter, even what stands in one span or for one code. There every code says one
letter; a ligature says its first, and codes without ink beside it say the others.

To a reader a step of the pen is a gap between words. Glyphs off the baseline, and right-to-left marks, are therefore drawn
as shapes, which say nothing: their span or a code without ink speaks for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from core.rendering.painters.pdf.codes import NO_INK, WIDE, UsedFont
from core.rendering.painters.pdf.syntax import number, text_string
from core.rendering.scene import Cluster, Glyph, GlyphRun

_SMOOTH: Final = 0.05
"""Of an em, as `WIDE`, where readers measure a gap from the end of a span, which is less sure."""


class Shown(NamedTuple):
    """Operators for a text object, and glyphs to be drawn as shapes after it."""

    operators: list[str]
    shapes: list[Glyph]


class _Sign(NamedTuple):
    """A code at a place. Its width moves the reader's pen."""

    x: float
    y: float
    code: int
    width: float


def shown(run: GlyphRun, font: UsedFont, *, page_height: float) -> Shown:
    """What shows a run, once its font, size and colour are set."""
    if plain := _plain(run, font, page_height):
        return Shown([plain], [])
    line = _Line(size=run.size, page_height=page_height)
    shapes: list[Glyph] = []
    glyphs_of_run, right_to_left = run.glyphs, run.right_to_left
    for clusters in _units(run, glyphs_of_run, font):
        glyphs = glyphs_of_run[clusters[0].first : clusters[-1].last]
        text = clusters[0].text if len(clusters) == 1 else "".join([cluster.text for cluster in clusters])
        is_letter = len(glyphs) == 1 and (len(text) == 1 or not right_to_left)
        if is_letter and (code := font.code(glyphs[0].id, text)) is not None:
            line.place([_sign(glyphs[0], code, font)])
        elif right_to_left and (spelled := _spelled(glyphs, text, font)):
            signs, silent = spelled
            line.place(signs)
            shapes += silent
        else:
            for cluster in clusters:
                font.learn(glyphs_of_run[cluster.first : cluster.last], cluster.text)
            level = _on_baseline(glyphs)
            line.span(text, [_sign(glyph, glyph.id, font) for glyph in level])
            shapes += [glyph for glyph in glyphs if glyph not in level]
    line.flush()
    return Shown(line.operators, shapes)


def _plain(run: GlyphRun, font: UsedFont, page_height: float) -> str | None:
    """A run of plain words; None if it is not such a one."""
    per_mille, wide = run.size / 1000, run.size * WIDE
    shown: list[str] = []
    left = pen = round(run.x, 2)
    may_leap = True
    for start, word in run.words:
        plain = font.plain(word)
        if plain is None:
            return None
        step = pen - (run.x + start + plain.start * per_mille)
        if shift := round(step / per_mille):
            if -step > wide and not may_leap:
                return None
            if shown:
                shown.append(str(shift))
                pen -= shift * per_mille
            else:
                left = pen = round(pen - step, 2)
        shown.append(plain.shown)
        pen += (plain.end - plain.start) * per_mille
        may_leap = plain.is_space  # the gap after a space may be any
    words = "".join(shown).replace("><", "")
    return f"1 0 0 1 {number(left)} {number(page_height - run.y)} Tm\n[{words}]TJ"


def _units(run: GlyphRun, glyphs: Sequence[Glyph], font: UsedFont) -> Iterator[Sequence[Cluster]]:
    """Clusters from left to right; in left-to-right text, together with those that must share a span with them.

    Poppler takes a span to end where its last glyph does. PDFium overlooks a space that stands alone between spans.
    """
    clusters = sorted(run.clusters, key=_first)
    if run.right_to_left:
        yield from ((cluster,) for cluster in clusters)
        return
    start, spanned = 0, False
    for position, (here, there) in enumerate(pairwise(clusters), start=1):
        spanned = spanned or here.last - here.first > 1
        if spanned and there.text.isspace():
            continue
        step = _step(run.size, glyphs, here, there, font)
        if step > WIDE or (abs(step) > _SMOOTH and (spanned or there.last - there.first > 1)):
            spanned = True
            continue
        yield clusters[start:position]
        start, spanned = position, False
    yield clusters[start:]


def _step(size: float, glyphs: Sequence[Glyph], here: Cluster, there: Cluster, font: UsedFont) -> float:
    """From the end of one cluster to the start of the next, in ems."""
    end, start = glyphs[here.first], glyphs[there.first]
    if here.last - here.first > 1:
        end = _on_baseline(glyphs[here.first : here.last])[-1]
    if there.last - there.first > 1:
        start = _on_baseline(glyphs[there.first : there.last])[0]
    return (start.x - end.x) / size - font.measures.widths[end.id] / 1000


def _on_baseline(glyphs: Sequence[Glyph]) -> Sequence[Glyph]:
    if len(glyphs) == 1:
        return glyphs
    baseline = next((glyph.y for glyph in glyphs if glyph.advance), glyphs[0].y)
    return [glyph for glyph in glyphs if glyph.y == baseline]


def _spelled(glyphs: Sequence[Glyph], text: str, font: UsedFont) -> tuple[list[_Sign], list[Glyph]] | None:
    """A right-to-left cluster letter by letter, from left to right, and the glyphs that are left without a letter.

    None where it has fewer letters than glyphs that take room, or the font has no codes to give.
    """
    spoken = [glyph for glyph in glyphs if font.measures.widths[glyph.id]] or list(glyphs)
    letters = text[::-1]
    unwritten = len(letters) - len(spoken)
    if unwritten < 0:
        return None
    signs = []
    for letter in letters[:unwritten]:
        code = font.code(NO_INK, letter)
        if code is None:
            return None
        signs.append(_Sign(spoken[0].x, spoken[0].y, code, 0.0))
    for glyph, letter in zip(spoken, letters[unwritten:], strict=True):
        code = font.code(glyph.id, letter)
        if code is None:
            return None
        signs.append(_sign(glyph, code, font))
    return signs, [glyph for glyph in glyphs if glyph not in spoken]


def _sign(glyph: Glyph, code: int, font: UsedFont) -> _Sign:
    return _Sign(glyph.x, glyph.y, code, font.measures.widths[glyph.id])


def _first(cluster: Cluster) -> int:
    return cluster.first


class _Line:
    """Codes being placed. The pen is where a reader's would be, so that rounding never adds up."""

    def __init__(self, *, size: float, page_height: float) -> None:
        self.operators: Final[list[str]] = []
        self._per_mille: Final = size / 1000
        self._page_height: Final = page_height
        self._items: list[str] = []
        self._codes: list[str] = []
        self._pen = 0.0
        self._y = math.nan  # of the glyph before

    def place(self, signs: Sequence[_Sign]) -> None:
        for x, y, code, width in signs:
            if y != self._y:
                self.flush()
                self._pen, self._y = round(x, 2), y
                self.operators.append(f"1 0 0 1 {number(x)} {number(self._page_height - y)} Tm")
            elif shift := round((self._pen - x) / self._per_mille):
                self._end_codes()
                self._items.append(str(shift))
                self._pen -= shift * self._per_mille
            self._codes.append(f"{code:04X}")
            self._pen += width * self._per_mille

    def span(self, text: str, signs: Sequence[_Sign]) -> None:
        """Signs that say `text` together, whatever each of them says."""
        self.flush()
        self.operators.append(f"/Span<</ActualText{text_string(text)}>>BDC")
        self.place(signs)
        self.flush()
        self.operators.append("EMC")

    def flush(self) -> None:
        self._end_codes()
        if self._items:
            self.operators.append(f"[{''.join(self._items)}]TJ")
            self._items.clear()

    def _end_codes(self) -> None:
        if self._codes:
            self._items.append(f"<{''.join(self._codes)}>")
            self._codes.clear()
