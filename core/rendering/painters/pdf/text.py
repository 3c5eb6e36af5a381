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

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.pdf.codes import NO_INK, Asked, UsedFont
from core.rendering.painters.pdf.subsets import measures
from core.rendering.painters.pdf.syntax import number, text_string
from core.rendering.scene import Cluster, Color, Glyph, GlyphRun, Word

_END: Final = "EMC"

_WIDE: Final = 0.08
"""Of an em: from here on readers may see a gap between words."""

_SMOOTH: Final = 0.05
"""The same where readers measure a gap from the end of a span, which is less sure."""

_EM: Final = 1000.0

Words = tuple[tuple[float, Word], ...]
_BLACK: Final = Color(0, 0, 0)


class _Written(NamedTuple):
    """Words in operators that serve wherever they stand. Lengths are thousandths of an em."""

    head: str
    """What comes before the pen moves to the first glyph: the start of a span, or nothing."""
    body: str
    """What comes after that, from within an array of TJ."""
    start: float
    """From where the words begin to the first glyph."""
    width: float
    """From there to where a reader's pen then stands."""
    begins_spanned: bool
    ends_spanned: bool
    ends_with_space: bool
    shapes: tuple[Glyph, ...]
    asked: Asked


class _Sign(NamedTuple):
    """A code at a place. Its width moves the reader's pen."""

    x: float
    y: float
    code: int
    width: float


def show(run: GlyphRun, font: UsedFont, operators: list[str], *, page_height: float) -> Sequence[Glyph]:
    """Add what shows a run within a text object, once its font, size and colour are set; what to draw as shapes after it."""
    size, _, left, baseline, words, _, _ = run
    written = _kept(words, size, font.face)
    if written is None or not font.adopt(written.asked):
        line = _Line(size=size, page_height=page_height)
        shapes = _write_clusters(run, font, line)
        operators.extend(line.operators)
        return shapes
    per_mille = size / _EM
    place = f"1 0 0 1 {number(left + written.start * per_mille)} {number(page_height - baseline)} Tm"
    operators.append(f"{written.head}{place}\n[{written.body}")
    if not written.shapes:
        return ()
    return [
        Glyph(glyph, left + x * per_mille, baseline + y * per_mille, advance * per_mille)
        for glyph, x, y, advance in written.shapes
    ]


def _kept(words: Words, size: float, face: Face) -> _Written | None:
    """Words as they are written wherever they stand; None where that depends on what else a document says."""
    if len(words) == 1 and words[0][0] == 0:
        return _WORDS.get((words[0][1], None, face), _write_word)
    return _LINES.get((words, size, face), _write_line)


def _write_line(wanted: tuple[Words, float, Face]) -> _Written | None:
    """A line put together of its words, or else written at once."""
    words, size, face = wanted
    placed = tuple([(x * _EM / size, word) for x, word in words])
    return _put_together(placed, face) or _write_whole(placed, face)


def _put_together(words: Words, face: Face) -> _Written | None:
    """A line of words that were written before, in thousandths of an em; None where they don't go together so simply."""
    font = UsedFont(face)
    right_to_left = words[0][1].right_to_left
    parts: list[str] = []
    shapes: list[Glyph] = []
    first: _Written | None = None
    start = pen = 0.0
    is_spanned = any_spanned = ends_with_space = gap_is_written = False
    for place, (x, word) in enumerate(words, start=1):
        if gap_is_written:
            gap_is_written = False
            continue
        written = _WORDS.get((word, None, face), _write_word)
        if written and written.ends_spanned and not right_to_left and place < len(words):
            gap = words[place][1]
            if gap.text.isspace():
                gap_is_written = True
                written = _WORDS.get((word, gap, face), _write_word)
        if not written or not font.adopt(written.asked):
            return None
        if first is None:
            first = written
            start = pen = x + written.start
            parts.append(written.body)
        else:
            step = x + written.start - pen
            if not right_to_left and (
                (step > _WIDE * _EM and not ends_with_space)
                or ((is_spanned or written.begins_spanned) and abs(step) > _SMOOTH * _EM)
            ):
                return None
            shift = round(-step)
            pen -= shift
            parts += written.head, f"[{shift}" if shift else "[", written.body
        pen += written.width
        is_spanned, ends_with_space = written.ends_spanned, written.ends_with_space
        any_spanned = any_spanned or written.begins_spanned or is_spanned
        shapes += [glyph._replace(x=x + glyph.x) for glyph in written.shapes]
    asked = font.asked()
    if first is None or asked is None:
        return None
    body = "".join(parts).replace("]TJ\n[", "")
    return _Written(
        head=first.head,
        body=(body if any_spanned else body.replace("><", "")).removesuffix("\n"),
        start=start,
        width=pen - start,
        begins_spanned=first.begins_spanned,
        ends_spanned=is_spanned,
        ends_with_space=ends_with_space,
        shapes=tuple(shapes),
        asked=asked,
    )


