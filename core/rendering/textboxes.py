"""Text in a box: as large as fits, on as few lines as its bounds allow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from core.kept import Kept
from core.plurals import counted
from core.rendering.errors import RenderingError
from core.rendering.lines import Line, Side, crowding, set_line
from core.rendering.paragraphs import (
    Paragraph,
    Span,
    even_lines,
    greedy_lines,
    without_wide_words,
)
from core.rendering.scene import Part, Tag
from core.rendering.shapes import MM
from core.rendering.styles import TextStyle
from core.rendering.tightening import tightened
from core.rendering.values import Value
from core.rendering.wording import Wording

SIZE_STEP: Final = 0.25  # points between the sizes that type shrinks to, so that glyphs can be kept
_TOLERANCE: Final = 0.05  # points: what nobody sees
_CLOSE: Final = 10.0  # points: the smallest type whose letters may come closer
_SHORT: Final = 3  # lines up to which a text is balanced as a whole, as a name is, rather than filled


class Fit(NamedTuple):
    """How a text stands in its box: its lines, and the factor on the sizes of their type."""

    lines: list[Line]
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class TextBox:
    """Lengths in points. `sizes` are those that its type may have, from its style's own down: see `sizes_between`.

    What it set is kept: of a batch's documents, most say the same in most of their boxes.
    """

    wording: Wording
    style: TextStyle
    x: float
    y: float
    width: float
    height: float
    side: Side
    vertical: Literal["top", "middle", "bottom"]
    sizes: tuple[float, ...]
    max_lines: int | None

    def draw(self, values: Mapping[str, Value], dx: float, dy: float, marks: list[Part]) -> None:
        """Raises RenderingError `text_does_not_fit` and `missing_glyph`."""
        spans = self.wording.spans(values, one_line=self.max_lines == 1)
        if spans is not None:
            marks += _SET.get((self, spans, dx, dy), lambda _: self._set(values, dx, dy))

    def _set(self, values: Mapping[str, Value], dx: float, dy: float) -> tuple[Part, ...]:
        paragraphs = self.wording.paragraphs(values, one_line=self.max_lines == 1) or ()
        fit = self.fit(paragraphs)
        if fit is None:
            raise self.too_long(values)
        lines, factor = fit
        more = crowding(lines, self.style) if len(lines) > 1 else 0.0
        heights = [(line.tallest(self.style).line_height + more) * factor for line in lines]
        between = sum(heights[1:])
        baseline = self._clear(self._first_baseline(lines, between, factor), lines, between, factor)
        baseline += self.y + dy
        tag = Tag("P", of_page=True)
        marks: list[Part] = []
        for index, line in enumerate(lines):
            if index:
                baseline += heights[index]
            set_line(line, self.x + dx, baseline, self.width, self.side, marks, factor, tag)
        return tuple(marks)

    def fit(self, paragraphs: Sequence[Paragraph]) -> Fit | None:
        """The largest type that fits, on the fewest lines. None where the smallest is too large."""
        if self.max_lines is not None and len(paragraphs) <= self.max_lines:
            # A line for each line of the text, at whatever size that takes, comes before wrapping.
            whole = [paragraph.whole for paragraph in paragraphs]
            if fit := self._unwrapped(whole):
                return fit
        if self.max_lines == 1:
            return None
        factor = self._largest(lambda factor: self._wrapped(paragraphs, factor) is not None)
        if factor is None:
            # The last resort is to cut words that are too wide at any size.
            factor = self.sizes[-1] / self.style.size
            paragraphs = [without_wide_words(paragraph, self.width / factor) for paragraph in paragraphs]
        lines = self._wrapped(paragraphs, factor)
        return None if lines is None else Fit(self._balanced(paragraphs, lines, factor), factor)

    def _unwrapped(self, lines: list[Line]) -> Fit | None:
        """Lines as they are; or closed up; or in smaller type; or, at last, in the smallest and closed up."""
        if self._holds(lines, 1.0):
            return Fit(lines, 1.0)
        if close := self._closed_up(lines, 1.0):
            return Fit(close, 1.0)
        factor = self._largest(lambda factor: self._holds(lines, factor))
        if factor is not None:
            return Fit(lines, factor)
        smallest = self.sizes[-1] / self.style.size
        close = self._closed_up(lines, smallest)
        return None if close is None else Fit(close, smallest)

    def _closed_up(self, lines: Sequence[Line], factor: float) -> list[Line] | None:
        """The same lines, those too wide closed up; None where that does not make them fit. Small type keeps its letters
        apart, or it would be hard to read."""
        width = self.width / factor
        letters = self.style.size * factor >= _CLOSE
        closed: list[Line] = []
        for line in lines:
            close = tightened(line, width, letters=letters) if line.width > width else line
            if close is None:
                return None
            closed.append(close)
        return closed if self._holds(closed, factor) else None

    def _largest(self, fits: Callable[[float], bool]) -> float | None:
        """The factor to the largest size that fits; what fits at one size fits at all smaller ones."""
        if fits(1.0):
            return 1.0
        sizes, full = self.sizes, self.style.size
        low, high = 1, len(sizes)
        while low < high:
            middle = (low + high) // 2
            if fits(sizes[middle] / full):
                high = middle
            else:
                low = middle + 1
        return sizes[low] / full if low < len(sizes) else None

    def _wrapped(self, paragraphs: Sequence[Paragraph], factor: float) -> list[Line] | None:
        """The fewest lines at a size; None where those are too many, too high or too wide."""
        width = self.width / factor
        lines = [line for paragraph in paragraphs for line in greedy_lines(paragraph, width)]
        if self.max_lines is not None and len(lines) > self.max_lines:
            return None
        return lines if self._holds(lines, factor) else None

    def _balanced(self, paragraphs: Sequence[Paragraph], lines: list[Line], factor: float) -> list[Line]:
        """As many lines, more evenly filled. Justified and long texts fill theirs but for the last."""
        fill = self.side == "justify" or (len(lines) > _SHORT and self.side != "center")
        width = self.width / factor
        return [line for paragraph in paragraphs for line in even_lines(paragraph, width, fill=fill)]

    def _holds(self, lines: Sequence[Line], factor: float) -> bool:
        if any(line.width * factor > self.width + _TOLERANCE for line in lines):
            return False
        return self.height_of(lines) * factor <= self.height + _TOLERANCE

    def height_of(self, lines: Sequence[Line]) -> float:
        """From the top of the first line's capitals to the bottom of the last one's descenders, at full size."""
        first = lines[0].tallest(self.style)
        if len(lines) == 1:
            return first.size * (first.cap_height + first.depth)
        between = sum(line.tallest(self.style).line_height for line in lines[1:])
        between += crowding(lines, self.style) * (len(lines) - 1)
        last = lines[-1].tallest(self.style)
        return first.size * first.cap_height + between + last.size * last.depth

    def _first_baseline(self, lines: Sequence[Line], between: float, factor: float) -> float:
        """Below the top of the box. Capitals touch its top, descenders its bottom; the middle is that of the capitals."""
        first, last = lines[0].tallest(self.style), lines[-1].tallest(self.style)
        cap = first.size * first.cap_height * factor
        match self.vertical:
            case "top":
                return cap
            case "middle":
                return (self.height - cap - between) / 2 + cap
            case "bottom":
                return self.height - last.size * last.depth * factor - between

    def _clear(self, baseline: float, lines: Sequence[Line], between: float, factor: float) -> float:
        """A baseline moved where signs of other scripts would rise further above the box than an accent on a capital does,
        or would hang out of it below."""
        above = lines[0].reach()
        below = above if len(lines) == 1 else lines[-1].reach()
        highest, lowest = -math.inf, math.inf
        if above:
            first = lines[0].tallest(self.style)
            highest = (above[0] - (first.accent_height - first.cap_height) * first.size) * factor
        if below:
            lowest = self.height - between - below[1] * factor
        return max(min(baseline, lowest), highest) if highest <= lowest else (highest + lowest) / 2

    def too_long(self, values: Mapping[str, Value]) -> RenderingError:
        """The fault of a text that `fit` finds no size for."""
        box = f"{self.width / MM:.1f} × {self.height / MM:.1f} mm"
        limit = "" if self.max_lines is None else f" on {counted(self.max_lines, 'line')}"
        detail = f"the text does not fit into its box of {box}{limit} at {self.sizes[-1]:g} pt"
        return RenderingError("text_does_not_fit", self.wording.longest(values), detail)


def sizes_between(full: float, smallest: float) -> tuple[float, ...]:
    """From `full` down to `smallest` in steps that glyphs can be kept for."""
    steps = range(math.ceil(full / SIZE_STEP) - 1, 0, -1)
    between = [step * SIZE_STEP for step in steps if smallest < step * SIZE_STEP]
    return (full, *between, smallest) if smallest < full else (full,)


_SET: Final[Kept[tuple[TextBox, tuple[Span, ...], float, float], tuple[Part, ...]]] = Kept(
    3 << 20, lambda marks: 1000 + 1500 * len(marks), asked_twice=True
)
