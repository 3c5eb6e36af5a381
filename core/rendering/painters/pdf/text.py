"""Glyph runs as text-showing operators (ISO 32000-1, 9.4), so that what is copied is what was written.

A font says what each of its codes stands for, and ActualText what a whole span of them does. Spans serve scripts whose
glyphs change places, the Indic ones. Right-to-left text readers turn around themselves, letter by letter, even where several
stand in one span or for one code: there, every code says one letter. A ligature says its first, and codes without ink beside
it say the others. Marks above and below would look like gaps between words there: they are drawn as shapes that say nothing,
and codes without ink speak for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from core.rendering.painters.pdf.codes import NO_INK, UsedFont
from core.rendering.painters.pdf.syntax import number, text_string
from core.rendering.scene import Cluster, Glyph, GlyphRun

_SMOOTH: Final = 0.05  # of an em: readers see no gap between words in so small a step
_ZERO_WIDTH_SPACE: Final = "\u200b"


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
    line = _Line(size=run.size, page_height=page_height)
    shapes: list[Glyph] = []
    for glyphs, text in _units(run, font):
        if run.right_to_left and (spelled := _spelled(glyphs, text, font)):
            signs, silent = spelled
            shapes += silent
            line.place(signs)
        elif len(glyphs) == 1 and (code := font.code(glyphs[0].id, text)) is not None:
            line.place([_sign(glyphs[0], code, font)])
        else:
            signs, silent = _spanned(glyphs, text, font, size=run.size)
            shapes += silent
            line.operate(f"/Span<</ActualText{text_string(text)}>>BDC")
            line.place(signs)
            line.operate("EMC")
    line.flush()
    return Shown(line.operators, shapes)


def _units(run: GlyphRun, font: UsedFont) -> Iterator[tuple[Sequence[Glyph], str]]:
    """Clusters from left to right; in left-to-right text, with the neighbours that must share a span with them.

    Poppler takes a span to end where its last glyph does, and a step of the pen from there for a gap between words. PDFium
    overlooks a space that stands alone between spans.
    """
    clusters = sorted(run.clusters, key=_first)
    if run.right_to_left:
        for text, first, last in clusters:
            yield run.glyphs[first:last], text
        return
    widths, per_mille, smooth = font.measures.widths, run.size / 1000, run.size * _SMOOTH
    start, spanned = 0, False
    for position, (text, first, last) in enumerate(clusters):
        spanned = spanned or last - first > 1
        if position + 1 < len(clusters):
            next_text, next_first, next_last = clusters[position + 1]
            if spanned and next_text.isspace():
                continue
            if spanned or next_last - next_first > 1:
                end = run.glyphs[last - 1]
                step = run.glyphs[next_first].x - end.x - widths[end.id] * per_mille
                if abs(step) > smooth:
                    continue
        together = clusters[start : position + 1]
        yield run.glyphs[together[0].first : last], "".join(cluster.text for cluster in together)
        start, spanned = position + 1, False


def _spanned(
    glyphs: Sequence[Glyph], text: str, font: UsedFont, *, size: float
) -> tuple[list[_Sign], list[Glyph]]:
    """The glyphs of a span, and those to be drawn as shapes.

    PDFium measures the gap to the next word from a span's first line of glyphs, Poppler from its last glyph. So those on the
    baseline come first, those off it next, and where there are any, a code without ink stands at the end.
    """
    font.learn(glyphs, text)
    baseline = next((glyph.y for glyph in glyphs if glyph.advance), glyphs[0].y)
    on = [glyph for glyph in glyphs if glyph.y == baseline]
    off = [glyph for glyph in glyphs if glyph.y != baseline]
    signs = [_sign(glyph, glyph.id, font) for glyph in on]
    if not off:
        return signs, []
    full_stop = font.code(NO_INK, _ZERO_WIDTH_SPACE)
    if full_stop is None:
        return signs, off
    end = on[-1].x + font.measures.widths[on[-1].id] * size / 1000
    return [
        *signs,
        *(_sign(glyph, glyph.id, font) for glyph in off),
        _Sign(end, baseline, full_stop, 0.0),
    ], []


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
        self._baseline: float | None = None

    def place(self, signs: Sequence[_Sign]) -> None:
        for x, y, code, width in signs:
            baseline = round(self._page_height - y, 2)
            if baseline != self._baseline:
                self.flush()
                self._pen, self._baseline = round(x, 2), baseline
                self.operators.append(f"1 0 0 1 {number(x)} {number(baseline)} Tm")
            elif shift := round((self._pen - x) / self._per_mille):
                self._end_codes()
                self._items.append(str(shift))
                self._pen -= shift * self._per_mille
            self._codes.append(f"{code:04X}")
            self._pen += width * self._per_mille

    def operate(self, operator: str) -> None:
        self.flush()
        self.operators.append(operator)

    def flush(self) -> None:
        self._end_codes()
        if self._items:
            self.operators.append(f"[{''.join(self._items)}]TJ")
            self._items.clear()

    def _end_codes(self) -> None:
        if self._codes:
            self._items.append(f"<{''.join(self._codes)}>")
            self._codes.clear()
