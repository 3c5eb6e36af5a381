"""The one grammar of texts with holes: `{name}` or `{spa.name}`, with `{{` and `}}` for braces. Nothing else.

A template is parsed once. Values are put in as they are and never read again as templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.rendering.layout import PLACEHOLDER

_SPACES: Final = re.compile(r"[ \t]{2,}")


class MalformedTemplateError(ValueError):
    """A brace that opens or closes nothing. The message shows where."""


@dataclass(frozen=True, slots=True)
class Hole:
    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text with holes, line by line, so that a line whose holes are all empty can go without a trace."""

    lines: tuple[tuple[str | Hole, ...], ...]
    names: tuple[str, ...]
    static: str | None
    """The whole text, where it has no hole."""
    only: str | None = None
    """The name of its hole, where it is nothing else."""

    def filled(self, values: Mapping[str, object]) -> str | None:
        """The text with values put in; None where it has holes and not one of them has a value.

        A line of the template whose holes are all empty is left out. Elsewhere an empty hole prints as nothing, and
        the spaces that stood on both sides of it become one.
        """
        if self.static is not None:
            return self.static
        if self.only is not None:
            value = values.get(self.only)
            return value if isinstance(value, str) and value else None
        texts: list[str] = []
        found = False
        for line in self.lines:
            text, holes, empty = _filled_line(line, values)
            if holes and holes == empty:
                continue
            found = found or holes > 0
            texts.append(_SPACES.sub(" ", text).strip(" ") if empty else text)
        return "\n".join(texts) if found else None


def _filled_line(line: tuple[str | Hole, ...], values: Mapping[str, object]) -> tuple[str, int, int]:
    parts: list[str] = []
    holes = empty = 0
    for piece in line:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        holes += 1
        value = values.get(piece.name)
        if isinstance(value, str) and value:
            parts.append(value)
        else:
            empty += 1
    return "".join(parts), holes, empty


def parse_template(text: str) -> Template:
    """Raises MalformedTemplateError for a brace outside the grammar, such as that of `{0.__class__}`."""
    lines: list[tuple[str | Hole, ...]] = []
    names: dict[str, None] = {}
    for number, source in enumerate(text.split("\n"), start=1):
        line: list[str | Hole] = []
        position = 0
        for match in PLACEHOLDER.finditer(source):
            _add_literal(line, source[position : match.start()], number)
            position = match.end()
            if name := match[1]:
                line.append(Hole(name))
                names[name] = None
            else:
                _append(line, match[0][0])
        _add_literal(line, source[position:], number)
        lines.append(tuple(line))
    static = None if names else "\n".join("".join(str(piece) for piece in line) for line in lines)
    is_hole = len(lines) == 1 and len(lines[0]) == 1 and not static
    return Template(tuple(lines), tuple(names), static, next(iter(names)) if names and is_hole else None)


def _add_literal(line: list[str | Hole], literal: str, number: int) -> None:
    if "{" in literal or "}" in literal:
        raise MalformedTemplateError(
            f"line {number}: a placeholder is written {{name}} or {{spa.name}}, a brace {{{{ or }}}}; found {literal!r}"
        )
    if literal:
        _append(line, literal)


def _append(line: list[str | Hole], literal: str) -> None:
    if line and isinstance(line[-1], str):
        line[-1] += literal
    else:
        line.append(literal)
