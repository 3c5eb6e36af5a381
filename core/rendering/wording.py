"""The words of an element: its templates in their styles, filled and shaped, with faults told by placeholder."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.rendering.errors import RenderingError
from core.rendering.paragraphs import Paragraph, Span, paragraphs_of, plain_paragraphs
from core.rendering.placeholders import Template
from core.rendering.shaping import MissingGlyphError
from core.rendering.styles import TextStyle
from core.rendering.values import Value


class Phrase(NamedTuple):
    """A stretch in one style, there only when its conditions hold. `join` goes before it where another one does."""

    template: Template
    style: TextStyle
    when: str | None = None
    unless: str | None = None
    join: Template | None = None


@dataclass(slots=True, eq=False)
class Wording:
    """Phrases one after the other. What is the same in every document is shaped once, when it is first asked for."""

    phrases: tuple[Phrase, ...]
    _still: list[Paragraph] | None = None
    _is_still: bool = field(init=False)
    _only: tuple[Template, TextStyle] | None = field(init=False, default=None)
    """What it is, where it is one phrase that differs from document to document, as cells of tables are."""

    def __post_init__(self) -> None:
        self._is_still = not any(
            phrase.template.names or phrase.when or phrase.unless or (phrase.join and phrase.join.names)
            for phrase in self.phrases
        )
        if len(self.phrases) == 1 and not self._is_still:
            ((template, style, when, unless, _),) = self.phrases
            self._only = (template, style) if when is None and unless is None else None

    @property
    def names(self) -> list[str]:
        return [name for phrase in self.phrases for name in phrase.template.names]

    def paragraphs(self, values: Mapping[str, Value], *, one_line: bool = False) -> list[Paragraph] | None:
        """The text, a paragraph for each hard line; None where it has placeholders and none of them has a value.

        With `one_line` hard breaks become spaces. Raises RenderingError `missing_glyph` naming the placeholder.
        """
        if self._still is not None:
            return self._still
        try:
            if self._only is not None and not one_line:
                template, style = self._only
                text = template.filled(values)
                return plain_paragraphs(text, style) if text else None
            spans = self.spans(values, one_line=one_line)
            if spans is None:
                return None
            paragraphs = paragraphs_of(spans)
        except MissingGlyphError as fault:
            raise self._blamed(fault.character, values) from None
        if self._is_still:
            self._still = paragraphs
        return paragraphs

    def spans(self, values: Mapping[str, Value], *, one_line: bool = False) -> tuple[Span, ...] | None:
        """The same before it is shaped."""
        if self._only is not None:
            template, style = self._only
            text = template.filled(values)
            return (Span(text.replace("\n", " ") if one_line else text, style),) if text else None
        spans = self._spans(values)
        if spans is None:
            return None
        if one_line and any("\n" in text for text, _ in spans):
            spans = [Span(text.replace("\n", " "), style) for text, style in spans]
        return tuple(spans)

    def text(self, values: Mapping[str, Value]) -> str:
        if self._only is not None:
            return self._only[0].filled(values) or ""
        return "".join([span.text for span in self._spans(values) or ()])

    def longest(self, values: Mapping[str, Value]) -> str:
        """The placeholder whose value takes the most room: the one to name where a text does not fit."""
        lengths = {name: len(value) for name in self.names if isinstance(value := values.get(name), str)}
        return max(lengths, key=lambda name: lengths[name], default="")

    def _spans(self, values: Mapping[str, Value]) -> Sequence[Span] | None:
        spans: list[Span] = []
        holes = found = 0
        for template, style, when, unless, join in self.phrases:
            if (when is not None and not values.get(when)) or (unless is not None and values.get(unless)):
                continue
            text = template.filled(values)
            if template.names:
                holes += 1
                found += text is not None
            if text and spans and join is not None and (joint := join.filled(values)):
                spans.append(Span(joint, style))
            if text:
                spans.append(Span(text, style))
        return spans if spans and (found or not holes) else None

    def _blamed(self, character: str, values: Mapping[str, Value]) -> RenderingError:
        field = ""
        for template, style, *_ in self.phrases:
            for name in template.names:
                value = values.get(name)
                if isinstance(value, str) and (character in value or character in style.written(value)):
                    field = name
        return RenderingError("missing_glyph", field, f"no font has the character {told(character)}")


def told(character: str) -> str:
    """A character, or a grapheme of several, as one can look it up."""
    names = ", ".join(f"U+{ord(point):04X} {unicodedata.name(point, 'unnamed')}" for point in character)
    return f"{character!r} ({names})"
