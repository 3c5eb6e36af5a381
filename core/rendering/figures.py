"""Figures in columns: where each has its decimal point, so that those below each other stand on it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from core.rendering.paragraphs import Paragraph, plain_paragraph
from core.rendering.styles import TextStyle

_RIGHT_TO_LEFT: Final = "\u0590-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb1d-\ufefc"  # letters, not digits
# A sign or a currency and whole digits; decimals and a unit such as % or Dr; what closes a bracket or marks a note. Digits
# are those of any script, but beside letters that run from right to left "before the point" is not at its left.
_FIGURE: Final = re.compile(
    rf"[^\d{_RIGHT_TO_LEFT}]{{0,6}}\d(?:[\d,٬'’\u00a0\u202f]*\d)?"
    rf"(?P<rest>(?:[.٫·]\d+)?[^\d{_RIGHT_TO_LEFT}]{{0,6}}?)"
    r"(?P<hung>[)\]*†‡]*)"
)


class Tail(NamedTuple):
    """What of a figure stands after its last whole digit, in points at full size."""

    width: float
    hung: float
    """What stands beyond that: a closing bracket or a mark, which hangs over the edge of its column."""


def tail_of(paragraph: Paragraph) -> Tail | None:
    """None where a text is no figure in one style, and stands at the end of its column as it is."""
    style: TextStyle | None = None
    texts: list[str] = []
    for token in paragraph.whole.tokens:
        for word, own in token.parts:
            if style is not None and own is not style:
                return None
            style = own
            texts.append(word.text)
        if token.space is not None:
            texts.append(token.space[0].word.text)
    return None if style is None else _tail("".join(texts), style)


@lru_cache(maxsize=2048)
def _tail(text: str, style: TextStyle) -> Tail | None:
    figure = _FIGURE.fullmatch(text)
    if figure is None:
        return None
    whole, seen = (_width(text[: figure.start(part)], style) for part in ("rest", "hung"))
    return Tail(seen - whole, _width(text, style) - seen)


def _width(text: str, style: TextStyle) -> float:
    return plain_paragraph(text, style).width
