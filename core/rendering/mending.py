"""Values without what cannot be read of them, so that the rest of a document can be looked at too."""

from __future__ import annotations

from collections.abc import Mapping

from core.rendering.drawables import is_shown
from core.rendering.paragraphs import words_of
from core.rendering.shaping import graphemes_of
from core.rendering.styles import TextStyle
from core.rendering.values import Value
from core.rendering.wording import Wording


def mend(wording: Wording, values: Mapping[str, Value]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What no font has of each placeholder, the template's own text under "", and those placeholders' texts without that."""
    found: dict[str, list[str]] = {}
    mended: dict[str, str] = {}
    for phrase in wording.phrases:
        style = phrase.style
        for part in (phrase.template, phrase.join):
            if part is None or not is_shown(phrase, values):
                continue
            literal = "".join(piece for line in part.lines for piece in line if isinstance(piece, str))
            if lacking := _lacking(literal, style):
                found.setdefault("", []).extend(lacking)
            for name in part.names:
                value = values.get(name)
                if isinstance(value, str) and (lacking := _lacking(value, style)):
                    found.setdefault(name, []).extend(lacking)
                    mended[name] = _without_lacking(mended.get(name, value), style)
    return found, mended


def _lacking(text: str, style: TextStyle) -> list[str]:
    words = dict.fromkeys(words_of(style.written(text)))
    return [character for word in words for character in style.shaper.missing(word)]


def _without_lacking(text: str, style: TextStyle) -> str:
    return "".join(grapheme for grapheme in graphemes_of(text) if not _lacking(grapheme, style))


def path_of(source: str, name: str) -> str:
    """Where a text is: `lines/3/rate` of the row `lines/3`, or a name where there is no row."""
    return f"{source}/{name}" if source else name


def with_text(values: Mapping[str, Value], path: str, text: str) -> Mapping[str, Value]:
    """Values with another text at a path: `lines/3/rate` is in a row."""
    name, *inside = path.split("/")
    rows = values.get(name)
    if not inside or not isinstance(rows, tuple):
        return {**values, path: text}
    position, column = int(inside[0]), inside[1]
    row = {**rows[position], column: text}
    return {**values, name: (*rows[:position], row, *rows[position + 1 :])}


def without(values: Mapping[str, Value], path: str) -> Mapping[str, Value]:
    """Values without what can't be read at a path: no rows, or what adds nothing to a total."""
    if "/" in path:
        return with_text(values, f"{path}.value", "")
    return {name: value for name, value in values.items() if name != path}
