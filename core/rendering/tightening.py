"""Closing up: what a line gives before its type is set smaller, so little that nobody sees it."""

from __future__ import annotations

from typing import Final

from core.rendering.lines import Line, Token, width_of
from core.rendering.scene import Glyph, Word
from core.rendering.shaping import ShapedRun, ShapedWord, is_joined

_WORDS: Final = 0.2  # of a space, by which words come closer
_LETTERS: Final = 0.012  # ems, by which letters do, once the words have


def tightened(line: Line, width: float, *, letters: bool) -> Line | None:
    """A line as wide as `width`, in points at full size: words come closer first, then, with `letters`, letters that no
    stroke joins. None where it would take more than that."""
    excess = line.width - width
    spaces = _WORDS * sum(token.space_width for token in line.tokens[:-1])
    gaps = sum(_gaps_of(token) for token in line.tokens) if letters else 0.0
    if excess > spaces + _LETTERS * gaps:
        return None
    share = 1 - _WORDS * min(excess / spaces, 1.0) if spaces else 1.0
    closer = (excess - spaces) / gaps if excess > spaces else 0.0
    tokens = [_closer(token, share, closer) for token in line.tokens]
    return Line(tokens, line.base, width_of(tokens), line.ends_paragraph, line.is_ascii)


def _gaps_of(token: Token) -> float:
    """Between letters that may come closer, times their size."""
    return sum(
        (len(run.word.clusters) - 1) * style.size
        for word, style in token.parts
        for run in word.runs
        if not is_joined(run.word.text)
    )


def _closer(token: Token, share: float, closer: float) -> Token:
    parts = token.parts
    if closer:
        parts = tuple([(_word(word, closer), style) for word, style in parts])
    before, after = (sum(word.width * style.size for word, style in each) for each in (token.parts, parts))
    space = token.space
    if space is not None:
        run, style = space
        space = (run._replace(width=run.width * share), style)
    return token._replace(
        parts=parts, width=token.width + after - before, space=space, space_width=token.space_width * share
    )


def _word(word: ShapedWord, closer: float) -> ShapedWord:
    runs = tuple([run if is_joined(run.word.text) else _run(run, closer) for run in word.runs])
    return ShapedWord(word.text, runs, sum(run.width for run in runs))


def _run(run: ShapedRun, closer: float) -> ShapedRun:
    """Each letter but the first `closer` ems of the type size to the one before it."""
    word = run.word
    starts = {cluster.first for cluster in word.clusters}
    step = closer / run.scale
    moved = -step
    glyphs: list[Glyph] = []
    for index, (glyph, x, y, advance) in enumerate(word.glyphs):
        if index in starts:
            moved += step
        ends = index + 1 in starts
        glyphs.append(Glyph(glyph, x - moved, y, advance - step if ends else advance))
    close = Word(word.face, word.text, tuple(glyphs), word.clusters, word.right_to_left)
    return run._replace(word=close, width=run.width - moved * run.scale)
