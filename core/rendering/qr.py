"""QR codes as paths."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
import zxingcpp

from core.rendering.errors import RenderingError
from core.rendering.scene import Path
from core.rendering.shapes import rectangle

Correction = Literal["L", "M", "Q", "H"]
Bar = tuple[int, int, int]
"""Dark modules side by side: row, first column, number."""


def qr_path(
    text: str, *, x: float, y: float, size: float, quiet: int, correction: Correction, field: str
) -> Path:
    """The dark modules of the code for `text` in a square of `size` that includes `quiet` modules of margin.

    Raises RenderingError `qr_too_long` for more text than a code of that correction holds.
    """
    side, bars = _bars(text, correction, field)
    module = size / (side + 2 * quiet)
    left, top = x + quiet * module, y + quiet * module
    segments: list[Path] = [
        rectangle(left + column * module, top + row * module, count * module, module)
        for row, column, count in bars
    ]
    return tuple([segment for path in segments for segment in path])


@lru_cache(maxsize=64)  # a document shows its code more than once, on each page and in each rendition
def _bars(text: str, correction: Correction, field: str) -> tuple[int, tuple[Bar, ...]]:
    """How many modules the code has a side, and its dark ones."""
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=correction)
    except ValueError as error:
        detail = f"a QR code of correction {correction} can't hold these {len(text)} characters"
        raise RenderingError("qr_too_long", field, detail) from error
    dark = np.asarray(code.to_image(scale=1, add_quiet_zones=False)) == 0
    edges = np.diff(np.pad(dark.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    counts = ends - starts
    return len(dark), tuple(zip(rows.tolist(), starts.tolist(), counts.tolist(), strict=True))
