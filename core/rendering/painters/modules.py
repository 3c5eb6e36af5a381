"""The dark modules of a QR code as bars."""

from __future__ import annotations

import numpy as np

from core.rendering.scene import Modules

Bar = tuple[int, int, int]
"""Dark modules side by side: their row, the column of the first and the one after the last."""


def bars_of(modules: Modules) -> list[Bar]:
    dark = np.frombuffer(modules.dark, np.int8).reshape(modules.side, modules.side)
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
