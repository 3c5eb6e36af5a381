"""Strips of a flow side by side: each runs down a column of its own, over as many pages as it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.rendering.flow import FlowPart, flow_parts, kept_together
from core.rendering.galley import FrameBox, Galley


class Strip(NamedTuple):
    """`share` is its width relative to the other strips'."""

    share: float
    parts: tuple[FlowPart, ...]


@dataclass(frozen=True, slots=True)
class SideBySideFlow:
    """One document's strips. Lengths in points."""

    strips: tuple[Strip, ...]
    gap: float
    space_before: float
    space_after: float
    keep_together: bool
    keep_with_next: bool

    def first_height(self, width: float) -> float:
        if self.keep_together:
            return self.height(width)
        return max(kept_together(parts, 0, own) for parts, own in self._columns(width) if parts)

    def height(self, width: float) -> float:
        return max(_height(parts, own) for parts, own in self._columns(width) if parts)

    def flow(self, galley: Galley) -> None:
        strips: list[Galley] = []
        for number, strip in enumerate(self.strips):
            own = galley.strip(self._column(number))
            flow_parts(strip.parts, own)
            strips.append(own)
        galley.take(strips)

    def _column(self, number: int) -> Callable[[FrameBox], FrameBox]:
        """Which part of a frame belongs to a strip."""

        def part_of(frame: FrameBox) -> FrameBox:
            widths = self._widths(frame.width)
            left = sum(widths[:number]) + number * self.gap
            return frame._replace(x=frame.x + left, width=widths[number])

        return part_of

    def _columns(self, width: float) -> Iterator[tuple[tuple[FlowPart, ...], float]]:
        return zip((strip.parts for strip in self.strips), self._widths(width), strict=True)

    def _widths(self, width: float) -> list[float]:
        return widths_of([strip.share for strip in self.strips], self.gap, width)


def widths_of(shares: Sequence[float], gap: float, width: float) -> list[float]:
    """How wide strips are that share a width, with a gap between each two."""
    room = width - gap * (len(shares) - 1)
    whole = sum(shares)
    return [room * share / whole for share in shares]


def _height(parts: tuple[FlowPart, ...], width: float) -> float:
    spaces = sum(part.space_before + part.space_after for part in parts)
    return spaces - parts[0].space_before + sum(part.height(width) for part in parts)
