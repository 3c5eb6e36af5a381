"""QR codes as paths."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
import zxingcpp

from core.rendering.errors import RenderingError
from core.rendering.scene import Close, LineTo, MoveTo, Path, Segment

Correction = Literal["L", "M", "Q", "H"]
Bar = tuple[int, int, int]
"""Dark modules side by side: their row, the column of the first and the one after the last."""


@lru_cache(maxsize=256)  # a document may show its code on every page, and in each of its renditions
def qr_path(
    text: str, *, x: float, y: float, size: float, quiet: int, correction: Correction, field: str
) -> Path:
    """The dark modules of the code for `text` in a square of `size` that includes `quiet` modules of margin.

    Raises RenderingError `qr_too_long` for more text than a code of that correction holds.
    """
    side, bars = _bars(text, correction, field)
    module = size / (side + 2 * quiet)
    across = [x + (quiet + index) * module for index in range(side + 1)]
    down = [y + (quiet + index) * module for index in range(side + 1)]
    close = Close()
    path: list[Segment] = []
    for row, first, last in bars:
        left, right, top, bottom = across[first], across[last], down[row], down[row + 1]
        path += (MoveTo(left, top), LineTo(right, top), LineTo(right, bottom), LineTo(left, bottom), close)
    return tuple(path)


def _bars(text: str, correction: Correction, field: str) -> tuple[int, list[Bar]]:
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
    return len(dark), list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
