"""The pages of a flow while they fill up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from core.rendering.errors import RenderingError
from core.rendering.scene import Part

MOST_PAGES: Final = 500
TOLERANCE: Final = 0.05  # points by which what fits may be too high: less than anybody sees


class FrameBox(NamedTuple):
    """The part of a page that a flow fills, in points."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.y + self.height


class Galley:
    """Where the next part of a flow goes: `y` on the last of `pages`, inside `frame`."""

    def __init__(self, first: FrameBox, later: FrameBox, *, at_top: bool = True) -> None:
        self._later = later
        self.frame = first
        self.y = first.y
        self.at_top = at_top
        self.pages: list[list[Part]] = [[]]

    @property
    def marks(self) -> list[Part]:
        return self.pages[-1]

    @property
    def remaining(self) -> float:
        return self.frame.bottom - self.y

    def holds(self, height: float) -> bool:
        return height <= self.remaining + TOLERANCE

    def advance(self, height: float) -> None:
        """Something of that height was set."""
        self.y += height
        self.at_top = False

    def skip(self, space: float) -> None:
        """Leave a space, but not at the top of a page."""
        if not self.at_top:
            self.y += space

    def next_page(self) -> None:
        """Raises RenderingError `too_many_pages`."""
        if len(self.pages) >= MOST_PAGES:
            raise RenderingError(
                "too_many_pages", "", f"the document would have more than {MOST_PAGES} pages"
            )
        self.pages.append([])
        self.frame = self._later
        self.y = self.frame.y
        self.at_top = True

    def strip(self, part_of: Callable[[FrameBox], FrameBox]) -> Galley:
        """A galley of its own for a part of each frame, from here down."""
        rest = self.frame._replace(y=self.y, height=max(self.remaining, 0.0))
        return Galley(part_of(rest), part_of(self._later), at_top=self.at_top)

    def take(self, strips: Sequence[Galley]) -> None:
        """Set what strips of this galley hold, and go on below the lowest of them."""
        count = max(len(strip.pages) for strip in strips)
        for number in range(count):
            if number:
                self.next_page()
            for strip in strips:
                self.marks.extend(strip.pages[number] if number < len(strip.pages) else ())
        longest = [strip for strip in strips if len(strip.pages) == count]
        self.y = max(strip.y for strip in longest)
        self.at_top = all(strip.at_top for strip in longest)

    def could_hold(self, height: float) -> bool:
        """Whether an empty page would."""
        return height <= self._later.height + TOLERANCE
