"""Breaking text into lines.

A paragraph is a row of unbreakable tokens, measured in points at its styles' full sizes: setting it smaller by a factor is
the same as breaking it for a width larger by that factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from core.kept import Kept
from core.rendering.bidi import base_level, levels_of
from core.rendering.lines import Line, Token, width_of
from core.rendering.shaping import ShapedWord, graphemes_of
from core.rendering.styles import TextStyle

# What a line may be broken at. Spaces that forbid it (U+00A0, U+2007, U+202F) are letters here.
_WORD: Final = re.compile("[^ \t\r\v\f\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]+")
# After a hyphen, dash or slash between a letter and a letter; never in 2024-25, 10/12 or -5.
_BREAK_INSIDE: Final = re.compile("(?<=[^\\s(/\\-‐–—\u200b])[-‐–—/\u200b]+(?=[^\\W\\d_])")
_INSIDE: Final = frozenset("-‐–—/\u200b")
_STAYS: Final = frozenset(")]},.;:!?%»”’।॥…‰°℃·")  # never begins a line
_LEADS: Final = frozenset("([{«“‘₹$€£#№")  # never ends one

_TOLERANCE: Final = 0.01  # points: less than rounding on the way here may cost
# Costs against the squared share of white on a line. Lines come before all others: they are as few as they can be.
_LINE_COST: Final = 10_000.0
_WIDOW_COST: Final = 100.0
_WIDOW: Final = 0.25  # share of the measure under which a word is too short to be a last line
_LOST_COST: Final = 0.25
_LOST: Final = 0.2  # share of the measure under which several words look lost there, the more so the fewer


class _Breaking(NamedTuple):
    """A way to break a paragraph, and the lines that come of it."""

    width: float
    first: float
    fill: bool
    lines: list[Line]


@dataclass(slots=True, eq=False)
class Paragraph:
    """Text without hard breaks, as one line of whatever width that takes.

    It remembers how it was broken last, since text that is the same in every document is broken again and again.
    """

    whole: Line
    _filled: _Breaking | None = None
    _broken: _Breaking | None = None

    @property
    def width(self) -> float:
        return self.whole.width


class Span(NamedTuple):
    text: str
    style: TextStyle


_Wanted = tuple[tuple[str, TextStyle], ...]
"""Spans, or tuples that are equal to them and made in half the time."""


def paragraphs_of(spans: Sequence[Span]) -> list[Paragraph]:
    """One paragraph for each hard line of a text in one or several styles."""
    if len(spans) == 1:
        return plain_paragraphs(*spans[0])
    lines: list[list[Span]] = [[]]
    for text, style in spans:
        first, *others = text.split("\n")
        lines[-1].append(Span(first, style))
        lines.extend([Span(other, style)] for other in others)
    return [_REMEMBERED.get(tuple(line), _paragraph) for line in lines]


def plain_paragraphs(text: str, style: TextStyle) -> list[Paragraph]:
    """The same for a text in one style."""
    if "\n" not in text:
        return [plain_paragraph(text, style)]
    return [plain_paragraph(line, style) for line in text.split("\n")]


def plain_paragraph(text: str, style: TextStyle) -> Paragraph:
    """A hard line in one style. It is remembered: columns are full of the same words, batches of the same sentences."""
    return _REMEMBERED.get(((text, style),), _paragraph)


def words_of(text: str) -> list[str]:
    """What stands between the spaces and hard breaks of a text."""
    return _WORD.findall(text.replace("\n", " "))


def greedy_lines(paragraph: Paragraph, width: float, first: float | None = None) -> list[Line]:
    """Lines as full as they can be. `first` is the width of the first line where it differs."""
    first = width if first is None else first
    kept = paragraph._filled
    if kept is None or kept[:2] != (width, first):
        lines = _lines(paragraph, _greedy_breaks(paragraph.whole.tokens, width, first))
        kept = paragraph._filled = _Breaking(width, first, True, lines)
    return kept.lines


def even_lines(paragraph: Paragraph, width: float, first: float | None = None, *, fill: bool) -> list[Line]:
    """The lines whose white space is shared out most evenly: as a whole, or with `fill` but for the last one.

    They are as few as they can be, and none of them is one short word at the end where other breaks avoid that.
    """
    first = width if first is None else first
    if paragraph.width <= first + _TOLERANCE:
        return [paragraph.whole]
    kept = paragraph._broken
    if kept is None or kept[:3] != (width, first, fill):
        lines = _lines(paragraph, _even_breaks(paragraph.whole.tokens, width, first, fill))
        kept = paragraph._broken = _Breaking(width, first, fill, lines)
    return kept.lines


def without_wide_words(paragraph: Paragraph, width: float) -> Paragraph:
    """The same text with every word that is wider than `width` cut between characters, so that it can be broken.

    What else would stay together is let go where it is too wide.
    """
    whole = paragraph.whole
    if whole.width <= width or not any(_is_too_wide(chain, width) for chain in _chains(whole.tokens)):
        return paragraph
    tokens: list[Token] = []
    for chain in _chains(whole.tokens):
        if not _is_too_wide(chain, width):
            tokens.extend(chain)
            continue
        for token in chain:
            cut = _cut(token, width) if _is_too_wide([token], width) else [token]
            tokens.extend([piece._replace(breakable=True) for piece in cut])
    return _of_tokens(tokens, whole.base, is_ascii=whole.is_ascii)


def joined_again(lines: Sequence[Line]) -> list[Paragraph]:
    """The paragraphs, or their ends, that stand on some lines."""
    paragraphs: list[Paragraph] = []
    tokens: list[Token] = []
    for line in lines:
        tokens.extend(line.tokens)
        if line.ends_paragraph:
            paragraphs.append(_of_tokens(tokens, line.base, is_ascii=line.is_ascii))
            tokens = []
    return paragraphs


def _greedy_breaks(tokens: Sequence[Token], width: float, first: float) -> list[int]:
    """After which tokens lines end that are as full as they can be."""
    ends: list[int] = []
    limit = first
    used = 0.0
    end = start = 0  # `end` is where the line could last be broken
    for index, token in enumerate(tokens):
        if used + token.width - token.hanging > limit + _TOLERANCE and end > start:
            ends.append(end)
            start = end
            limit = width
            used = sum([other.width + other.space_width for other in tokens[start:index]])
        used += token.width + token.space_width
        if token.breakable:
            end = index + 1
    ends.append(len(tokens))
    return ends


def _even_breaks(tokens: Sequence[Token], width: float, first: float, fill: bool) -> list[int]:
    """After which tokens lines end, by dynamic programming over the ends of all lines that could be."""
    count = len(tokens)
    cost = [0.0] + [float("inf")] * count
    came_from = [0] * (count + 1)
    starts = [0.0, *accumulate([token.width + token.space_width for token in tokens])]
    stops = [start + token.width - token.hanging for start, token in zip(starts, tokens, strict=False)]
    for start in range(count):
        if cost[start] == float("inf"):
            continue
        limit = width if start else first
        furthest = starts[start] + limit
        least = cost[start] + _LINE_COST
        is_one_word = True
        for end in range(start + 1, count + 1):
            slack = furthest - stops[end - 1]
            if slack < -_TOLERANCE and end > start + 1:
                break
            if tokens[end - 1].breakable or end == count:
                if least < cost[end]:
                    white = slack / limit if slack > 0 else 0.0
                    here = least + (white * white if end < count or not fill else 0.0)
                    if end == count and start > 0:
                        here += _cost_of_ending(1 - white, is_one_word=is_one_word)
                    if here < cost[end]:
                        cost[end] = here
                        came_from[end] = start
                is_one_word = False
    ends = [count]
    while came_from[ends[-1]] > 0:
        ends.append(came_from[ends[-1]])
    return ends[::-1]


def _cost_of_ending(share: float, *, is_one_word: bool) -> float:
    """What a last line costs that fills such a share of the measure."""
    if is_one_word and share < _WIDOW:
        return _WIDOW_COST
    return _LOST_COST * (1 - share / _LOST) ** 2 if share < _LOST else 0.0


def _lines(paragraph: Paragraph, ends: Sequence[int]) -> list[Line]:
    if len(ends) == 1:
        return [paragraph.whole]
    whole = paragraph.whole
    lines: list[Line] = []
    start = 0
    for end in ends:
        tokens = whole.tokens[start:end]
        lines.append(Line(tokens, whole.base, width_of(tokens), end == len(whole.tokens), whole.is_ascii))
        start = end
    return lines


def _of_tokens(tokens: Sequence[Token], base: int, *, is_ascii: bool) -> Paragraph:
    return Paragraph(Line(tokens, base, width_of(tokens), ends_paragraph=True, is_ascii=is_ascii))


def _paragraph(wanted: _Wanted) -> Paragraph:
    spans = [Span(style.written(text), style) for text, style in wanted]
    text = "".join([text for text, _ in spans])
    base = base_level(text)
    levels = levels_of(text, base)
    words = _words(text)
    ends_of_gaps = [*[start for start, _ in words[1:]], words[-1][1] if words else 0]
    tokens: list[Token] = []
    number, high = 0, len(spans[0].text)  # of the span that a word begins in, and where that ends
    for (start, end), after in zip(words, ends_of_gaps, strict=False):
        while start >= high:
            number += 1
            high += len(spans[number].text)
        if levels is None and (end < high or end == high == len(text)):
            make = _common_token if len(words) > 1 else _plain_token
            tokens.append(make(spans[number].style, text[start:end], after - end, text[after : after + 1]))
        else:
            tokens.append(_token(spans, text, levels, base, start, end, after))
    return _of_tokens(tokens, base, is_ascii=text.isascii())


def _words(text: str) -> list[tuple[int, int]]:
    """Where each stretch begins and ends that neither a space nor a sign inside a word lets a line be broken in."""
    words = [match.span() for match in _WORD.finditer(text)]
    if _INSIDE.isdisjoint(text):
        return words
    parts: list[tuple[int, int]] = []
    for start, end in words:
        breaks = [inside.end() for inside in _BREAK_INSIDE.finditer(text, start, end)]
        parts.extend(pairwise([start, *breaks, end]))
    return parts


def _plain_token(style: TextStyle, word: str, gap: int, following: str) -> Token:
    """A word in one style, as is the space after it, in a text that runs from left to right."""
    shaped = style.shaper.word(word)
    if not gap and following:
        shaped = style.shaper.before(shaped, following)
    return _followed(((shaped, style),), style, gap, 0, following)


_common_token = lru_cache(maxsize=2048)(_plain_token)
"""For texts of several words, since these are few; one word alone, as a figure is, is remembered as a paragraph or never comes
again."""


def _token(
    spans: Sequence[Span], text: str, levels: bytes | None, base: int, start: int, end: int, after: int
) -> Token:
    parts: list[tuple[ShapedWord, TextStyle]] = []
    offset = 0
    space_style = spans[0].style
    for span in spans:
        low, high = max(start, offset), min(end, offset + len(span.text))
        if low < high:
            own_levels = levels[low:high] if levels and any(levels[low:high]) else None
            parts.append((span.style.shaper.word(text[low:high], own_levels), span.style))
        if offset <= end < offset + len(span.text):
            space_style = span.style
        offset += len(span.text)
    if after == end < len(text) and levels is None and space_style is parts[-1][1]:
        parts[-1] = (space_style.shaper.before(parts[-1][0], text[end]), space_style)
    level = levels[end] if levels and after > end else base
    return _followed(tuple(parts), space_style, after - end, level, text[after : after + 1])


def _followed(
    parts: tuple[tuple[ShapedWord, TextStyle], ...],
    space_style: TextStyle,
    gap: int,
    level: int,
    following: str,
) -> Token:
    """Shaped words and `gap` spaces after them, in a style and a direction of their own, before a letter or the end."""
    width = sum([part.width * style.size for part, style in parts])
    word, style = parts[-1]
    last = word.runs[-1] if word.runs else None
    hanging = last.tracking * style.size if last else 0.0
    if not gap:
        return Token(parts, width, hanging, None, 0.0, breakable=True)
    face = last.word.face if last and space_style is style else ""
    space = space_style.shaper.spaces(gap, level, face)
    breakable = following not in _STAYS and word.text[-1:] not in _LEADS
    return Token(parts, width, hanging, (space, space_style), space.width * space_style.size, breakable)


def _chains(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Tokens that no line break may part."""
    start = 0
    for end, token in enumerate(tokens, start=1):
        if token.breakable or end == len(tokens):
            yield tokens[start:end]
            start = end