def _write_word(wanted: tuple[Word, Word | None, Face]) -> _Written | None:
    """A word, and the gap after it where that shares its last span."""
    word, gap, face = wanted
    if gap is None and (letters := _write_letters(word, face)):
        return letters
    if gap is None:
        return _write_whole(((0.0, word),), face)
    return _write_whole(((0.0, word), (_EM * sum([glyph.advance for glyph in word.glyphs]), gap)), face)


def _write_whole(words: Words, face: Face) -> _Written | None:
    """Words written at once, their places in thousandths of an em; None where that depends on what else a document says."""
    font, line = UsedFont(face), _Line(size=_EM, page_height=0.0)
    shapes = _write_clusters(GlyphRun(_EM, _BLACK, 0.0, 0.0, words), font, line)
    asked = font.asked()
    if asked is None or line.start is None:
        return None
    head, body = line.operators[: line.start], line.operators[line.start + 1 :]
    return _Written(
        head="".join([f"{operator}\n" for operator in head]),
        body="".join([f"{operator}\n" for operator in body]).removeprefix("["),
        start=line.left,
        width=line.pen - line.left,
        begins_spanned=bool(head),
        ends_spanned=body[-1] == _END,
        ends_with_space=words[-1][1].text[-1].isspace(),
        shapes=tuple(shapes),
        asked=asked,
    )


def _write_letters(word: Word, face: Face) -> _Written | None:
    """A word in which each glyph says one letter, as in most scripts; None if it is not such a one."""
    right_to_left, glyphs = word.right_to_left, word.glyphs
    clusters = word.clusters[::-1] if right_to_left else word.clusters
    if len(clusters) != len(glyphs):
        return None
    alone, widths = face.characters, measures(face).widths
    said: dict[int, str] = {}
    items: list[str] = []
    start = pen = glyphs[0].x * _EM
    for (text, _, _), (glyph, x, y, _) in zip(clusters, glyphs, strict=True):
        step = x * _EM - pen
        own = alone.get(glyph) or said.setdefault(glyph, text)
        if y or step > _WIDE * _EM or glyph == NO_INK or own != text or (len(text) > 1 and right_to_left):
            return None
        if shift := round(-step):
            items.append(f">{shift}<")
            pen -= shift
        items.append(f"{glyph:04X}")
        pen += widths[glyph]
    asked = Asked(tuple({glyph.id for glyph in glyphs}), tuple(said.items()), (), ())
    body = f"<{''.join(items)}>]TJ\n"
    return _Written("", body, start, pen - start, False, False, word.text[-1].isspace(), (), asked)


def _write_clusters(run: GlyphRun, font: UsedFont, line: _Line) -> list[Glyph]:
    """Write a run from the beginning; what is to be drawn as shapes."""
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
    return shapes


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
        if step > _WIDE or (abs(step) > _SMOOTH and (spanned or there.last - there.first > 1)):
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
        self.left = self.pen = 0.0
        self.start: int | None = None
        """Which operator moved the pen to where the line begins; None where it was moved to another height since."""
        self._per_mille: Final = size / _EM
        self._page_height: Final = page_height
        self._items: list[str] = []
        self._codes: list[str] = []
        self._y = math.nan  # of the glyph before

    def place(self, signs: Sequence[_Sign]) -> None:
        for x, y, code, width in signs:
            if y != self._y:
                self._move(x, y)
            elif shift := round((self.pen - x) / self._per_mille):
                self._end_codes()
                self._items.append(str(shift))
                self.pen -= shift * self._per_mille
            self._codes.append(f"{code:04X}")
            self.pen += width * self._per_mille

    def span(self, text: str, signs: Sequence[_Sign]) -> None:
        """Signs that say `text` together, whatever each of them says."""
        self.flush()
        self.operators.append(f"/Span<</ActualText{text_string(text)}>>BDC")
        self.place(signs)
        self.flush()
        self.operators.append(_END)

    def flush(self) -> None:
        self._end_codes()
        if self._items:
            self.operators.append(f"[{''.join(self._items)}]TJ")
            self._items.clear()

    def _move(self, x: float, y: float) -> None:
        self.flush()
        is_first = math.isnan(self._y)
        self.start = len(self.operators) if is_first and y == 0 else None
        self.left = self.pen = round(x, 2)
        self._y = y
        self.operators.append(f"1 0 0 1 {number(x)} {number(self._page_height - y)} Tm")

    def _end_codes(self) -> None:
        if self._codes:
            self._items.append(f"<{''.join(self._codes)}>")
            self._codes.clear()


def _weight(written: _Written | None) -> int:
    if written is None:
        return 500
    glyphs, said, hints, silent = written.asked
    strings = len(written.head) + len(written.body)
    return 1500 + strings + 100 * (len(glyphs) + len(said) + len(hints) + len(silent))


_WORDS: Final[Kept[tuple[Word, Word | None, Face], _Written | None]] = Kept(
    5 << 20, _weight, asked_twice=True
)
_LINES: Final[Kept[tuple[Words, float, Face], _Written | None]] = Kept(5 << 20, _weight, asked_twice=True)
