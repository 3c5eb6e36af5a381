"""Figures in columns: where each has its decimal point, so that those below each other stand on it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from core.rendering.paragraphs import plain_paragraph
from core.rendering.shaping import MissingGlyphError
from core.rendering.styles import TextStyle

_RIGHT_TO_LEFT: Final = "\u0590-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb1d-\ufefc"  # letters, not digits
# A sign or a currency and whole digits; decimals and a unit such as % or Dr; what closes a bracket or marks a note. Digits
# are those of any script, but beside letters that run from right to left "before the point" is not at its left.
_FIGURE: Final = re.compile(
    rf"[^\d\n{_RIGHT_TO_LEFT}]{{0,6}}\d(?:[\d,٬'’\u00a0\u202f]*\d)?"
    rf"(?P<rest>(?:[.٫·]\d+)?[^\d\n{_RIGHT_TO_LEFT}]{{0,6}}?)"
    r"(?P<hung>[)\]*†‡]*)"
)


class Tail(NamedTuple):
    """What of a figure stands after its last whole digit, in points at full size."""

    width: float
    hung: float
    """What stands beyond that: a closing bracket or a mark, which hangs over the edge of its column."""


@lru_cache(maxsize=1024)
def tail_of(text: str, style: TextStyle) -> Tail | None:
    """None where a text is no figure, and stands at the end of its column as it is.

    A table asks twice: for all of a column, then for each as it is set.
    """
    figure = _FIGURE.fullmatch(text)
    return None if figure is None else _measured(figure["rest"], figure["hung"], style)


@lru_cache(maxsize=2048)
def _measured(rest: str, hung: str, style: TextStyle) -> Tail | None:
    try:
        seen = plain_paragraph(rest, style).width if rest else 0.0
        whole = plain_paragraph(rest + hung, style).width if hung else seen
    except MissingGlyphError:
        return None  # told where the figure is set
    return Tail(seen, whole - seen)