def _is_too_wide(tokens: Sequence[Token], width: float) -> bool:
    return width_of(tokens) > width + _TOLERANCE


def _cut(token: Token, width: float) -> Iterator[Token]:
    """A token in pieces that are as wide as `width` allows, at least one grapheme each."""
    atoms: list[tuple[str, bytes, TextStyle]] = []
    for word, style in token.parts:
        levels = b"".join(bytes([run.level]) * len(run.word.text) for run in word.runs)
        position = 0
        for grapheme in graphemes_of(word.text):
            atoms.append((grapheme, levels[position : position + len(grapheme)], style))
            position += len(grapheme)
    while atoms:
        low, high = 1, 2
        while high <= len(atoms) and _fits(atoms[:high], width):
            low, high = high, high * 2
        high = min(high, len(atoms))
        while low < high:  # the most graphemes that fit; a word's width grows with its letters
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _fits(atoms[:middle], width) else (low, middle - 1)
        piece = _piece(atoms[:low])
        atoms = atoms[low:]
        yield (
            piece
            if atoms
            else piece._replace(space=token.space, space_width=token.space_width, breakable=token.breakable)
        )


def _fits(atoms: Sequence[tuple[str, bytes, TextStyle]], width: float) -> bool:
    piece = _piece(atoms)
    return piece.width - piece.hanging <= width


def _piece(atoms: Sequence[tuple[str, bytes, TextStyle]]) -> Token:
    parts: list[tuple[ShapedWord, TextStyle]] = []
    start = 0
    for index in range(1, len(atoms) + 1):
        if index < len(atoms) and atoms[index][2] is atoms[start][2]:
            continue
        levels = b"".join(atom[1] for atom in atoms[start:index])
        style = atoms[start][2]
        word = style.shaper.word(
            "".join(atom[0] for atom in atoms[start:index]), levels if any(levels) else None
        )
        parts.append((word, style))
        start = index
    word, style = parts[-1]
    width = sum(part.width * style.size for part, style in parts)
    return Token(tuple(parts), width, word.runs[-1].tracking * style.size, None, 0.0, breakable=True)


def _weight(paragraph: Paragraph) -> int:
    """With the lines that it will remember, in bytes; its words are the shapers'."""
    return 800 + 300 * len(paragraph.whole.tokens)


_REMEMBERED: Final[Kept[_Wanted, Paragraph]] = Kept(4 << 20, _weight, asked_twice=True)
