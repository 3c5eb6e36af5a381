"""Crop marks, on every plate that a press may have (ISO 32000-1, 8.6.6.4)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from core.rendering.imposition import SHEET_HEIGHT, Grid
from core.rendering.painters.pdf.resources import Stream
from core.rendering.painters.pdf.syntax import flate, number

EVERY_PLATE: Final = "/Every[/Separation/All/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>]"
"""The colour space that marks are drawn in: a screen shows it black."""

_HAIRLINE: Final = 0.25  # pt


@lru_cache(maxsize=16)
def crop_marks(grid: Grid) -> Stream:
    """What draws the crop marks of a sheet: the same object on each."""
    lines = [
        f"{number(line.x1)} {number(SHEET_HEIGHT - line.y1)} m {number(line.x2)} {number(SHEET_HEIGHT - line.y2)} l"
        for line in grid.crop_marks()
    ]
    operators = ["q", f"/Every CS 1 SCN {_HAIRLINE} w", *lines, "S", "Q"]
    data = flate("\n".join(operators).encode("ascii"))
    return Stream(data, hashlib.sha256(data).digest())
